import { CancellationScope, condition } from '@temporalio/workflow';
import { backoffDelayMs } from '../core/backoff.ts';
import type { ProviderRef, Snapshot } from '../core/snapshot.ts';
import { formatDuration } from '../core/story.ts';
import type { RunTag } from '../core/tag.ts';
import type { RunError } from '../core/result.ts';
import { callProvider, isProblem, type CallProblem } from './callProvider.ts';
import { throwIfCancelled, type DurableRun } from './durableRun.ts';

/** A create or a submit whose reply was lost: it may or may not have made something that somebody pays for. */
export interface LostCall {
  /** What was made, if anything was, carries this tag. */
  readonly tag: RunTag;
  /** What a lost submit was for. */
  readonly submittedTo?: ProviderRef;
  readonly problem: CallProblem;
}

export type Settled =
  | { readonly kind: 'found'; readonly snapshot: Snapshot }
  | { readonly kind: 'send_again' }
  | { readonly kind: 'given_up'; readonly error: RunError };

/**
 * Finds out what a lost call has done, before it may be sent again: by asking the provider for the tag, after a pause, for the request may
 * still be on its way; or, where the provider cannot be asked, by waiting for a webhook that carries the tag. Only when neither
 * tells of anything, the policy decides.
 */
export async function settleLostReply(run: DurableRun, lost: LostCall): Promise<Settled> {
  const { progress, policy } = run;
  progress.sending.lostReplies += 1;
  const isEnough = progress.sending.lostReplies >= policy.calls.maximumAttempts;
  // What the call has made is ours to end: a cancel waits until we have looked for it.
  let found = await CancellationScope.nonCancellable(() => pauseAndLook(run, lost));
  if (found.kind !== 'found') throwIfCancelled();
  if (found.kind === 'not_searchable' || found.kind === 'problem') {
    await waitForWebhook(run, lost);
    found = readTold(run, lost) ?? (await look(run, lost));
  }

  const { type: code, message } = lost.problem;
  switch (found.kind) {
    case 'found':
      return found;
    case 'problem':
      return {
        kind: 'given_up',
        error: {
          code: found.type,
          message: `A call may have made something that could not be looked for: ${found.message}`,
        },
      };
    case 'not_sent':
      return isEnough ? { kind: 'given_up', error: { code, message } } : { kind: 'send_again' };
    case 'not_found':
    case 'not_searchable':
      if (isEnough || policy.lostCreate.whenNotFound === 'fail')
        return { kind: 'given_up', error: { code, message } };
      progress.sending.isRepetition = true;
      return { kind: 'send_again' };
  }
}

type Looked =
  | { readonly kind: 'found'; readonly snapshot: Snapshot }
  | { readonly kind: 'not_found' | 'not_sent' | 'not_searchable' }
  | CallProblem;

async function pauseAndLook(run: DurableRun, lost: LostCall): Promise<Looked> {
  const { lostCreate, calls } = run.policy;
  const { lostReplies } = run.progress.sending;
  // A provider that loses one reply after another is in trouble: it is asked ever more slowly.
  const pauseMs = Math.max(lostCreate.settleMs, backoffDelayMs(calls, lostReplies - 1));
  run.note('a reply was lost: looking for what the call has made');
  await condition(() => findTold(run, lost) !== undefined, pauseMs, {
    summary: `a lost reply: waiting ${formatDuration(pauseMs)}, then looking for what the call has made`,
  });
  return readTold(run, lost) ?? look(run, lost);
}

async function look(run: DurableRun, lost: LostCall): Promise<Looked> {
  const { tag, submittedTo } = lost;
  const { request } = run.progress;
  const wanted = { tag, request, ...(submittedTo === undefined ? {} : { submittedTo }) };
  const reply = await callProvider(
    run,
    { summary: 'look for what carries our tag', repeatable: 'write', counts: 'find' },
    (activities) => activities.findRun({ ...run.target, ...wanted }),
  );
  if (!isProblem(reply) && reply.kind === 'found') {
    run.progress.learntFrom = 'check';
    return reply;
  }
  // A webhook may have come meanwhile: it knows better than a look that found nothing, or failed.
  return readTold(run, lost) ?? reply;
}

/** A cancel ends this wait: without its id nothing can be cancelled, and its webhook comes when it has been paid for. */
async function waitForWebhook(run: DurableRun, lost: LostCall): Promise<void> {
  const waitMs = Math.min(run.policy.lostCreate.webhookMs, run.leftMs);
  if (waitMs <= 0) return;
  const summary = `a lost reply: waiting ${formatDuration(waitMs)} for the webhook of what the call has made`;
  run.note(summary);
  await condition(() => findTold(run, lost) !== undefined, waitMs, { summary });
}

function readTold(run: DurableRun, lost: LostCall): Extract<Settled, { kind: 'found' }> | undefined {
  const snapshot = findTold(run, lost);
  if (snapshot === undefined) return undefined;
  run.progress.learntFrom = 'webhook';
  return { kind: 'found', snapshot };
}

/** What a webhook has told of: something with the tag, or that what the outputs went to has ended since. */
function findTold({ inbox }: DurableRun, { tag, submittedTo }: LostCall): Snapshot | undefined {
  return inbox.findSnapshot(tag) ?? (submittedTo === undefined ? undefined : inbox.findEnd(submittedTo));
}
