import { backoffDelayMs } from './backoff.ts';
import { failureTypes, type FailureType } from './failures.ts';
import type { Policy } from './policy.ts';
import type { AttemptOutcome, RunError, RunStatus } from './result.ts';
import type { RunOutput } from './snapshot.ts';

/** The end of an attempt, with what matters for what comes next. */
export type AttemptEnd =
  | { readonly outcome: 'completed'; readonly output: RunOutput }
  | { readonly outcome: 'failed'; readonly error: RunError }
  | { readonly outcome: 'incomplete'; readonly error: RunError; readonly output?: RunOutput }
  | {
      readonly outcome: Exclude<AttemptOutcome, 'completed' | 'failed' | 'incomplete'>;
      readonly error: RunError;
      /** True when the provider may still be at work on it: another attempt would be paid for twice. */
      readonly mayLive?: true;
    };

export type Verdict =
  | { readonly kind: 'finish'; readonly status: RunStatus }
  | { readonly kind: 'restart'; readonly delayMs: number };

/** What follows when an attempt has ended: the run's end, or a new attempt. `attempts` counts those made so far. */
export function decideAfter(end: AttemptEnd, policy: Policy, attempts: number): Verdict {
  const { restarts, deadlines } = policy;
  const mayRestart = attempts < restarts.maximumAttempts;
  switch (end.outcome) {
    case 'completed':
    case 'incomplete':
    case 'cancelled':
    case 'lost':
      return { kind: 'finish', status: end.outcome };
    case 'failed':
      return mayRestart && restarts.failedCodes.includes(end.error.code)
        ? { kind: 'restart', delayMs: backoffDelayMs(restarts, attempts - 1) }
        : { kind: 'finish', status: 'failed' };
    case 'expired':
      return mayRestart ? { kind: 'restart', delayMs: 0 } : { kind: 'finish', status: 'expired' };
    case 'queued_too_long':
      return mayRestart && !end.mayLive && deadlines.whenQueuedTooLong === 'restart'
        ? { kind: 'restart', delayMs: 0 }
        : { kind: 'finish', status: 'queued_too_long' };
    case 'gave_up':
      return { kind: 'finish', status: end.error.code === failureTypes.runTimedOut ? 'timed_out' : 'failed' };
  }
}

/** The failure type with which a workflow ends that has this status. */
export function failureTypeOf(status: Exclude<RunStatus, 'completed'>): FailureType {
  switch (status) {
    case 'failed':
      return failureTypes.runFailed;
    case 'incomplete':
      return failureTypes.runIncomplete;
    case 'cancelled':
      return failureTypes.runCancelled;
    case 'expired':
      return failureTypes.runExpired;
    case 'lost':
      return failureTypes.runLost;
    case 'timed_out':
      return failureTypes.runTimedOut;
    case 'queued_too_long':
      return failureTypes.runQueuedTooLong;
    case 'thread_busy':
      return failureTypes.runThreadBusy;
    case 'not_created':
      return failureTypes.runNotCreated;
    case 'invalid_input':
      return failureTypes.runInvalidInput;
  }
}
