import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { ProviderActivities } from '../core/activities.ts';
import type { CallCounts, CallKind } from '../core/calls.ts';
import { failureTypes, readFailureDetails } from '../core/failures.ts';
import { countCalls } from '../core/progress.ts';
import type { ProviderRef } from '../core/snapshot.ts';
import { providerActivities, type Repeatable } from './activityOptions.ts';
import type { DurableRun } from './durableRun.ts';

/** A provider call that failed for good, read back from its activity's failure. */
export interface CallProblem {
  readonly kind: 'problem';
  readonly type: string;
  readonly message: string;
  /** Whether the call may have done its work all the same. */
  readonly effect: 'none' | 'unknown';
  readonly blocker?: ProviderRef;
}

export interface CallDescription {
  /** What the Web UI shows beside the activity. */
  readonly summary: string;
  readonly repeatable: Repeatable;
  /** What is counted when the call left no word of how many requests it made. */
  readonly counts: CallKind;
  /** How long all tries may take together; by default until the total deadline. One try always gets its time. */
  readonly withinMs?: number;
}

/**
 * Calls a provider activity, and counts the requests that it made, also when it failed. Only a failure of the call itself
 * comes back as a problem; a cancellation, or a bug, is thrown.
 */
export async function callProvider<Reply extends { readonly calls: CallCounts }>(
  run: DurableRun,
  description: CallDescription,
  call: (activities: ProviderActivities) => Promise<Reply>,
): Promise<Reply | CallProblem> {
  const activities = providerActivities(
    run.policy,
    description.withinMs ?? run.leftMs,
    description.summary,
    description.repeatable,
  );
  try {
    const reply = await call(activities);
    countCalls(run.progress, reply.calls);
    return reply;
  } catch (error) {
    const { problem, calls } = readProblem(error, description.counts);
    countCalls(run.progress, calls);
    return problem;
  }
}

export function isProblem(reply: object): reply is CallProblem {
  return 'kind' in reply && reply.kind === 'problem';
}

function readProblem(error: unknown, counts: CallKind): { problem: CallProblem; calls: CallCounts } {
  if (!(error instanceof ActivityFailure)) throw error;
  const { cause } = error;
  if (cause instanceof TimeoutFailure) {
    // The worker died, or the reply never came: whether the provider did the work, nobody can say.
    const message = 'The call timed out.';
    return {
      problem: { kind: 'problem', type: failureTypes.timeout, message, effect: 'unknown' },
      calls: { [counts]: 1 },
    };
  }
  if (cause instanceof ApplicationFailure) {
    const { effect, blocker, calls } = readFailureDetails(cause.details?.[0]);
    const type = cause.type ?? failureTypes.unexpectedReply;
    return {
      problem: {
        kind: 'problem',
        type,
        message: cause.message,
        effect,
        ...(blocker === undefined ? {} : { blocker }),
      },
      calls: calls ?? { [counts]: 1 },
    };
  }
  throw error;
}
