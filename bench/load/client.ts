import { Agent, request } from 'node:http';

/** Sockets to the server: more than answers ever wait at once while it keeps up. */
const SOCKETS = 64;
const TIMEOUT_MS = 30_000;

/** A client that costs little itself (`fetch` would take a core of its own), and times what it does. */
export class Client {
  /** From when a request was sent, waiting for a socket included, to the end of its answer. */
  readonly latenciesMs: number[] = [];
  failed = 0;
  readonly #baseURL: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });

  constructor(baseURL: string) {
    this.#baseURL = baseURL;
  }

  get(path: string): Promise<unknown> {
    return this.#send('GET', path);
  }

  post(path: string, body: object): Promise<unknown> {
    return this.#send('POST', path, JSON.stringify(body));
  }

  close(): void {
    this.#agent.destroy();
  }

  /** The answer's JSON; undefined, and counted as failed, for anything but a 200. */
  #send(method: string, path: string, body?: string): Promise<unknown> {
    const sentAtMs = performance.now();
    return new Promise((resolve) => {
      const fail = (): void => {
        this.failed += 1;
        resolve(undefined);
      };
      const outgoing = request(
        this.#baseURL + path,
        {
          method,
          agent: this.#agent,
          timeout: TIMEOUT_MS,
          headers: {
            authorization: 'Bearer sk-simulator',
            'openai-beta': 'assistants=v2',
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', fail);
          incoming.on('end', () => {
            this.latenciesMs.push(performance.now() - sentAtMs);
            if (incoming.statusCode !== 200) return fail();
            resolve(JSON.parse(Buffer.concat(chunks).toString()));
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy());
      outgoing.on('error', fail);
      outgoing.end(body);
    });
  }
}
