import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endingWithParent } from '../../scripts/temporal/child-lifetime.ts';
import { childEnvironment } from './childEnvironment.ts';

/** A real process of the system under test. */
export interface TestProcess {
  readonly pid: number;
  /** Everything it has written so far, to both streams. */
  readonly output: readonly string[];
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Asks it to stop, and gives its exit code. */
  stop(): Promise<number | null>;
}

/**
 * Starts a TypeScript file as a process of its own and waits for the line that says it is ready. It ends with the process of the tests,
 * whatever that dies of.
 */
export async function startTestProcess(
  file: string,
  environment: Readonly<Record<string, string>>,
  isReady: (line: string) => boolean = (line) => line.includes('"msg":"ready"'),
): Promise<TestProcess> {
  const child = spawn(process.execPath, [...endingWithParent, file], {
    env: { ...childEnvironment(), LOG_FORMAT: 'json', ...environment },
    // Its input is never written to. A test that runs out of time never gets to its clean-up, and one that is killed to nothing at all.
    stdio: ['pipe', 'pipe', 'pipe'],
  });

  const output: string[] = [];
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line);
        if (isReady(line)) resolve();
      });
    }
    child.once('exit', (code) =>
      reject(new Error(`${file} ended with ${code} before it was ready:\n${output.join('\n')}`)),
    );
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (!hasEnded(child)) {
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  };
  return {
    pid: child.pid ?? 0,
    output,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
