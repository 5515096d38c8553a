import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import type { CallCounts } from '../core/calls.ts';
import type { ProviderFailureDetails } from '../core/failures.ts';
import { describeProblem, type Problem } from '../providers/problem.ts';

/**
 * Turns what a provider call threw into the failure that Temporal acts upon. `repeatable` is false for a call that must not be sent
 * again unless it is proven to have done nothing.
 */
export function toFailure(
  error: unknown,
  repeatable: boolean,
  calls: CallCounts,
  provider: string | undefined,
): ApplicationFailure {
  const problem = describeProblem(error);
  const details: ProviderFailureDetails = {
    ...problem.details,
    calls,
    ...(provider === undefined ? {} : { provider }),
  };
  const nextRetryDelay = problem.retry.kind === 'backoff' ? problem.retry.afterMs : undefined;
  return ApplicationFailure.create({
    type: problem.type,
    message: problem.message,
    nonRetryable: !isWorthRetrying(problem, repeatable, activityInfo().attempt),
    details: [details],
    ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
  });
}

function isWorthRetrying(problem: Problem, repeatable: boolean, attempt: number): boolean {
  if (!repeatable && problem.details.effect === 'unknown') return false;
  switch (problem.retry.kind) {
    case 'never':
      return false;
    case 'backoff':
      return true;
    case 'few':
      return attempt < problem.retry.maximumAttempts;
  }
}
