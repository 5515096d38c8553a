import type { CallCounts } from './calls.ts';
import type { JsonValue } from './json.ts';
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

/** One attempt that has ended. */
export interface AttemptRecord {
  readonly number: number;
  /** What the provider made last for it. */
  readonly ref: ProviderRef;
  /** What it made before, oldest first, where each tool round makes something new. */
  readonly earlierRefs: readonly ProviderRef[];
  readonly outcome: AttemptOutcome;
  readonly error?: RunError;
  /** All its refs together. null: the provider had not said by the time we stopped listening. */
  readonly usage: Usage | null;
  readonly createdAtMs: number;
  readonly endedAtMs: number;
  /** True when a create or submit reply was lost, and what the call had made was found again by its tag. */
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
  /** The text as JSON, where the request asked for JSON and got it; otherwise null. */
  readonly parsed: JsonValue;
  /** Why the model would not answer, in its own words; null when it did. */
  readonly refusal: string | null;
  /** The provider's output items as it sent them, where the request asked for more than text; otherwise null. */
  readonly items: readonly JsonValue[] | null;
  /**
   * null, unless the output was longer than Temporal carries: so many bytes of it were left out, and are at the provider, under the
   * ref of the last attempt. `text` is null then, unless it was the items that did not fit.
   */
  readonly omittedBytes: number | null;
  /** null if, and only if, the run completed. */
  readonly error: RunError | null;
  readonly attempts: readonly AttemptRecord[];
  /** The sum over all attempts and orphans, abandoned ones included, as far as the provider has said. */
  readonly usage: Usage;
  /** Requests sent to the provider for this run, those of the bridge included. */
  readonly calls: CallCounts;
  readonly toolRounds: number;
  /** Tool calls that were executed. */
  readonly toolCalls: number;
  /** Tool calls answered with an output from an earlier attempt. */
  readonly toolCallsReused: number;
  /** Times that a create or a submit was sent again although the first might have worked: each may have been paid for twice. */
  readonly recreations: number;
  /** What of that is known: made by calls whose replies were lost, heard of after something else had taken its place, never acted on. */
  readonly orphans: readonly ProviderRef[];
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
