import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';

/** A port that is needed and not free. */
export class PortUnavailableError extends Error {
  override readonly name = 'PortUnavailableError';
}

/** Who needs a port, for the message. */
export interface PortWish {
  readonly host: string;
  readonly port: number;
  /** As in "… needs it", such as "the Temporal server". */
  readonly neededBy: string;
  /** The setting that changes it, such as "TEMPORAL_PORT". */
  readonly setting: string;
}

/**
 * Checks that nothing listens on a port, before the process that needs it is started.
 *
 * @throws {PortUnavailableError} naming the port, who needs it, and the setting that changes it
 */
export async function assertPortFree({ host, port, neededBy, setting }: PortWish): Promise<void> {
  const change = `choose another port with ${setting}`;
  // A listener on all addresses does not everywhere stop another on one of them: so somebody answering counts, too.
  const problem = (await isAnswered(host, port)) ? 'EADDRINUSE' : await listenOnce(host, port);
  if (problem === undefined) return;
  throw new PortUnavailableError(
    problem === 'EADDRINUSE'
      ? `Port ${port} on ${host} is already in use, and ${neededBy} needs it. ` +
          `Stop the process that holds it (perhaps an earlier start of this project), or ${change}.`
      : `Port ${port} on ${host} cannot be opened (${problem}), and ${neededBy} needs it: ${change}.`,
  );
}

/** Whether something accepts connections there. */
export function isAnswered(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const done = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
  });
}

function listenOnce(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Below those that operating systems give to whoever asks for any (32768 on Linux, 49152 elsewhere): nobody is given it meanwhile. */
const ports = { from: 15_000, to: 32_000 };

/** Nobody may listen on them yet. */
const given = new Set<number>();

/** A port that is free now, for a process that has to be told one; no port is given twice. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(ports.from, ports.to);
    if (given.has(port) || (await listenOnce('127.0.0.1', port)) !== undefined) continue;
    given.add(port);
    return port;
  }
}
