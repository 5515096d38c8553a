import type { CreateReply } from '../core/activities.ts';
import { failureTypes } from '../core/failures.ts';
import { beginAttempt, prepareAttempt } from '../core/attempt.ts';
import type { Sending } from '../core/progress.ts';
import type { RunEnd } from '../core/report.ts';
import type { RunStatus } from '../core/result.ts';
import type { Snapshot } from '../core/snapshot.ts';
import { callProvider, type CallProblem } from './callProvider.ts';
import { clearThread } from './clearThread.ts';
import { continueAsNewIfDue, throwIfCancelled, type DurableRun } from './durableRun.ts';
import { sendOnce } from './sendOnce.ts';

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
  const { progress } = run;
  for (let step = 1; ;) {
    throwIfCancelled();
    await continueAsNewIfDue(run);
    if (run.leftMs <= 0) return notCreatedInTime(progress.sending);

    run.note(`creating attempt ${run.tag.attempt}`);
    const sent = await sendOnce(run, { tag: run.tag }, () => sendCreate(run, step));
    switch (sent.kind) {
      case 'replied':
        if (sent.reply.kind === 'created') return begin(run, sent.reply.snapshot, false);
        prepareAttempt(progress, sent.reply.request, sent.reply.inputDelivered);
        step += 1;
        break;
      case 'found':
        return begin(run, sent.snapshot, true);
      case 'given_up':
        if (run.leftMs <= 0) return notCreatedInTime(progress.sending);
        return notCreated('not_created', sent.error.code, sent.error.message);
      case 'refused': {
        const { type, message, blocker, isOutOfTime } = sent.problem;
        // Whoever holds the thread is looked at first, even by a run that is cancelled: an earlier create may have made it.
        if (type === failureTypes.threadBusy && blocker !== undefined) {
          const thread = await clearThread(run, blocker);
          if (thread.kind === 'ours') return begin(run, thread.snapshot, true);
          if (thread.kind === 'refused') return notCreated('thread_busy', type, message);
          break;
        }
        throwIfCancelled();
        if (isOutOfTime) return notCreatedInTime(progress.sending, message);
        return notCreated('not_created', type, message);
      }
      case 'send_again':
        break;
    }
  }
}

function notCreatedInTime({ lostReplies }: Sending, lastProblem?: string): CreateOutcome {
  const message = [
    'The total deadline (policy.deadlines.totalMs) passed before a run could be created.',
    ...(lostReplies === 0 ? [] : ['A create whose reply was lost may have made one all the same.']),
    ...(lastProblem === undefined ? [] : [`The last try: ${lastProblem}`]),
  ].join(' ');
  return notCreated('timed_out', failureTypes.runTimedOut, message);
}

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
  const { inputDelivered } = progress;
  const summary = `create the run, attempt ${tag.attempt}${step > 1 ? `, step ${step}` : ''}`;
  return callProvider(run, { summary, repeatable: 'never', counts: 'create' }, (activities) =>
    activities.createRun({ ...run.asked, tag, input: input.input, inputDelivered }),
  );
}
