import { condition } from '@temporalio/workflow';
import { backoffDelayMs } from '../core/backoff.ts';
import { failureTypes } from '../core/failures.ts';
import { waitDefaults } from '../core/policy.ts';
import { believe, observe } from '../core/attempt.ts';
import type { RunError } from '../core/result.ts';
import type { WaitLimit } from '../core/schedule.ts';
import { isTerminal, type Snapshot, type TerminalSnapshot } from '../core/snapshot.ts';
import { usageOf } from '../core/spending.ts';
import { formatDuration } from '../core/story.ts';
import type { AttemptEnd } from '../core/verdict.ts';
import { callProvider, isProblem } from './callProvider.ts';
import type { DurableRun } from './durableRun.ts';

/** Takes the provider's word that the attempt has ended, and files it. */
export function endAttempt(run: DurableRun, snapshot: Snapshot): AttemptEnd {
  if (!isTerminal(snapshot)) throw new Error(`An attempt cannot end ${snapshot.status}.`);
  return file(run, readEnd(run, snapshot));
}

/**
 * Ends an attempt that the provider has not ended: asks it to cancel, and waits a little to hear that it did, and what it cost. Our
 * decision stands, whatever the provider says later. Only if the attempt had already ended when the cancel came, that end
 * counts (unless the user wanted it cancelled): it is paid for. Before another attempt is made in its place, its end counts whenever it comes.
 */
export async function giveUpAttempt(
  run: DurableRun,
  reason: WaitLimit | 'cancelled' | RunError,
): Promise<AttemptEnd> {
  run.note('ending the attempt at the provider');
  const answer = await askToCancel(run);

  const mayBeFollowed = reason === 'queued_too_long' || reason === 'expired';
  const hadEnded = answer !== undefined && isTerminal(answer);
  const end = hadEnded ? answer : await hearTheEnd(run, answer !== undefined);
  // A provider that cancels at once says `cancelled` here: that end is ours.
  if (
    end !== undefined &&
    end.status !== 'cancelled' &&
    reason !== 'cancelled' &&
    (hadEnded || mayBeFollowed)
  )
    return endAttempt(run, end);
  if (end?.status === 'cancelled' && !mayBeFollowed) await hearTheCost(run);
  return file(run, explain(run, reason, end !== undefined));
}

/** undefined when the provider could not be asked, or does not know the attempt, which may only be new: then it works on. */
async function askToCancel(run: DurableRun): Promise<Snapshot | undefined> {
  const { ref } = run.current;
  const reply = await callProvider(
    run,
    { summary: 'cancel the run', repeatable: 'write', counts: 'cancel' },
    (activities) => activities.cancelRun({ ...run.target, ref }),
  );
  return isProblem(reply) ? undefined : takeOver(run, reply.snapshot);
}

/**
 * Waits for a terminal snapshot, from a webhook or by checking, for as long as `policy.cancel.confirmMs`. A provider that could not be
 * asked to cancel, or did not know the attempt yet, is asked again: nobody else would end what works on.
 */
async function hearTheEnd(run: DurableRun, wasAsked: boolean): Promise<TerminalSnapshot | undefined> {
  const attempt = run.current;
  let isAsked = wasAsked;
  const untilMs = Date.now() + run.policy.cancel.confirmMs;
  for (let checks = 0; Date.now() < untilMs; checks += 1) {
    const delayMs = Math.min(backoffDelayMs(waitDefaults.polling, checks), untilMs - Date.now());
    const summary = `cancelled: waiting ${formatDuration(delayMs)} for the provider to confirm`;
    const woken = await condition(() => run.inbox.hasFor(attempt.ref), delayMs, { summary });

    const snapshots = takeIn(run);
    if (!woken) {
      const answer = isAsked ? undefined : await askToCancel(run);
      isAsked ||= answer !== undefined;
      const heard = answer ?? (await check(run));
      if (heard !== undefined) snapshots.push(heard);
    }
    const end = snapshots.find(isTerminal);
    if (end !== undefined) return end;
  }
  return undefined;
}

/** What has been cancelled may say only later what it has cost, or even that it has completed after all. */
async function hearTheCost(run: DurableRun): Promise<void> {
  const { ref } = run.current;
  const { confirmMs } = run.policy.cancel;
  if (confirmMs === 0 || usageOf(run.progress, [ref]) !== null) return;
  const summary = `cancelled: waiting ${formatDuration(confirmMs)} to hear what it has cost`;
  run.note(summary);
  const woken = await condition(() => run.inbox.hasUsageFor(ref), confirmMs, { summary });
  takeIn(run);
  if (!woken) await check(run);
}

