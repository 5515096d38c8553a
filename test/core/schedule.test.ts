import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countChecks } from '../../core/backoff.ts';
import type { PolicyInput } from '../../core/policy.ts';
import type { CurrentAttempt } from '../../core/progress.ts';
import { leftUntilLimitMs, planWait, type NextWait } from '../../core/schedule.ts';
import { attemptOf, policyOf } from './support.ts';

function plan(nowMs: number, attempt: Partial<CurrentAttempt>, policy: PolicyInput = {}): NextWait {
  return planWait({ nowMs, startedAtMs: 0, attempt: attemptOf(attempt), policy: policyOf(policy) });
}
const wait = (delayMs: number): NextWait => ({ kind: 'wait', delayMs });

describe('planWait', () => {
  test.each([
    [0, 500],
    [1, 750],
    [5, 3_797],
    [6, 5_000],
    [100, 5_000],
  ])('far from every limit the backoff rules: check %i comes after %i ms', (checks, delayMs) => {
    expect(plan(0, { checks })).toEqual(wait(delayMs));
  });

  const queued = { deadlines: { queuedMs: 10_000 } };
  test.each<[string, number, Partial<CurrentAttempt>, PolicyInput, NextWait]>([
    ['total deadline near', 3_599_900, {}, {}, wait(100)],
    ['total deadline in 1 ms', 3_599_999, {}, {}, wait(1)],
    ['total deadline reached', 3_600_000, {}, {}, { kind: 'limit', limit: 'total_deadline' }],
    ['total deadline long past', 9_999_999, {}, {}, { kind: 'limit', limit: 'total_deadline' }],
    ['waiting time near its end', 0, { waitedMs: 59_990 }, {}, wait(10)],
    ['waiting time used up', 0, { waitedMs: 60_000 }, {}, { kind: 'limit', limit: 'wait_total' }],
    ['waiting time without limit', 0, { waitedMs: 9e9 }, { wait: { totalMs: null } }, wait(500)],
    // The provider counts whole seconds by its own clock: one second of grace.
    ['expiry near', 10_900, { expiresAtMs: 10_000 }, {}, wait(100)],
    ['expiry reached, not yet past the grace', 10_000, { expiresAtMs: 10_000 }, {}, wait(500)],
    ['expiry past', 11_000, { expiresAtMs: 10_000 }, {}, { kind: 'limit', limit: 'expired' }],
    ['no expiry known', 500_000, { expiresAtMs: null }, {}, wait(500)],
    ['queued, near its limit', 9_700, { queued: true }, queued, wait(300)],
    ['queued too long', 10_000, { queued: true }, queued, { kind: 'limit', limit: 'queued_too_long' }],
    ['queued late: counted from its ref', 15_000, { queued: true, refSinceMs: 6_000 }, queued, wait(500)],
    ['no longer queued', 10_000, { queued: false }, queued, wait(500)],
    ['queued, but no limit for it', 50_000, { queued: true }, {}, wait(500)],
  ])('%s', (_name, nowMs, attempt, policy, expected) => {
    expect(plan(nowMs, attempt, policy)).toEqual(expected);
  });

  test('the nearest of several limits shortens the wait', () => {
    const attempt = { queued: true, expiresAtMs: 1_000, waitedMs: 59_700 };
    const policy = { deadlines: { totalMs: 2_400, queuedMs: 2_350 } };
    expect(plan(2_000 - 300, attempt, policy)).toEqual(wait(300));
    expect(plan(1_700, { ...attempt, waitedMs: 59_800 }, policy)).toEqual(wait(200));
    expect(plan(1_700, attempt, { deadlines: { totalMs: 1_850, queuedMs: 1_900 } })).toEqual(wait(150));
    expect(plan(1_700, attempt, { deadlines: { totalMs: 2_400, queuedMs: 1_750 } })).toEqual(wait(50));
  });

  test('where several are reached, the total deadline is named: nothing restarts after it', () => {
    const attempt = { queued: true, expiresAtMs: 0, waitedMs: 60_000 };
    const policy = { deadlines: { totalMs: 1_000, queuedMs: 1_000 } };
    expect(plan(2_000, attempt, policy)).toEqual({ kind: 'limit', limit: 'total_deadline' });
  });

  test('there is one last look at the limit, and then the limit', () => {
    const attempt = attemptOf();
    const policy = policyOf({ wait: { initialMs: 400, factor: 1, totalMs: 1_000 } });
    let nowMs = 0;
    const waits: number[] = [];
    for (;;) {
      const next = planWait({ nowMs, startedAtMs: 0, attempt, policy });
      if (next.kind === 'limit') break;
      waits.push(next.delayMs);
      nowMs += next.delayMs;
      attempt.waitedMs += next.delayMs;
      attempt.checks += 1;
    }
    expect(waits).toEqual([400, 400, 200]);
  });

  test('a new ref begins its time in the queue anew, however old the attempt is', () => {
    const attempt = { queued: true, createdAtMs: 0, refSinceMs: 3_000_000 };
    expect(plan(3_009_900, attempt, queued)).toEqual(wait(100));
    expect(plan(3_010_000, attempt, queued)).toEqual({ kind: 'limit', limit: 'queued_too_long' });
  });

  test.each<[string, PolicyInput]>([
    [
      'the longest delay that a policy may name',
      { wait: { initialMs: 31_536_000_000, maximumMs: 31_536_000_000 } },
    ],
    ['one just above', { wait: { initialMs: 540_001, maximumMs: 540_001 } }],
    ['one that grew', { wait: { mode: 'webhook', maximumMs: 3_600_000 } }],
  ])(
    'no policy sleeps past nine minutes, for a result may be gone after ten: %s',
    (_name, { wait: given }) => {
      const policy = { wait: { ...given, totalMs: null }, deadlines: { totalMs: 31_536_000_000 } };
      expect(plan(0, { checks: 20 }, policy)).toEqual(wait(540_000));
    },
  );

  test('a delay of less than nine minutes is what was asked for', () => {
    expect(plan(0, {}, { wait: { initialMs: 539_999, maximumMs: 539_999, totalMs: null } })).toEqual(
      wait(539_999),
    );
  });

  test.each<[string, number, Partial<CurrentAttempt>, number]>([
    ['the total deadline is nearest', 3_599_000, { waitedMs: 10_000 }, 1_000],
    ['the waiting time is nearest', 0, { waitedMs: 59_000 }, 1_000],
    ['a limit has passed', 3_700_000, {}, 0],
  ])(
    'a look may take until the nearest limit, and never less than nothing: %s',
    (_name, nowMs, given, leftMs) => {
      expect(leftUntilLimitMs({ nowMs, startedAtMs: 0, attempt: attemptOf(given), policy: policyOf() })).toBe(
        leftMs,
      );
    },
  );

  const ms = fc.integer({ min: 1, max: 10_000_000 });
  const situation = fc.record({
    nowMs: fc.integer({ min: 0, max: 10_000_000 }),
    attempt: fc.record({
      queued: fc.boolean(),
      refSinceMs: fc.nat(1_000_000),
      expiresAtMs: fc.option(ms),
      waitedMs: fc.nat(10_000_000),
      checks: fc.nat(500),
    }),
    wait: fc.record({
      initialMs: ms,
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      maximumMs: ms,
      totalMs: fc.option(ms),
    }),
    deadlines: fc.record({ totalMs: ms, queuedMs: fc.option(ms) }),
  });

  test('a wait is never empty, and never passes any limit; a limit is only named when it is reached', () => {
    fc.assert(
      fc.property(situation, ({ nowMs, attempt, wait: waitPolicy, deadlines }) => {
        const next = plan(nowMs, attempt, { wait: waitPolicy, deadlines });
        const left = {
          total_deadline: deadlines.totalMs - nowMs,
          expired: attempt.expiresAtMs === null ? Infinity : attempt.expiresAtMs + 1_000 - nowMs,
          queued_too_long:
            attempt.queued && deadlines.queuedMs !== null
              ? attempt.refSinceMs + deadlines.queuedMs - nowMs
              : Infinity,
          wait_total: waitPolicy.totalMs === null ? Infinity : waitPolicy.totalMs - attempt.waitedMs,
        };
        const isRight =
          next.kind === 'limit'
            ? left[next.limit] <= 0
            : Number.isSafeInteger(next.delayMs) &&
              next.delayMs > 0 &&
              next.delayMs <= Math.min(waitPolicy.maximumMs, 540_000, ...Object.values(left));
        expect({ isRight, next, left }).toMatchObject({ isRight: true });
      }),
      { numRuns: 500 },
    );
  });

  test('whoever follows the plan and hears nothing comes to a limit, with as many looks as the arithmetic says', () => {
    fc.assert(
      fc.property(
        fc.record({
          initialMs: fc.integer({ min: 50, max: 5_000 }),
          factor: fc.double({ min: 1, max: 3, noNaN: true }),
          maximumMs: fc.integer({ min: 50, max: 5_000 }),
          totalMs: fc.integer({ min: 1, max: 100_000 }),
        }),
        (waitPolicy) => {
          const policy = policyOf({ wait: waitPolicy });
          const attempt = attemptOf();
          let nowMs = 0;
          for (;;) {
            const next = planWait({ nowMs, startedAtMs: 0, attempt, policy });
            if (next.kind === 'limit') break;
            nowMs += next.delayMs;
            attempt.waitedMs += next.delayMs;
            attempt.checks += 1;
          }
          expect(attempt.waitedMs).toBe(waitPolicy.totalMs);
          expect(attempt.checks).toBe(countChecks(waitPolicy, waitPolicy.totalMs));
        },
      ),
    );
  });
});
