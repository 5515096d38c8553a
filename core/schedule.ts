import { backoffDelayMs } from './backoff.ts';
import type { Policy } from './policy.ts';
import type { CurrentAttempt } from './progress.ts';

/** A limit that ends the waiting for an attempt. */
export type WaitLimit = 'total_deadline' | 'wait_total' | 'queued_too_long' | 'expired';

export type NextWait =
  /** Sleep so long, or until a wake-up comes; then look. */
  | { readonly kind: 'wait'; readonly delayMs: number }
  /** The last look was taken at the limit and brought nothing. */
  | { readonly kind: 'limit'; readonly limit: WaitLimit };

export interface WaitSituation {
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly attempt: CurrentAttempt;
  readonly policy: Policy;
}

/**
 * When to look at the attempt next. The backoff says so, shortened to the nearest limit: at a limit there is one last look,
 * and only if that brings nothing the limit counts.
 */
export function planWait(situation: WaitSituation): NextWait {
  const limits = listLimits(situation);
  const reached = limits.find(({ leftMs }) => leftMs <= 0);
  if (reached !== undefined) return { kind: 'limit', limit: reached.limit };
  const { attempt, policy } = situation;
  const delayMs = Math.min(backoffDelayMs(policy.wait, attempt.checks), retentionMs);
  return { kind: 'wait', delayMs: Math.min(delayMs, ...limits.map(({ leftMs }) => leftMs)) };
}

/** Time left until the nearest limit, 0 if it is reached: a look may take no longer, but for the one try that is its due. */
export function leftUntilLimitMs(situation: WaitSituation): number {
  return Math.max(0, Math.min(...listLimits(situation).map(({ leftMs }) => leftMs)));
}

function listLimits({
  nowMs,
  startedAtMs,
  attempt,
  policy,
}: WaitSituation): { limit: WaitLimit; leftMs: number }[] {
  const limits: { limit: WaitLimit; leftMs: number }[] = [
    { limit: 'total_deadline', leftMs: startedAtMs + policy.deadlines.totalMs - nowMs },
  ];
  if (attempt.expiresAtMs !== null)
    limits.push({ limit: 'expired', leftMs: attempt.expiresAtMs + expiryGraceMs - nowMs });
  if (attempt.queued && policy.deadlines.queuedMs !== null) {
    const leftMs = attempt.refSinceMs + policy.deadlines.queuedMs - nowMs;
    limits.push({ limit: 'queued_too_long', leftMs });
  }
  if (policy.wait.totalMs !== null)
    limits.push({ limit: 'wait_total', leftMs: policy.wait.totalMs - attempt.waitedMs });
  return limits;
}

/**
 * A response that is not stored, or of a project with other rules for its data, may be gone ten minutes after its end. No policy
 * may sleep past that: a webhook that is lost would take the result along.
 */
const retentionMs = 9 * 60_000;

/** The provider counts `expires_at` in whole seconds, by its own clock. */
const expiryGraceMs = 1_000;
