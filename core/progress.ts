import { addCalls, type CallCounts } from './calls.ts';
import type { JsonObject } from './json.ts';
import type { AttemptRecord } from './result.ts';
import { isSameRef, isTerminal, type ProviderRef, type Snapshot } from './snapshot.ts';
import type { LedgerEntry } from './toolLedger.ts';
import { addUsage, noUsage, type Usage } from './usage.ts';
import type { WakeUp } from './wakeUp.ts';

/** The attempt that is under way at the provider. */
export interface CurrentAttempt {
  readonly number: number;
  /** What the provider works on now. */
  ref: ProviderRef;
  /** What it worked on before, where it goes on with tool outputs by making something new. */
  readonly earlierRefs: ProviderRef[];
  adopted: boolean;
  readonly createdAtMs: number;
  /** When the present ref was made: the queue deadline counts from there. */
  refSinceMs: number;
  /** The provider's word for what it was doing when we last heard. */
  status: string;
  /** True until the provider has been seen to work on the present ref: what the queue deadline is about. */
  queued: boolean;
  expiresAtMs: number | null;
  /** Tool rounds whose outputs the provider has accepted. */
  rounds: number;
  /** Tool calls whose outputs the provider has accepted: a snapshot that still asks for them is stale. */
  answeredCallIds: string[];
  /** Time spent waiting for the provider, which `wait.totalMs` limits; tools do not count. */
  waitedMs: number;
  /** Status checks since the create or the last submit: the place in the backoff. */
  checks: number;
}

/** How far a create or a submit has got that has not been heard of. */
export interface Sending {
  /** Replies that were lost. */
  lostReplies: number;
  /** How often somebody else's run held the thread. */
  threadBusy: number;
  /** Whether the next call goes out although an earlier one may have worked. */
  isRepetition: boolean;
}

/** Everything a run knows of itself; plain JSON, for it travels through continue-as-new. */
export interface RunProgress {
  readonly startedAtMs: number;
  /** The provider's own name, as soon as it has been called. */
  provider: string | null;
  /** What a create call is given: the user's request, completed by the provider's preparation. */
  request: JsonObject;
  /** True when a preparation or an attempt has brought the user's message to the provider. */
  inputDelivered: boolean;
  sending: Sending;
  current: CurrentAttempt | null;
  ended: Omit<AttemptRecord, 'usage'>[];
  /** What lost replies left behind, heard of when something else had been made in its place. */
  orphans: ProviderRef[];
  /** What the provider says each ref has cost; one that is absent has not been told of. */
  spent: { readonly ref: ProviderRef; usage: Usage }[];
  createdAtMs: number | null;
  providerEndedAtMs: number | null;
  model: string | null;
  calls: CallCounts;
  toolRounds: number;
  toolCalls: number;
  toolCallsReused: number;
  recreations: number;
  learntFrom: 'webhook' | 'check' | null;
}

/** What one execution of the workflow hands to the next when it continues as new. */
export interface CarriedRun {
  readonly progress: RunProgress;
  readonly inbox: { readonly seenWebhookIds: readonly string[]; readonly waiting: readonly WakeUp[] };
  readonly ledger: readonly LedgerEntry[];
}

const nothingSent: Sending = { lostReplies: 0, threadBusy: 0, isRepetition: false };

export function beginProgress(request: JsonObject, nowMs: number): RunProgress {
  return {
    startedAtMs: nowMs,
    provider: null,
    request,
    inputDelivered: false,
    sending: { ...nothingSent },
    current: null,
    ended: [],
    orphans: [],
    spent: [],
    createdAtMs: null,
    providerEndedAtMs: null,
    model: null,
    calls: {},
    toolRounds: 0,
    toolCalls: 0,
    toolCallsReused: 0,
    recreations: 0,
    learntFrom: null,
  };
}

/** The number of the attempt that is under way, or else of the next one. */
export function attemptNumber(progress: RunProgress): number {
  return progress.current?.number ?? progress.ended.length + 1;
}

export function countCalls(progress: RunProgress, calls: CallCounts): void {
  progress.calls = addCalls(progress.calls, calls);
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

/** Notes what the provider says that something of this run has cost; the last word counts. */
export function recordUsage(progress: RunProgress, { ref, usage }: Snapshot): void {
  if (usage === undefined) return;
  const known = progress.spent.find((entry) => isSameRef(entry.ref, ref));
  if (known === undefined) progress.spent.push({ ref, usage });
  else known.usage = usage;
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

/** What these refs have cost together, as far as the provider has said; null when it has said nothing of any. */
export function usageOf(progress: RunProgress, refs: readonly ProviderRef[]): Usage | null {
  const known = progress.spent.filter(({ ref }) => refs.some((wanted) => isSameRef(wanted, ref)));
  return known.length === 0 ? null : known.reduce((sum, { usage }) => addUsage(sum, usage), noUsage);
}

/** Everything that the run has cost so far, orphans and abandoned attempts included. */
export function totalUsage(progress: RunProgress): Usage {
  return progress.spent.reduce((sum, { usage }) => addUsage(sum, usage), noUsage);
}
