import { pino, type Logger } from 'pino';
import * as z from 'zod';
import { defaultTaskQueue } from '../core/taskQueues.ts';
import { ConfigurationError } from './environment.ts';

/** Variables that every process of ours reads. */
export const processVariables = {
  DURABLE_RUNS_TASK_QUEUE: z.string().default(defaultTaskQueue),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'], {
      error: 'expected one of trace, debug, info, warn, error',
    })
    .default('info'),
  LOG_FORMAT: z
    .enum(['json', 'pretty'], { error: 'expected json or pretty' })
    .default(process.stderr.isTTY ? 'pretty' : 'json'),
};

/** How a process logs, out of its variables. */
export interface LogSettings {
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

export function toLogSettings(variables: { LOG_LEVEL: string; LOG_FORMAT: 'json' | 'pretty' }): LogSettings {
  return { level: variables.LOG_LEVEL, format: variables.LOG_FORMAT };
}

/** A logger to stderr: standard output belongs to what a command prints. */
export function createLogger(name: string, { level, format }: LogSettings): Logger {
  const options = { name, level };
  if (format === 'json') return pino(options, pino.destination(2));
  const transport = { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname' } };
  return pino({ ...options, transport });
}

/** What a process of ours exits with when it could not do its work, or was not told properly what to do. */
export const exitCodes = { failed: 1, usage: 2 } as const;

/** Runs a process's main function; an error that stops it becomes one clear message and an exit code. */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof StartupError || error instanceof ConfigurationError) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = exitCodes.usage;
    } else {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exitCode = exitCodes.failed;
    }
  }
}

/**
 * Starts a server of ours, and gives what it gives.
 *
 * @param variable the environment variable that chooses the port
 * @throws StartupError when the port is taken, or may not be used
 */
export async function listen<T>(
  what: string,
  { host, port, variable }: { readonly host: string; readonly port: number; readonly variable: string },
  start: (address: { host: string; port: number }) => Promise<T>,
): Promise<T> {
  try {
    return await start({ host, port });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `${what} could not listen on ${host}:${port}: ${reason}. ` +
        `Stop what uses that port, or choose another with ${variable}.`,
    );
  }
}

/** Resolves with the name of the signal that asks this process to end. */
export function waitForStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve);
  });
}

/** Something outside that a process needs is not there: told without a stack trace. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
