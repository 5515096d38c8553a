import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  type WorkflowFailedError,
} from '@temporalio/client';
import { failureTypes } from '../core/failures.ts';
import type { RunStatus } from '../core/result.ts';
import { failureTypeOf } from '../core/verdict.ts';
import type { NotCompleted } from './errors.ts';
import { runResultSchema, runStatusSchema } from './schemas.ts';

/** Reads from a workflow's failure how the run ended. What a cancelled run came to is not in there: its result is null. */
export function readEnd(id: string, { cause, message }: WorkflowFailedError): NotCompleted {
  const unread = { id, type: null, reason: cause?.message ?? message, result: null };
  if (cause instanceof ApplicationFailure) return readFailure(id, cause);
  if (cause instanceof CancelledFailure)
    return {
      ...unread,
      status: 'cancelled',
      type: failureTypes.runCancelled,
      reason: 'Cancelled on request.',
    };
  if (cause instanceof TerminatedFailure) return { ...unread, status: 'terminated' };
  if (cause instanceof TimeoutFailure) return { ...unread, status: 'timed_out' };
  return { ...unread, status: 'unknown' };
}

function readFailure(id: string, failure: ApplicationFailure): NotCompleted {
  const parsed = runResultSchema.safeParse(failure.details?.[0]);
  const result = parsed.success ? parsed.data : null;
  const status = result === null ? statusOf(failure.type) : result.status;
  return {
    id,
    // A run that completed does not fail: then the details are not ours.
    status: status === undefined || status === 'completed' ? 'unknown' : status,
    type: failure.type ?? null,
    reason: result?.error?.message ?? failure.message,
    result,
  };
}

/** The status that a run has which fails with this type. */
function statusOf(failureType: string | undefined | null): RunStatus | undefined {
  return runStatusSchema.options.find(
    (status) => status !== 'completed' && failureTypeOf(status) === failureType,
  );
}
