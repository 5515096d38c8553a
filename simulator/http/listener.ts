import type { Server } from 'node:http';
import type { Logger } from '../logger.ts';

/** Where the simulator listens; it can stop doing so for a while, and then nobody gets a connection. */
export class Listener {
  readonly #logger: Logger;
  #server: Server | null = null;
  #address = { port: 0, host: '' };
  #reopen: NodeJS.Timeout | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Says who listens, and where. */
  attach(server: Server, host: string): void {
    const address = server.address();
    this.#server = server;
    this.#address = { host, port: typeof address === 'object' && address !== null ? address.port : 0 };
  }

  /** Ends all connections and refuses new ones for `ms` (real): nobody could ask for the end of it in simulated time. */
  refuse(ms: number): void {
    const server = this.#server;
    if (server === null) return;
    if (this.#reopen !== null) clearTimeout(this.#reopen);
    else {
      server.close();
      server.closeAllConnections();
    }
    this.#reopen = setTimeout(() => {
      this.#reopen = null;
      server.once('error', (error) => {
        this.#logger.error({ err: error, ...this.#address }, 'the simulator cannot listen again');
      });
      server.listen(this.#address);
    }, ms);
  }

  /** Never listens again. */
  close(): void {
    if (this.#reopen !== null) clearTimeout(this.#reopen);
    this.#server = null;
  }
}
