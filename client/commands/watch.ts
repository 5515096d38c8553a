import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import type { RunResult } from '../../core/result.ts';
import { LiveLine } from '../output/liveLine.ts';
import type { Output } from '../output/output.ts';
import { describeDoing } from '../output/renderKnownRun.ts';
import type { KnownRun } from '../report.ts';
import type { RunHandle } from '../runHandle.ts';
import { conclude } from './conclude.ts';
import { withRuns, type CommandContext } from './context.ts';
import { jsonOption, parseInteger } from './options.ts';
import { untilInterrupted } from './waiting.ts';

interface WatchOptions {
  readonly interval: number;
}

export function addWatchCommand(program: Command, context: CommandContext): void {
  program
    .command('watch')
    .description('Show each change of what a run is doing, until it ends; then its result')
    .argument('<id>', 'id of the run')
    .addOption(
      new Option('--interval <ms>', 'how often to look').argParser(parseInteger(10, 3_600_000)).default(500),
    )
    .addOption(jsonOption())
    .action(
      context.action((id: string, { interval }: WatchOptions) =>
        withRuns(context, ({ runs }) => {
          const { output } = context;
          const run = runs.getHandle(id);
          const ended = untilInterrupted(id, (signal) =>
            output.isJson ? run.result({ signal }) : showChanges(output, run, interval, signal),
          );
          return conclude(output, ended);
        }),
      ),
    );
}

/** Shows what the run is doing until it has ended, and gives back how. */
async function showChanges(
  output: Output,
  run: RunHandle,
  intervalMs: number,
  signal: AbortSignal,
): Promise<RunResult> {
  const line = new LiveLine(output);
  signal.addEventListener('abort', () => line.close());
  const ended = run.result({ signal });
  const hasEnded = ended.then(
    () => true as const,
    () => true as const,
  );
  try {
    let shown: KnownRun | undefined;
    do {
      const report = await run.report();
      if (shown === undefined || describeDoing(report) !== describeDoing(shown)) {
        const time = output.paint('dim', new Date().toLocaleTimeString('sv-SE'));
        line.show(`${time}  ${describeDoing(report)}`, shown !== undefined && isStep(shown, report));
      }
      shown = report;
    } while (!(await isOver(hasEnded, intervalMs)) && !signal.aborted);
  } finally {
    line.close();
  }
  return ended;
}

/** Waits for the end for as long as the interval, and says whether it has come. */
async function isOver(hasEnded: Promise<true>, intervalMs: number): Promise<boolean> {
  const timer = new AbortController();
  const over = await Promise.race([hasEnded, sleep(intervalMs, false, timer).catch(() => false)]);
  timer.abort();
  return over;
}

/** Whether the run has got somewhere since, rather than gone on with what it did. */
function isStep(before: KnownRun, after: KnownRun): boolean {
  if (before.knownFrom === 'temporal' || after.knownFrom === 'temporal')
    return before.knownFrom !== after.knownFrom;
  return (
    before.status !== after.status ||
    before.attempts.length !== after.attempts.length ||
    before.toolRounds !== after.toolRounds ||
    before.current?.status !== after.current?.status
  );
}
