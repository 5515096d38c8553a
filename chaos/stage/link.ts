import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const host = '127.0.0.1';

/**
 * The network between two processes: a TCP proxy that can be cut, held up and slowed down. With several targets, connections go to one
 * after the other, as a load balancer has it.
 */
export class Link {
  readonly #server: Server;
  readonly #targets: readonly number[];
  readonly #sockets = new Set<Socket>();
  #accepted = 0;
  #isCut = false;
  #delayMs = 0;
  #held: PromiseWithResolvers<void> | undefined;

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
  cut(): void {
    this.#isCut = true;
    this.breakConnections();
  }

  /** Nothing that is sent arrives until it is mended; connections stay, as when packets are lost. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  /** Everything that is sent arrives so much later; 0: at once. */
  slowDown(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  mend(): void {
    this.#isCut = false;
    this.#delayMs = 0;
    this.#held?.resolve();
    this.#held = undefined;
  }

  async close(): Promise<void> {
    this.mend();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #accept(caller: Socket): void {
    if (this.#isCut) {
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
      await pipeline(from, (chunks: AsyncIterable<Buffer>) => this.#pass(chunks), to);
    } catch {
      from.destroy();
      to.destroy();
    }
  }

  async *#pass(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      if (this.#delayMs > 0) await sleep(this.#delayMs);
      await this.#held?.promise;
      yield chunk;
    }
  }
}
