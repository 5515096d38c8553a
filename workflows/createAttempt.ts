import { CancellationScope, condition } from '@temporalio/workflow';
import type { CreateReply } from '../core/activities.ts';
import { failureTypes } from '../core/failures.ts';
import { beginAttempt } from '../core/progress.ts';
import type { RunEnd } from '../core/report.ts';
import type { RunStatus } from '../core/result.ts';
import type { Snapshot } from '../core/snapshot.ts';
import { formatDuration } from '../core/story.ts';
import { callProvider, isProblem, type CallProblem } from './callProvider.ts';
import { clearThread } from './clearThread.ts';
import { continueAsNewIfDue, throwIfCancelled, type DurableRun } from './durableRun.ts';

export type CreateOutcome =
  | { readonly kind: 'created'; readonly snapshot: Snapshot }
  | { readonly kind: 'not_created'; readonly end: RunEnd };

/**
 * Creates the next attempt at the provider: exactly one, whatever happens to the calls.
 *
 * A create that may have worked is never just repeated. A cancel ends one that waits to be tried again, but one that is on its way is
 * waited for, and looked for if its reply is lost: nobody else would know of the run that it made.
 */
export async function createAttempt(run: DurableRun): Promise<CreateOutcome> {
  const { policy, progress } = run;
  let lostCreates = 0;
  let busy = 0;
  let recreate = false;
  for (let step = 1; ;) {
    throwIfCancelled();
    await continueAsNewIfDue(run);
    if (run.leftMs <= 0) return notCreated('timed_out', failureTypes.runTimedOut, deadlineMessage);

    run.note(`creating attempt ${run.tag.attempt}`);
    if (recreate) progress.recreations += 1;
    recreate = false;
    const reply = await sendCreate(run, step);
    if (reply.kind === 'prepared') {
      progress.request = reply.request;
      progress.inputDelivered ||= reply.inputDelivered;
      step += 1;
    } else if (reply.kind === 'created') {
      return begin(run, reply.snapshot, false);
    } else if (reply.type === failureTypes.threadBusy && reply.blocker !== undefined) {
      const thread = await clearThread(run, reply.blocker, busy);
      busy += 1;
      if (thread.kind === 'ours') return begin(run, thread.snapshot, true);
      if (thread.kind === 'refused') return notCreated('thread_busy', reply.type, reply.message);
    } else if (reply.effect === 'unknown') {
      lostCreates += 1;
      const found = await CancellationScope.nonCancellable(() => findLostCreate(run));
      if (found.kind !== 'found') throwIfCancelled();
      if (found.kind === 'problem') return notCreated('not_created', found.type, found.message);
      if (found.kind === 'found') return begin(run, found.snapshot, true);
      if (found.kind === 'never_created') continue;
      if (policy.lostCreate.whenNotFound === 'fail' || lostCreates >= policy.calls.maximumAttempts)
        return notCreated('not_created', reply.type, reply.message);
      recreate = true;
    } else {
      throwIfCancelled();
      return notCreated('not_created', reply.type, reply.message);
    }
  }
}

const deadlineMessage = 'The total deadline (policy.deadlines.totalMs) passed before a run could be created.';

function notCreated(status: RunStatus, code: string, message: string): CreateOutcome {
  return { kind: 'not_created', end: { status, error: { code, message } } };
}

function begin(run: DurableRun, snapshot: Snapshot, adopted: boolean): CreateOutcome {
  beginAttempt(run.progress, snapshot, Date.now(), adopted);
  return { kind: 'created', snapshot };
}

/** @param step 2 when what the run needs has been made: the Web UI shows which call was which */
async function sendCreate(run: DurableRun, step: number): Promise<CreateReply | CallProblem> {
  const { input, progress, tag } = run;
  const summary = `create the run, attempt ${tag.attempt}${step > 1 ? `, step ${step}` : ''}`;
  return callProvider(run, { summary, repeatable: 'never', counts: 'create' }, (activities) =>
    activities.createRun({
      ...run.target,
      tag,
      ...(progress.inputDelivered ? {} : { input: input.input }),
      request: progress.request,
      tools: input.tools,
    }),
  );
}

type LostCreate =
  | { readonly kind: 'found'; readonly snapshot: Snapshot }
  | { readonly kind: 'not_found' | 'never_created' }
  | CallProblem;

/**
 * Looks for the run of a create that may have worked: by its tag, after a pause, for the request may still be on its way. A webhook
 * that carries the tag ends the pause.
 */
async function findLostCreate(run: DurableRun): Promise<LostCreate> {
  const { tag } = run;
  const { settleMs } = run.policy.lostCreate;
  run.note('the create reply was lost: looking for the run');
  await condition(() => run.inbox.findSnapshot(tag) !== undefined, settleMs, {
    summary: `a lost create reply: waiting ${formatDuration(settleMs)}, then looking for the run`,
  });
  const told = readTold(run);
  if (told !== undefined) return told;

  const reply = await callProvider(
    run,
    { summary: 'look for the run by its tag', repeatable: 'write', counts: 'find' },
    (activities) => activities.findRun({ ...run.target, tag, request: run.progress.request }),
  );
  if (!isProblem(reply) && reply.kind === 'found') {
    run.progress.learntFrom = 'check';
    return reply;
  }
  // A webhook may have come meanwhile: it knows better than a look that found nothing, or failed.
  const toldMeanwhile = readTold(run);
  if (toldMeanwhile !== undefined) return toldMeanwhile;
  return isProblem(reply)
    ? { ...reply, message: `A create may have made a run that could not be looked for: ${reply.message}` }
    : reply;
}

/** The attempt that a webhook with our tag has told of. */
function readTold(run: DurableRun): LostCreate | undefined {
  const snapshot = run.inbox.findSnapshot(run.tag);
  if (snapshot === undefined) return undefined;
  run.progress.learntFrom = 'webhook';
  return { kind: 'found', snapshot };
}
