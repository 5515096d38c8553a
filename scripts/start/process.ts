import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../../config/process.ts';
import { endingWithParent, endWithThisProcess } from '../temporal/child-lifetime.ts';
import { logSize, logTail } from '../temporal/log-tail.ts';
import { root } from './configuration.ts';

export interface ProcessOptions {
  readonly name: string;
  /** A TypeScript file of the project, from its root. */
  readonly file: string;
  readonly arguments?: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly logFolder: string;
  /** Recognises the line of its output that says that it is ready. */
  isReady(line: string): boolean;
}

/** A process of ours that has said that it is ready. */
export interface StartedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** What a process may take to be ready, on a slow machine. */
const startTimeoutMs = 60_000;
/** What a process may take to finish what it is doing when it is told to stop. */
const stopTimeoutMs = 10_000;

/** Starts a process and waits until it is ready. Its output goes to a log file; it ends with this process at the latest. */
export async function startProcess(options: ProcessOptions): Promise<StartedProcess> {
  const { name, arguments: given = [] } = options;
  const logFile = path.join(options.logFolder, `${name}.log`);
  mkdirSync(path.dirname(logFile), { recursive: true });
  const logStart = logSize(logFile);
  const log = createWriteStream(logFile, { flags: 'a' });
  const child = spawn(process.execPath, [...endingWithParent, path.join(root, options.file), ...given], {
    cwd: root,
    env: options.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: a Ctrl-C reaches us alone, and we stop the processes in their order.
    detached: process.platform !== 'win32',
  });
  endWithThisProcess(child);

  const exited = new Promise<void>((resolve) => {
    child.once('close', () => log.end(resolve));
  });
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        if (options.isReady(line)) resolve();
      });
    }
  });
  const outcome = await within(
    startTimeoutMs,
    Promise.race([ready.then(() => 'ready'), exited.then(() => 'ended')]),
    'is not ready yet',
  );
  if (outcome !== 'ready' || child.pid === undefined) {
    child.kill('SIGKILL');
    throw new StartupError(
      `The ${name} did not start: it ${outcome}. The end of its log, ${logFile}:\n${logTail(logFile, logStart)}`,
    );
  }

  return {
    name,
    pid: child.pid,
    logFile,
    exited,
    async stop() {
      child.kill('SIGTERM');
      const left = await within(stopTimeoutMs, exited, 'still there');
      if (left === 'still there') child.kill('SIGKILL');
      await exited;
    },
  };
}

/** What the promise gives, or `otherwise` if it takes longer. */
async function within<T, U>(timeoutMs: number, promise: Promise<T>, otherwise: U): Promise<T | U> {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, sleep(timeoutMs, otherwise, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}

/** For processes that log with pino, as JSON: they say `ready`. */
export function isReadyMessage(line: string): boolean {
  return line.includes('"msg":"ready"');
}
