import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { CallFacts, ProviderActivities } from '../core/activities.ts';
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
  /**
   * Whether only the total deadline has kept it from being tried again. A provider that wants to be left alone for longer than the policy's
   * own backoff has refused.
   */
  readonly isOutOfTime: boolean;
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
export async function callProvider<Reply extends CallFacts>(
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
    noteFacts(run, reply);
    return reply;
  } catch (error) {
    // It was probably on its way.
    if (isCancellation(error)) countCalls(run.progress, { [description.counts]: 1 });
    const { problem, facts } = readProblem(error, description.counts);
    noteFacts(run, facts);
    return { ...problem, isOutOfTime: problem.isOutOfTime && run.leftMs <= run.policy.calls.maximumMs };
  }
}

export function isProblem(reply: object): reply is CallProblem {
  return 'kind' in reply && reply.kind === 'problem';
}

function noteFacts({ progress }: DurableRun, { calls, provider }: ReadProblem['facts']): void {
  countCalls(progress, calls);
  progress.provider = provider ?? progress.provider;
}

interface ReadProblem {
  readonly problem: CallProblem;
  readonly facts: { readonly calls: CallCounts; readonly provider?: string };
}

function readProblem(error: unknown, counts: CallKind): ReadProblem {
  if (!(error instanceof ActivityFailure)) throw error;
  const { cause } = error;
  const isOutOfTime = error.retryState === 'TIMEOUT';
  if (cause instanceof TimeoutFailure) {
    // The worker died, or the reply never came: whether the provider did the work, nobody can say.
    const message = 'The call timed out.';
    return {
      problem: { kind: 'problem', type: failureTypes.timeout, message, effect: 'unknown', isOutOfTime },
      facts: { calls: { [counts]: 1 } },
    };
  }
  if (cause instanceof ApplicationFailure) {
    const { effect, blocker, calls, provider } = readFailureDetails(cause.details?.[0]);
    const type = cause.type ?? failureTypes.unexpectedReply;
    return {
      problem: {
        kind: 'problem',
        type,
        message: cause.message,
        effect,
        isOutOfTime,
        ...(blocker === undefined ? {} : { blocker }),
      },
      facts: { calls: calls ?? { [counts]: 1 }, ...(provider === undefined ? {} : { provider }) },
    };
  }
  throw error;
}
