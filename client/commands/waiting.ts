import type { RunResult } from '../../core/result.ts';
import type { Output } from '../output/output.ts';
import type { RunHandle } from '../runHandle.ts';
import { InterruptedError } from './errors.ts';

/** How the commands are called in what they say: by the repository's script, or by the built package's name. */
export const runsCommand = import.meta.filename.endsWith('.ts') ? 'npm run runs --' : 'durable-runs';

/** A wait that is over sooner needs no explanation. */
const quietMs = 500;

/** Waits for the run's result. */
export function untilResult(output: Output, run: RunHandle): Promise<RunResult> {
  return untilInterrupted(run.id, async (signal) => {
    const timer = setTimeout(() => {
      output.hint(`Waiting for ${run.id}. Ctrl-C ends the waiting, not the run.`);
    }, quietMs);
    try {
      return await run.result({ signal });
    } finally {
      clearTimeout(timer);
    }
  });
}

/**
 * Waits for something about a run; Ctrl-C ends the waiting, and not the run.
 *
 * @param wait is to end its calls when the signal is aborted: the process stays for as long as one is open
 * @throws {InterruptedError} that says how to get back to the run
 */
export async function untilInterrupted<Result>(
  id: string,
  wait: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const { signal } = controller;
  const interrupted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new InterruptedError(describeInterruption(id))));
  });
  const interrupt = () => controller.abort();
  process.once('SIGINT', interrupt);
  try {
    const waiting = wait(signal);
    // Aborted, it fails while nobody waits for it any more.
    waiting.catch(() => {});
    return await Promise.race([waiting, interrupted]);
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

function describeInterruption(id: string): string {
  return (
    `Interrupted: the run ${id} goes on without this command. ` +
    `Follow it with '${runsCommand} watch ${id}', or end it with '${runsCommand} cancel ${id}'.`
  );
}
