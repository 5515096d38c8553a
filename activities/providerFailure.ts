import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import type { CallCounts } from '../core/calls.ts';
import type { ProviderFailureDetails } from '../core/failures.ts';
import { describeProblem, type Problem } from '../providers/problem.ts';

/** What decides, beside the problem itself, whether a call is tried again. */
export interface RetryFacts {
  /** False for a call that must not be sent again unless it is proven to have done nothing. */
  readonly repeatable: boolean;
  /**
   * Whether the run may have reached nothing yet. Once it has, the configuration is right, and what cannot be reached now is an outage:
   * what is paid for already is not given up for it.
   */
  readonly isFirstContact: boolean;
}

/** Turns what a provider call threw into the failure that Temporal acts upon. */
export function toFailure(
  error: unknown,
  facts: RetryFacts,
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
    nonRetryable: !isWorthRetrying(problem, facts, activityInfo().attempt),
    details: [details],
    ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
  });
}

function isWorthRetrying(problem: Problem, facts: RetryFacts, attempt: number): boolean {
  if (!facts.repeatable && problem.details.effect === 'unknown') return false;
  switch (problem.retry.kind) {
    case 'never':
      return false;
    case 'backoff':
      return true;
    case 'few':
      return !facts.isFirstContact || attempt < problem.retry.maximumAttempts;
  }
}
