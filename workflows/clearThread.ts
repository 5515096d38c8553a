import { CancellationScope, sleep } from '@temporalio/workflow';
import { backoffDelayMs } from '../core/backoff.ts';
import { waitDefaults } from '../core/policy.ts';
import { isTerminal, type ProviderRef, type Snapshot } from '../core/snapshot.ts';
import { formatDuration } from '../core/story.ts';
import { isSameRun, isSameTag } from '../core/tag.ts';
import { callProvider, isProblem } from './callProvider.ts';
import { continueAsNewIfDue, throwIfCancelled, type DurableRun } from './durableRun.ts';

export type ClearedThread =
  | { readonly kind: 'cleared' }
  /** The run that holds the thread is the very one that we wanted to create. */
  | { readonly kind: 'ours'; readonly snapshot: Snapshot }
  | { readonly kind: 'refused' }
  | { readonly kind: 'deadline' };

/**
 * Deals with an active run that keeps us from creating one in the same thread, as the policy says. An earlier attempt of this very
 * run is always cancelled: it is ours to end.
 */
export async function clearThread(run: DurableRun, blocker: ProviderRef): Promise<ClearedThread> {
  const { whenThreadBusy } = run.policy;
  const { sending } = run.progress;
  sending.threadBusy += 1;
  let decided = false;
  for (let checks = 0; ; checks += 1) {
    // What has been decided is decided again then: asking twice for a cancel is harmless. But the create is sent again, too: while the
    // blocker may be what a lost create has made, it must be looked at first.
    if (decided || sending.lostReplies === 0) await continueAsNewIfDue(run);
    // Until it is known whose run it is, a cancel has to wait: it may be one that we pay for.
    const snapshot = decided
      ? await lookAtBlocker(run, blocker)
      : await CancellationScope.nonCancellable(() => lookAtBlocker(run, blocker));
    if (snapshot !== undefined && isSameTag(snapshot.tag, run.tag)) return { kind: 'ours', snapshot };
    throwIfCancelled();
    if (snapshot !== undefined && isTerminal(snapshot)) {
      // A provider that calls a thread busy whose run has ended must not be asked again and again without a pause.
      if (checks === 0 && sending.threadBusy > 1) await pause(run, blocker, sending.threadBusy - 2);
      return { kind: 'cleared' };
    }
    if (run.leftMs <= 0) return { kind: 'deadline' };

    // Whose it is must be known first: what could not be read may be ours.
    if (!decided && snapshot !== undefined) {
      decided = true;
      const isOurs = isSameRun(snapshot.tag, run.tag);
      if (isOurs || whenThreadBusy === 'cancel') await cancelBlocker(run, blocker);
      else if (whenThreadBusy === 'fail') return { kind: 'refused' };
    }
    // Others may be faster again and again: the pauses grow from one blocker to the next.
    await pause(run, blocker, sending.threadBusy - 1 + checks);
  }
}

async function pause(run: DurableRun, blocker: ProviderRef, index: number): Promise<void> {
  const delayMs = Math.max(1, Math.min(backoffDelayMs(waitDefaults.polling, index), run.leftMs));
  const summary = `the thread is busy: waiting ${formatDuration(delayMs)} for ${blocker.id}`;
  run.note(summary);
  await sleep(delayMs, { summary });
}

/** undefined when it could not be read: the next look may tell. */
async function lookAtBlocker(run: DurableRun, blocker: ProviderRef): Promise<Snapshot | undefined> {
  const reply = await callProvider(
    run,
    { summary: 'check the run that holds the thread', repeatable: 'read', counts: 'retrieve' },
    (activities) => activities.retrieveRun({ ...run.target, ref: blocker }),
  );
  return isProblem(reply) ? undefined : reply.snapshot;
}

async function cancelBlocker(run: DurableRun, blocker: ProviderRef): Promise<void> {
  await callProvider(
    run,
    { summary: 'cancel the run that holds the thread', repeatable: 'write', counts: 'cancel' },
    (activities) => activities.cancelRun({ ...run.target, ref: blocker }),
  );
}