/** Takes over what webhooks have said of the attempt. That it is lost, only calls of ours can tell. */
function takeIn(run: DurableRun): Snapshot[] {
  const attempt = run.current;
  const snapshots = run.inbox
    .takeFor(attempt.ref)
    .flatMap(({ snapshot }) => snapshot ?? [])
    .filter(({ status }) => status !== 'lost');
  for (const snapshot of snapshots) observe(run.progress, attempt, snapshot);
  return snapshots;
}

/** What the provider says of the attempt; undefined when it cannot be asked, or does not know it yet. */
async function check(run: DurableRun): Promise<Snapshot | undefined> {
  const { ref } = run.current;
  const reply = await callProvider(
    run,
    { summary: 'check that the run has ended', repeatable: 'read', counts: 'retrieve' },
    (activities) => activities.retrieveRun({ ...run.target, ref }),
  );
  return isProblem(reply) ? undefined : takeOver(run, reply.snapshot);
}

/** Takes over what the provider says of the attempt, unless that is a 404 on what may only be new. */
function takeOver(run: DurableRun, snapshot: Snapshot): Snapshot | undefined {
  if (!believe(run.current, snapshot)) return undefined;
  observe(run.progress, run.current, snapshot);
  return snapshot;
}

function readEnd(run: DurableRun, snapshot: TerminalSnapshot): AttemptEnd {
  switch (snapshot.status) {
    case 'completed':
      return { outcome: 'completed', output: snapshot.output };
    case 'failed':
      return { outcome: 'failed', error: snapshot.error };
    case 'incomplete': {
      const error = {
        code: snapshot.reason,
        message: `The answer is incomplete: ${snapshot.reason}.`,
      };
      return {
        outcome: 'incomplete',
        error,
        ...(snapshot.output === undefined ? {} : { output: snapshot.output }),
      };
    }
    case 'cancelled': {
      const message = 'The run was cancelled at the provider, and not by us.';
      return { outcome: 'cancelled', error: { code: failureTypes.runCancelled, message } };
    }
    case 'expired': {
      const message = 'The run expired at the provider.';
      return { outcome: 'expired', error: { code: failureTypes.runExpired, message } };
    }
    case 'lost': {
      const { status, refSinceMs } = run.current;
      const known = `It was last heard of as ${status}, and made ${formatDuration(Date.now() - refSinceMs)} ago.`;
      return {
        outcome: 'lost',
        error: { code: failureTypes.runLost, message: `${snapshot.message} ${known}` },
      };
    }
  }
}

/** Our own reason for ending an attempt, as its end. */
function explain(run: DurableRun, reason: WaitLimit | 'cancelled' | RunError, hasEnded: boolean): AttemptEnd {
  if (typeof reason !== 'string') return { outcome: 'gave_up', error: reason };
  const { wait, deadlines } = run.policy;
  switch (reason) {
    case 'total_deadline': {
      const message = `The total deadline of ${formatDuration(deadlines.totalMs)} passed (policy.deadlines.totalMs).`;
      return { outcome: 'gave_up', error: { code: failureTypes.runTimedOut, message } };
    }
    case 'wait_total': {
      const limit = wait.totalMs === null ? '' : ` of ${formatDuration(wait.totalMs)}`;
      const message = `The provider did not finish within the waiting time${limit} (policy.wait.totalMs).`;
      return { outcome: 'gave_up', error: { code: failureTypes.runTimedOut, message } };
    }
    case 'queued_too_long': {
      const limit = deadlines.queuedMs === null ? '' : ` ${formatDuration(deadlines.queuedMs)}`;
      const message = `The run was still queued after${limit} (policy.deadlines.queuedMs).`;
      const error = { code: failureTypes.runQueuedTooLong, message };
      if (hasEnded) return { outcome: 'queued_too_long', error };
      const unsure = `${message} It could not be cancelled, so no other was made in its place.`;
      return { outcome: 'queued_too_long', error: { ...error, message: unsure }, mayLive: true };
    }
    case 'expired': {
      const message = 'The run did not end by its expires_at.';
      return { outcome: 'expired', error: { code: failureTypes.runExpired, message } };
    }
    case 'cancelled':
      return {
        outcome: 'cancelled',
        error: { code: failureTypes.runCancelled, message: 'Cancelled on request.' },
      };
  }
}

/** Moves the current attempt to those that have ended. */
function file(run: DurableRun, end: AttemptEnd): AttemptEnd {
  run.collectOrphans();
  const { number, ref, earlierRefs, adopted, createdAtMs } = run.current;
  run.progress.ended.push({
    number,
    ref,
    earlierRefs,
    outcome: end.outcome,
    ...(end.outcome === 'completed' ? {} : { error: end.error }),
    createdAtMs,
    endedAtMs: Date.now(),
    adopted,
  });
  run.progress.current = null;
  run.inbox.discardAll();
  return end;
}
