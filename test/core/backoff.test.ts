import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffDelayMs, countChecks, type Backoff } from '../../core/backoff.ts';
import { waitDefaults } from '../../core/policy.ts';

const polling: Backoff = { initialMs: 500, factor: 1.5, maximumMs: 5_000 };

describe('backoffDelayMs', () => {
  test.each([
    [0, 500],
    [1, 750],
    [2, 1_125],
    [3, 1_688],
    [4, 2_531],
    [5, 3_797],
    [6, 5_000],
    [7, 5_000],
    [8, 5_000],
    [10_000, 5_000],
  ])('of the default policy: check %i comes after %i ms', (index, delayMs) => {
    expect(backoffDelayMs(polling, index)).toBe(delayMs);
  });

  test.each<[string, Backoff, number[]]>([
    ['a factor of 1 is a fixed interval', { initialMs: 20, factor: 1, maximumMs: 1_000 }, [20, 20, 20]],
    ['a first delay above the maximum is cut', { initialMs: 500, factor: 2, maximumMs: 100 }, [100, 100]],
    ['tiny delays stay whole ms', { initialMs: 1, factor: 1.5, maximumMs: 10 }, [1, 2, 2, 3, 5, 8, 10]],
  ])('%s', (_name, backoff, delays) => {
    expect(delays.map((_delay, index) => backoffDelayMs(backoff, index))).toEqual(delays);
  });

  const anyBackoff = fc.record({
    initialMs: fc.integer({ min: 1, max: 100_000 }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    maximumMs: fc.integer({ min: 1, max: 10_000_000 }),
  });

  test('never shrinks, never exceeds its maximum, is always a whole number of at least 1 ms', () => {
    fc.assert(
      fc.property(anyBackoff, fc.nat(2_000), (backoff, index) => {
        const delayMs = backoffDelayMs(backoff, index);
        expect(Number.isSafeInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(1);
        expect(delayMs).toBeLessThanOrEqual(backoff.maximumMs);
        expect(backoffDelayMs(backoff, index + 1)).toBeGreaterThanOrEqual(delayMs);
      }),
    );
  });

  test('countChecks is the least number of waits that fill the total', () => {
    fc.assert(
      fc.property(anyBackoff, fc.integer({ min: 1, max: 1_000_000 }), (backoff, totalMs) => {
        fc.pre(totalMs / Math.min(backoff.initialMs, backoff.maximumMs) < 5_000);
        const checks = countChecks(backoff, totalMs);
        const sumOf = (count: number): number =>
          Array.from({ length: count }, (_wait, index) => backoffDelayMs(backoff, index)).reduce(
            (sum, delayMs) => sum + delayMs,
            0,
          );
        expect(sumOf(checks)).toBeGreaterThanOrEqual(totalMs);
        expect(sumOf(checks - 1)).toBeLessThan(totalMs);
      }),
    );
  });
});

describe('countChecks', () => {
  test.each([
    // 500 + 750 + 1125 + 1688 + 2531 + 3797 = 10,391; then 5,000 each.
    ['polling, 60 s', polling, 60_000, 16],
    ['polling, one first delay', polling, 500, 1],
    ['polling, 1 ms more', polling, 501, 2],
    ['polling, nothing to wait for', polling, 0, 0],
    ['relaxed, 60 s', waitDefaults.relaxed, 60_000, 7],
    ['one call a second', { initialMs: 1_000, factor: 1, maximumMs: 1_000 }, 10_000, 10],
  ])('%s', (_name, backoff, totalMs, checks) => {
    expect(countChecks(backoff, totalMs)).toBe(checks);
  });

  test('the relaxed mode saves most checks of the default one', () => {
    const everySecond = countChecks({ initialMs: 500, factor: 1, maximumMs: 500 }, 60_000);
    expect(countChecks(waitDefaults.relaxed, 60_000)).toBeLessThan(everySecond * 0.2);
  });
});
