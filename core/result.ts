import type { CallCounts } from './calls.ts';
import type { ProviderRef } from './snapshot.ts';
import type { Usage } from './usage.ts';

/** How an attempt ended. `gave_up`: we ended it, by a deadline or because its outputs could not be submitted. */
export type AttemptOutcome =
  'completed' | 'failed' | 'incomplete' | 'cancelled' | 'expired' | 'lost' | 'queued_too_long' | 'gave_up';

export interface RunError {
  /** The provider's error code, or a failure type of ours. */
  readonly code: string;
  readonly message: string;
}

/** One provider-side run made for a durable run, when it has ended. */
export interface AttemptRecord {
  readonly number: number;
  readonly ref: ProviderRef;
  readonly outcome: AttemptOutcome;
  readonly error?: RunError;
  /** null: the provider had not said by the time we stopped listening. */
  readonly usage: Usage | null;
  readonly createdAtMs: number;
  readonly endedAtMs: number;
  /** True when the create reply was lost and the attempt was found again by its tag. */
  readonly adopted: boolean;
}

export type RunStatus =
  | 'completed'
  | 'failed'
  | 'incomplete'
  | 'cancelled'
  | 'expired'
  | 'lost'
  | 'timed_out'
  | 'queued_too_long'
  | 'thread_busy'
  | 'not_created'
  | 'invalid_input';

/** What a run came to, and what it took. */
export interface RunResult {
  /** The workflow id. */
  readonly id: string;
  readonly status: RunStatus;
  readonly provider: string;
  readonly account: string;
  readonly model: string | null;
  /** The model's final text; of an `incomplete` run what there is of it; otherwise null. */
  readonly text: string | null;
  /** null if, and only if, the run completed. */
  readonly error: RunError | null;
  readonly attempts: readonly AttemptRecord[];
  /** The sum over all attempts, abandoned ones included. */
  readonly usage: Usage;
  /** Requests sent to the provider for this run, those of the bridge included. */
  readonly calls: CallCounts;
  readonly toolRounds: number;
  /** Tool calls that were executed. */
  readonly toolCalls: number;
  /** Tool calls answered with an output from an earlier attempt. */
  readonly toolCallsReused: number;
  /** Times that a create was sent again although the first might have made a run. */
  readonly recreations: number;
  /** What told the run that its last attempt had ended. */
  readonly learntFrom: 'webhook' | 'check' | null;
  readonly timings: RunTimings;
}

/** Unix times in ms, by the workflow's clock unless said otherwise. */
export interface RunTimings {
  readonly startedAtMs: number;
  /** When the first attempt was known to exist. */
  readonly createdAtMs: number | null;
  /** When the last attempt ended, by the provider's clock (whole seconds). */
  readonly providerEndedAtMs: number | null;
  readonly endedAtMs: number;
}
