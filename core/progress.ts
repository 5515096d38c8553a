import { addCalls, type CallCounts } from './calls.ts';
import type { JsonObject } from './json.ts';
import type { AttemptRecord } from './result.ts';
import { isTerminal, type ProviderRef, type Snapshot } from './snapshot.ts';
import type { LedgerEntry } from './toolLedger.ts';
import { addUsage, noUsage, type Usage } from './usage.ts';
import type { WakeUp } from './wakeUp.ts';

/** The attempt that is under way at the provider. */
export interface CurrentAttempt {
  readonly number: number;
  readonly ref: ProviderRef;
  readonly adopted: boolean;
  readonly createdAtMs: number;
  /** The provider's word for what it was doing when we last heard. */
  status: string;
  /** True until the provider has been seen to work on it: what the queue deadline is about. */
  queued: boolean;
  expiresAtMs: number | null;
  usage: Usage | null;
  /** Tool calls whose outputs the provider has accepted: a snapshot that still asks for them is stale. */
  answeredCallIds: string[];
  /** Time spent waiting for the provider, which `wait.totalMs` limits; tools do not count. */
  waitedMs: number;
  /** Status checks since the create or the last submit: the place in the backoff. */
  checks: number;
}

/** Everything a run knows of itself; plain JSON, for it travels through continue-as-new. */
export interface RunProgress {
  readonly startedAtMs: number;
  /** What a create call is given: the user's request, completed by the provider's preparation. */
  request: JsonObject;
  /** True when the user's message is at the provider: a restart must not bring it a second time. */
  inputDelivered: boolean;
  current: CurrentAttempt | null;
  ended: AttemptRecord[];
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

export function beginProgress(request: JsonObject, nowMs: number): RunProgress {
  return {
    startedAtMs: nowMs,
    request,
    inputDelivered: false,
    current: null,
    ended: [],
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

/** Makes the snapshot's run the current attempt. */
export function beginAttempt(
  progress: RunProgress,
  snapshot: Snapshot,
  nowMs: number,
  adopted: boolean,
): CurrentAttempt {
  const attempt: CurrentAttempt = {
    number: attemptNumber(progress),
    ref: snapshot.ref,
    adopted,
    createdAtMs: nowMs,
    status: snapshot.status,
    queued: true,
    expiresAtMs: null,
    usage: null,
    answeredCallIds: [],
    waitedMs: 0,
    checks: 0,
  };
  progress.current = attempt;
  progress.createdAtMs ??= nowMs;
  progress.inputDelivered = true;
  observe(progress, attempt, snapshot);
  return attempt;
}

/** Takes over what a snapshot says of the current attempt. */
export function observe(progress: RunProgress, attempt: CurrentAttempt, snapshot: Snapshot): void {
  attempt.status = snapshot.status === 'unknown' ? snapshot.reported : snapshot.status;
  if (snapshot.status !== 'queued') attempt.queued = false;
  attempt.expiresAtMs = snapshot.expiresAtMs ?? attempt.expiresAtMs;
  attempt.usage = snapshot.usage ?? attempt.usage;
  progress.model = snapshot.model ?? progress.model;
  progress.providerEndedAtMs = snapshot.endedAtMs ?? progress.providerEndedAtMs;
}

/** True when there is something to act on: an end, or a tool call that has not been answered. */
export function isNews(attempt: CurrentAttempt, snapshot: Snapshot): boolean {
  if (isTerminal(snapshot)) return true;
  return (
    snapshot.status === 'requires_action' &&
    snapshot.toolCalls.some((call) => !attempt.answeredCallIds.includes(call.callId))
  );
}

export function totalUsage(progress: RunProgress): Usage {
  return progress.ended.reduce((sum, attempt) => addUsage(sum, attempt.usage ?? noUsage), noUsage);
}
