import { APIError } from 'openai';
import { failureTypes } from '../../core/failures.ts';
import { describeProblem, isUnknownObject, ProblemError } from '../problem.ts';
import { readRetryAfterMs } from '../retryAfter.ts';

/** What is known better of an error of a create call than its HTTP status says; any other error as it is. */
export function explainCreate(error: unknown): unknown {
  if (!(error instanceof APIError) || error.code !== 'conversation_locked') return error;
  // HTTP 400, but it heals by itself: one response at a time works on a conversation.
  const afterMs = readRetryAfterMs(error.headers, Date.now());
  return new ProblemError({
    ...describeProblem(error),
    type: failureTypes.conflict,
    retry: { kind: 'backoff', ...(afterMs === undefined ? {} : { afterMs }) },
  });
}

/** The same for a create that goes on with outputs: the response that they are for may be gone. */
export function explainSubmit(error: unknown): unknown {
  const isGone =
    isUnknownObject(error) || (error instanceof APIError && error.code === 'previous_response_not_found');
  if (!isGone) return explainCreate(error);
  return new ProblemError({
    ...describeProblem(error),
    type: failureTypes.notFound,
    retry: { kind: 'never' },
  });
}
