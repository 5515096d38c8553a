import { createServer, type Server } from 'node:http';
import { once } from 'node:events';

/** What a tool acts upon: an outside service that honours idempotency keys, and counts. */
export class Counter implements AsyncDisposable {
  readonly #server: Server;
  /** One entry for each request, in order. */
  readonly requests: { key: string; body: string }[] = [];
  /** Requests from this one on are answered; the ones before it hang until their client is gone. Default 1. */
  answersFrom = 1;
  #waiting: { count: number; resolve: () => void }[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const key = String(request.headers['idempotency-key']);
        this.requests.push({ key, body: Buffer.concat(chunks).toString() });
        for (const { count, resolve } of this.#waiting) if (this.requests.length >= count) resolve();
        if (this.requests.length >= this.answersFrom) response.end(`done ${key}`);
      });
    });
  }

  static async start(): Promise<Counter> {
    const counter = new Counter();
    counter.#server.listen(0, '127.0.0.1');
    await once(counter.#server, 'listening');
    return counter;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The counter is not listening.');
    return `http://127.0.0.1:${address.port}`;
  }

  /** How many different things were done: what an idempotent service would have done once each. */
  get effects(): number {
    return new Set(this.requests.map(({ key }) => key)).size;
  }

  /** Resolves when so many requests have come. */
  received(count: number): Promise<void> {
    if (this.requests.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
