import { CancellationScope, condition } from '@temporalio/workflow';
import { backoffDelayMs } from '../core/backoff.ts';
import { maximumLostReplies } from '../core/policy.ts';
import type { RunError } from '../core/result.ts';
import type { ProviderRef, Snapshot } from '../core/snapshot.ts';
import { describeLostReplies, formatDuration } from '../core/story.ts';
import type { RunTag } from '../core/tag.ts';
import { callProvider, isProblem, type CallProblem } from './callProvider.ts';
import { throwIfCancelled, type DurableRun } from './durableRun.ts';

/** A create or a submit: it makes something that somebody pays for. */
export interface PaidCall {
  /** What is made carries this tag. */
  readonly tag: RunTag;
  /** What a submit is for, and the calls that it answers. */
  readonly submittedTo?: ProviderRef;
  readonly callIds?: readonly string[];
}

export type Settled =
  | { readonly kind: 'found'; readonly snapshot: Snapshot }
  | { readonly kind: 'send_again' }
  | { readonly kind: 'given_up'; readonly error: RunError };

/**
 * After a reply was lost: finds out what the call has done, before it may be sent again. Only when nothing tells of anything, the policy
 * decides.
 */
export async function settleLostReply(
  run: DurableRun,
  call: PaidCall,
  problem: CallProblem,
): Promise<Settled> {
  const { sending } = run.progress;
  const { lostCreate, calls } = run.policy;
  sending.lostReplies += 1;
  const mostCalls = calls.maximumAttempts;
  const found = await findLost(run, call);
  switch (found.kind) {
    case 'found':
      return found;
    case 'problem': {
      const message = `A call may have made something that could not be looked for: ${found.message}`;
      return { kind: 'given_up', error: { code: found.type, message } };
    }
    case 'not_sent':
      return sending.lostReplies >= mostCalls
        ? { kind: 'given_up', error: describe(problem, 1) }
        : { kind: 'send_again' };
    case 'not_found':
    case 'not_searchable':
      if (
        lostCreate.whenNotFound === 'fail' ||
        sending.lostReplies >= Math.min(mostCalls, maximumLostReplies)
      )
        return { kind: 'given_up', error: describe(problem, sending.lostReplies) };
      sending.isRepetition = true;
      return { kind: 'send_again' };
  }
}

function describe({ type: code, message }: CallProblem, lostReplies: number): RunError {
  return { code, message: lostReplies === 1 ? message : describeLostReplies(lostReplies, message) };
}

type Looked =
  | { readonly kind: 'found'; readonly snapshot: Snapshot }
  | { readonly kind: 'not_found' | 'not_sent' | 'not_searchable' }
  | CallProblem;

/**
 * Looks for what a call has made whose reply was lost: by asking the provider for the tag, after a pause, for the request may still be on
 * its way; or, where the provider cannot tell, by waiting for a webhook.
 */
export async function findLost(run: DurableRun, call: PaidCall): Promise<Looked> {
  // What the call has made is ours to end: a cancel waits until we have looked for it.
  const found = await CancellationScope.nonCancellable(() => pauseAndLook(run, call));
  if (found.kind === 'found') return found;
  throwIfCancelled();
  if (found.kind !== 'not_searchable' && found.kind !== 'problem') return found;
  await waitForWebhook(run, call);
  return readTold(run, call) ?? look(run, call);
}

async function pauseAndLook(run: DurableRun, call: PaidCall): Promise<Looked> {
  const { lostCreate, calls } = run.policy;
  const { lostReplies } = run.progress.sending;
  // A provider that loses one reply after another is in trouble: it is asked ever more slowly.
  const patienceMs = Math.max(lostCreate.settleMs, backoffDelayMs(calls, lostReplies - 1));
  const pauseMs = Math.max(1, Math.min(patienceMs, run.leftMs));
  run.note('a reply was lost: looking for what the call has made');
  await condition(() => findTold(run, call) !== undefined, pauseMs, {
    summary: `a lost reply: waiting ${formatDuration(pauseMs)}, then looking for what the call has made`,
  });
  return readTold(run, call) ?? look(run, call);
}

async function look(run: DurableRun, call: PaidCall): Promise<Looked> {
  const { callIds: _answered, ...wanted } = call;
  const { request } = run.progress;
  const reply = await callProvider(
    run,
    { summary: 'look for what carries our tag', repeatable: 'write', counts: 'find' },
    (activities) => activities.findRun({ ...run.target, ...wanted, request }),
  );
  if (!isProblem(reply) && reply.kind === 'found') {
    run.progress.learntFrom = 'check';
    return reply;
  }
  // A webhook may have come meanwhile: it knows better than a look that found nothing, or failed.
  return readTold(run, call) ?? reply;
}

/** A cancel ends this wait: without its id nothing can be cancelled, and its webhook comes when it has been paid for. */
async function waitForWebhook(run: DurableRun, call: PaidCall): Promise<void> {
  const waitMs = Math.min(run.policy.lostCreate.webhookMs, run.leftMs);
  if (waitMs <= 0) return;
  const summary = `a lost reply: waiting ${formatDuration(waitMs)} for the webhook of what the call has made`;
  run.note(summary);
  await condition(() => findTold(run, call) !== undefined, waitMs, { summary });
}

/** What a webhook has told of, to be acted on. */
export function readTold(run: DurableRun, call: PaidCall): Extract<Settled, { kind: 'found' }> | undefined {
  const snapshot = findTold(run, call);
  if (snapshot === undefined) return undefined;
  run.progress.learntFrom = 'webhook';
  return { kind: 'found', snapshot };
}

/** What a webhook has told of: something with the tag, or that what the outputs went to has gone on since. */
export function findTold({ inbox, progress }: DurableRun, call: PaidCall): Snapshot | undefined {
  const { tag, submittedTo, callIds = [] } = call;
  const made = inbox.findTagged(tag);
  if (made !== undefined || submittedTo === undefined) return made;
  // A webhook that was long under way may tell of an earlier round.
  const known = [...(progress.current?.answeredCallIds ?? []), ...callIds];
  return inbox.findMovedOn(submittedTo, known);
}
