import type { JsonObject } from './json.ts';
import { attemptNumber, nothingSent, type CurrentAttempt, type RunProgress } from './progress.ts';
import { isSameRef, isTerminal, type ProviderRef, type Snapshot } from './snapshot.ts';
import { recordUsage } from './spending.ts';

/** What an attempt needs has been made, and nothing that is paid for yet: with this request it goes on. */
export function prepareAttempt(progress: RunProgress, request: JsonObject, inputDelivered: boolean): void {
  progress.request = request;
  progress.inputDelivered ||= inputDelivered;
  progress.sending = { ...nothingSent };
}

/** Makes what the snapshot tells of the current attempt. */
export function beginAttempt(
  progress: RunProgress,
  snapshot: Snapshot,
  nowMs: number,
  adopted: boolean,
): CurrentAttempt {
  const attempt: CurrentAttempt = {
    number: attemptNumber(progress),
    ref: snapshot.ref,
    earlierRefs: [],
    adopted,
    createdAtMs: nowMs,
    refSinceMs: nowMs,
    status: snapshot.status,
    queued: true,
    expiresAtMs: null,
    wasRead: false,
    misses: 0,
    rounds: 0,
    answeredCallIds: [],
    waitedMs: 0,
    checks: 0,
  };
  progress.current = attempt;
  progress.createdAtMs ??= nowMs;
  progress.inputDelivered = true;
  progress.sending = { ...nothingSent };
  observe(progress, attempt, snapshot);
  return attempt;
}

/** The provider has accepted the outputs of a round: the attempt goes on, under another ref if the provider made something new. */
export function continueAttempt(
  progress: RunProgress,
  attempt: CurrentAttempt,
  callIds: readonly string[],
  snapshot: Snapshot,
  nowMs: number,
): void {
  attempt.rounds += 1;
  attempt.answeredCallIds.push(...callIds);
  attempt.checks = 0;
  progress.sending = { ...nothingSent };
  if (isSameRef(attempt.ref, snapshot.ref)) return;
  attempt.earlierRefs.push(attempt.ref);
  attempt.ref = snapshot.ref;
  attempt.refSinceMs = nowMs;
  attempt.queued = true;
  attempt.expiresAtMs = null;
  attempt.wasRead = false;
  attempt.misses = 0;
}

/** Takes over what a snapshot says of the current attempt. */
export function observe(progress: RunProgress, attempt: CurrentAttempt, snapshot: Snapshot): void {
  // Of what is lost, the last that was heard is all there is.
  if (snapshot.status !== 'lost')
    attempt.status = snapshot.status === 'unknown' ? snapshot.reported : snapshot.status;
  if (snapshot.status !== 'queued') attempt.queued = false;
  attempt.expiresAtMs = snapshot.expiresAtMs ?? attempt.expiresAtMs;
  progress.model = snapshot.model ?? progress.model;
  progress.providerEndedAtMs = snapshot.endedAtMs ?? progress.providerEndedAtMs;
  recordUsage(progress, snapshot);
}

/** So many 404s in a row are believed of a ref that has never been read: until then it may only not be everywhere yet. */
const maximumMisses = 3;

/**
 * Whether a snapshot is to be believed that a call of ours has read; `lost` is not at once of what is new. Not for webhooks: one may
 * bring what the API cannot read yet.
 */
export function believe(attempt: CurrentAttempt, snapshot: Snapshot): boolean {
  if (snapshot.status !== 'lost') {
    attempt.wasRead = true;
    return true;
  }
  attempt.misses += 1;
  return attempt.wasRead || attempt.misses >= maximumMisses;
}

/** True for a ref that was made for this run, and is not what it works on now. */
export function isPast(progress: RunProgress, ref: ProviderRef): boolean {
  return [
    ...progress.orphans,
    ...(progress.current?.earlierRefs ?? []),
    ...progress.ended.flatMap((attempt) => [...attempt.earlierRefs, attempt.ref]),
  ].some((past) => isSameRef(past, ref));
}

/** True when there is something to act on: an end, or a tool call that has not been answered. */
export function isNews(attempt: CurrentAttempt, snapshot: Snapshot): boolean {
  if (isTerminal(snapshot)) return true;
  return (
    snapshot.status === 'requires_action' &&
    snapshot.toolCalls.some((call) => !attempt.answeredCallIds.includes(call.callId))
  );
}
