import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithThisProcess } from './child-lifetime.ts';
import { temporalEnvironment } from './environment.ts';
import { assertPortFree } from './ports.ts';
import { serverArguments, type LogLevel } from './server-arguments.ts';
import { logSize, logTail } from './log-tail.ts';
import { isServing } from './serving.ts';

export interface TemporalServerOptions {
  /** See {@link findTemporalExecutable}. */
  readonly executablePath: string;
  /** All output of the server is appended here; its folder is made. */
  readonly logFile: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 7233. */
  readonly port?: number;
  /** Default `port` + 1000. */
  readonly uiPort?: number;
  /** Keeps workflows between starts; its folder is made. Default: in memory. */
  readonly dbFilename?: string;
  /** Made beside "default". */
  readonly namespace?: string;
  /** Default "warn". */
  readonly logLevel?: LogLevel;
  /** More arguments of `temporal server start-dev`, such as `--search-attribute`. */
  readonly extraArgs?: readonly string[];
  /** What changes the two ports, for messages. Default: the options' names. */
  readonly settingNames?: { readonly port: string; readonly uiPort: string };
  /** How long starting may take. Default 30000. */
  readonly startTimeoutMs?: number;
  /** How long stopping may take until the server is killed. Default 10000. */
  readonly stopTimeoutMs?: number;
}

/** A Temporal server that serves. */
export interface TemporalServer {
  /** gRPC, `host:port`. */
  readonly address: string;
  /** The Web UI, `http://host:port`. */
  readonly uiUrl: string;
  readonly pid: number;
  /** Resolves when the server has ended for whatever reason. */
  readonly exited: Promise<ServerExit>;
  /** Stops it and waits for its end; may be called again. */
  readonly stop: () => Promise<void>;
}

/** How the server's process ended: exactly one of the two is set. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The Temporal server did not start; the message holds the end of its log. */
export class TemporalServerError extends Error {
  override readonly name = 'TemporalServerError';
}

const pollMs = 50;

/**
 * Starts `temporal server start-dev` and waits until it serves. It ends with this process at the latest.
 *
 * @throws {PortUnavailableError} before anything is started, if a port is taken
 * @throws {TemporalServerError} if it does not come up
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const { host = '127.0.0.1', port = 7233, startTimeoutMs = 30_000, stopTimeoutMs = 10_000 } = options;
  const { uiPort = port + 1_000, settingNames = { port: 'port', uiPort: 'uiPort' } } = options;
  await assertPortFree({ host, port, neededBy: 'the Temporal server', setting: settingNames.port });
  await assertPortFree({ host, port: uiPort, neededBy: "Temporal's Web UI", setting: settingNames.uiPort });

  const args = await serverArguments({ ...options, host, port, uiPort });
  const logStart = logSize(options.logFile);
  const child = spawnLogged(options, args);
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 127, signal: null }));
  });
  const stop = async (): Promise<void> => {
    const timeout = new AbortController();
    child.kill('SIGTERM');
    await Promise.race([
      exited,
      sleep(stopTimeoutMs, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]);
    timeout.abort();
    child.kill('SIGKILL');
    await exited;
  };

  const address = `${host}:${port}`;
  const problem = await waitUntilServing(host, port, exited, startTimeoutMs);
  if (problem !== undefined || child.pid === undefined) {
    await stop();
    throw new TemporalServerError(
      `The Temporal server (${options.executablePath}, ${address}) ${problem ?? 'has no process'}. ` +
        `The end of its log, ${options.logFile}:\n${logTail(options.logFile, logStart)}`,
    );
  }
  return { address, uiUrl: `http://${host}:${uiPort}`, pid: child.pid, exited, stop };
}

function spawnLogged(options: TemporalServerOptions, args: readonly string[]): ChildProcess {
  for (const file of [options.logFile, options.dbFilename]) {
    if (file !== undefined) mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  }
  const log = openSync(options.logFile, 'a');
  try {
    const child = spawn(options.executablePath, args, {
      env: temporalEnvironment(process.env),
      stdio: ['ignore', log, log],
      // A group of its own: a Ctrl-C reaches us alone, and we stop the server after those that still need it.
      detached: process.platform !== 'win32',
    });
    endWithThisProcess(child);
    return child;
  } finally {
    closeSync(log);
  }
}

async function waitUntilServing(
  host: string,
  port: number,
  exited: Promise<ServerExit>,
  timeoutMs: number,
): Promise<string | undefined> {
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs) {
    const end = await Promise.race([exited, sleep(pollMs, undefined)]);
    if (end !== undefined) {
      return end.signal === null ? `ended at once with exit code ${end.code}` : `was ended by ${end.signal}`;
    }
    if (await isServing(host, port)) return undefined;
  }
  return `did not serve within ${timeoutMs / 1000} s`;
}
