import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { failureTypes } from '../core/failures.ts';
import { checkRunInput, checkWorkflowId, type RunInput } from '../core/input.ts';
import type { CarriedRun } from '../core/progress.ts';
import { buildResult, type RunEnd } from '../core/report.ts';
import type { RunResult } from '../core/result.ts';
import { formatDuration } from '../core/story.ts';
import { decideAfter, failureTypeOf, type AttemptEnd } from '../core/verdict.ts';
import { answerToolCalls } from './answerToolCalls.ts';
import { createAttempt } from './createAttempt.ts';
import { DurableRun } from './durableRun.ts';
import { endAttempt, giveUpAttempt } from './endAttempt.ts';
import { runReportQuery, wakeUpSignal } from './messages.ts';
import { waitForNews } from './waitForNews.ts';

/**
 * One durable run: creates the provider's run, waits for it, executes the tools it asks for, restarts what expired, and returns
 * one result. A run that ends in anything but `completed` fails, with the result in the failure's details.
 *
 * @param input the run, as plain JSON
 * @param carried set by the workflow itself when it continues as new
 */
export async function openaiRun(input: RunInput, carried?: CarriedRun): Promise<RunResult> {
  const run = beginRun(input, carried);
  setHandler(wakeUpSignal, (wakeUp) => run.receive(wakeUp), {
    description: 'A webhook event for this run',
  });
  setHandler(runReportQuery, () => run.report(), {
    description: 'What the run is doing, and what it took so far',
  });

  try {
    return conclude(run, await runToItsEnd(run));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => cancel(run));
    throw error;
  }
}

function beginRun(input: RunInput, carried: CarriedRun | undefined): DurableRun {
  const check = checkRunInput(input);
  const problem = check.ok ? checkWorkflowId(workflowInfo().workflowId) : check.message;
  if (!check.ok || problem !== undefined) {
    throw ApplicationFailure.nonRetryable(problem, failureTypes.runInvalidInput);
  }
  return new DurableRun(check.input, carried);
}

/** Attempt after attempt, until one ends in a way that nothing follows. */
async function runToItsEnd(run: DurableRun): Promise<RunEnd> {
  for (;;) {
    const end = await runAttempt(run);
    if (end.outcome === 'not_created') return describeLast(run, end);

    const verdict = decideAfter(end, run.policy, run.progress.ended.length);
    if (verdict.kind === 'finish') {
      const output = 'output' in end ? { output: end.output } : {};
      return { status: verdict.status, error: end.outcome === 'completed' ? null : end.error, ...output };
    }
    await waitToRestart(run, end, verdict.delayMs);
  }
}

/** A run whose restart comes to nothing ends as its last attempt did, unless time or the thread ended it. */
function describeLast(run: DurableRun, { status, error }: RunEnd): RunEnd {
  const last = run.progress.ended.at(-1);
  if (status !== 'not_created' || last?.error === undefined || last.outcome === 'gave_up')
    return { status, error };
  const message = `${last.error.message} Another attempt could not be created: ${error?.message ?? ''}`;
  return { status: last.outcome, error: { code: last.error.code, message } };
}

/** One attempt: create it (or go on with the one carried over), then wait and act until it has ended. */
async function runAttempt(
  run: DurableRun,
): Promise<AttemptEnd | (RunEnd & { readonly outcome: 'not_created' })> {
  let seen;
  if (run.progress.current === null) {
    const created = await createAttempt(run);
    if (created.kind === 'not_created') return { outcome: 'not_created', ...created.end };
    seen = created.snapshot;
  }

  for (;;) {
    const news = await waitForNews(run, seen);
    if (news.kind === 'limit') return giveUpAttempt(run, news.limit);

    if (news.snapshot.status !== 'requires_action') return endAttempt(run, news.snapshot);
    const answered = await answerToolCalls(run, news.snapshot.toolCalls);
    if (answered.kind === 'refused') return answered.end;
    seen = answered.snapshot;
  }
}

async function waitToRestart(run: DurableRun, end: AttemptEnd, delayMs: number): Promise<void> {
  run.note(`restarting: attempt ${run.progress.ended.length} ended ${end.outcome}`);
  run.publish('restarting');
  // Past the total deadline nothing is created any more: no use in waiting longer.
  const pauseMs = Math.min(delayMs, run.leftMs);
  if (pauseMs > 0)
    await sleep(pauseMs, { summary: `waiting ${formatDuration(pauseMs)} before the next attempt` });
}

function conclude(run: DurableRun, end: RunEnd): RunResult {
  run.end(end);
  const result = buildResult({ id: run.id, ...run.target, progress: run.progress }, end, Date.now());
  if (end.status === 'completed') return result;
  throw ApplicationFailure.nonRetryable(
    `The run ended ${end.status}: ${end.error?.message ?? 'no reason given'}`,
    failureTypeOf(end.status),
    result,
  );
}

/** The user's cancel: the provider's run is cancelled too, and what it cost is counted. */
async function cancel(run: DurableRun): Promise<void> {
  if (run.progress.current !== null) {
    run.note('cancelling');
    await giveUpAttempt(run, 'cancelled');
  }
  run.end({
    status: 'cancelled',
    error: { code: failureTypes.runCancelled, message: 'Cancelled on request.' },
  });
}
