import { addCalls, type CallCounts } from './calls.ts';
import type { JsonObject } from './json.ts';
import type { AttemptRecord } from './result.ts';
import type { ProviderRef } from './snapshot.ts';
import type { LedgerEntry } from './toolLedger.ts';
import type { Usage } from './usage.ts';
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
  /** Whether a call of ours has read the present ref, not a webhook; before that a 404 may only mean that it is new. */
  wasRead: boolean;
  /** 404s in a row before it was read. */
  misses: number;
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

/** Before anything is sent. */
export const nothingSent: Sending = { lostReplies: 0, threadBusy: 0, isRepetition: false };

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
