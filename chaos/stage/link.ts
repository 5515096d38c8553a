import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LinkFaults, type Mend } from './linkFaults.ts';

const host = '127.0.0.1';
/** Chunks on their way in one direction; whoever sends more waits, as with TCP's own window. */
const mostUnderWay = 1_024;

/** What has been sent. The end of a direction arrives like everything else, and has no chunk. */
interface Sent {
  readonly chunk?: Buffer;
  /** On the clock of `performance`. */
  readonly dueAtMs: number;
}

/**
 * The network between two processes: a TCP proxy that can be cut, held up and slowed down, by several faults at a time. With several targets,
 * connections go to one after the other, as a load balancer has it.
 */
export class Link {
  readonly #server: Server;
  readonly #targets: readonly number[];
  readonly #sockets = new Set<Socket>();
  readonly #faults = new LinkFaults();
  #accepted = 0;

  private constructor(targets: readonly number[]) {
    this.#targets = targets;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** @param targets ports on this machine */
  static async open(targets: readonly number[]): Promise<Link> {
    const link = new Link(targets);
    link.#server.listen(0, host);
    await once(link.#server, 'listening');
    return link;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The link is not listening.');
    return address.port;
  }

  /** Every connection is reset; new ones are taken. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Every connection is reset, and so is each new one, until it is mended. */
  cut(): Mend {
    const mend = this.#faults.begin({ kind: 'cut' });
    this.breakConnections();
    return mend;
  }

  /** Nothing that is sent arrives until it is mended; connections stay, as when packets are lost. */
  hold(): Mend {
    return this.#faults.begin({ kind: 'held' });
  }

  /** Everything that is sent meanwhile arrives so much later, in its order; the slowest of several counts. */
  slowDown(delayMs: number): Mend {
    return this.#faults.begin({ kind: 'slow', delayMs });
  }

  /** Ends all faults. */
  mend(): void {
    this.#faults.mendAll();
  }

  async close(): Promise<void> {
    this.mend();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #accept(caller: Socket): void {
    if (this.#faults.isCut) {
      caller.on('error', () => undefined);
      caller.resetAndDestroy();
      return;
    }
    const port = this.#targets[this.#accepted++ % this.#targets.length] ?? 0;
    const called = connect({ host, port, allowHalfOpen: true });
    for (const [socket, other] of [
      [caller, called],
      [called, caller],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      // A connection that breaks on one side breaks on the other, too.
      socket.once('error', () => other.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
    }
    void this.#carry(caller, called);
    void this.#carry(called, caller);
  }

  async #carry(from: Socket, to: Socket): Promise<void> {
    try {
      await pipeline(from, this.#stamp(), (sent: AsyncIterable<Sent>) => this.#arrive(sent), to);
    } catch {
      from.destroy();
      to.destroy();
    }
  }

  /** Says of everything, at the moment when it is sent, when it is to arrive. */
  #stamp(): Transform {
    const stamp = (chunk?: Buffer): Sent => ({
      ...(chunk === undefined ? {} : { chunk }),
      dueAtMs: performance.now() + this.#faults.delayMs,
    });
    return new Transform({
      readableObjectMode: true,
      readableHighWaterMark: mostUnderWay,
      transform: (chunk: Buffer, _encoding, done) => done(null, stamp(chunk)),
      flush: (done) => done(null, stamp()),
    });
  }

  async *#arrive(sent: AsyncIterable<Sent>): AsyncGenerator<Buffer> {
    for await (const { chunk, dueAtMs } of sent) {
      const leftMs = dueAtMs - performance.now();
      if (leftMs > 0) await sleep(leftMs);
      await this.#faults.pass();
      if (chunk !== undefined) yield chunk;
    }
  }
}
