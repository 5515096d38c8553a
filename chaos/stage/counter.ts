import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { toolOutput } from '../toolProtocol.ts';

/** One request that a tool has made of the outside world. */
export interface Recorded {
  readonly key: string;
  readonly n: number;
  /** The tool's own count of its tries. */
  readonly attempt: number;
}

const bodySchema = z.object({ n: z.int(), attempt: z.int() });

/** The outside world that tools act upon: writes down every request, with the idempotency key that it came under. */
export class Counter {
  readonly #server: Server;
  readonly records: Recorded[] = [];

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<Counter> {
    const counter = new Counter();
    counter.#server.listen(0, '127.0.0.1');
    await once(counter.#server, 'listening');
    return counter;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The counter is not listening.');
    return address.port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { n, attempt } = bodySchema.parse(JSON.parse(await text(request)));
      this.records.push({ key: String(request.headers['idempotency-key']), n, attempt });
      response.end(toolOutput(n));
    } catch {
      // Broken off on its way here: nothing was done.
      response.destroy();
    }
  }
}
