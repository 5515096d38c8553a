import type { CurrentAttempt } from '../../core/progress.ts';
import { getPolicySchema, type Policy, type PolicyInput } from '../../core/policy.ts';

export function policyOf(given: PolicyInput = {}): Policy {
  return getPolicySchema().parse(given);
}

/** An attempt that was created at time 0 and works. */
export function attemptOf(given: Partial<CurrentAttempt> = {}): CurrentAttempt {
  return {
    number: 1,
    ref: { id: 'run_1', containerId: 'thread_1' },
    earlierRefs: [],
    adopted: false,
    createdAtMs: 0,
    refSinceMs: 0,
    status: 'in_progress',
    queued: false,
    expiresAtMs: null,
    wasRead: false,
    misses: 0,
    rounds: 0,
    answeredCallIds: [],
    waitedMs: 0,
    checks: 0,
    ...given,
  };
}
