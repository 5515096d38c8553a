import { describe, expect, test } from 'vitest';
import { isYoung } from '../../bridge/eventAge.ts';

const nowSeconds = 1_800_000_000;
const fiveMinutes = 300;
const young = { created_at: nowSeconds };

describe('an event is young', () => {
  test.each<[string, number, boolean]>([
    ['now', 0, true],
    ['a second less than five minutes ago', fiveMinutes - 1, true],
    ['five minutes ago', fiveMinutes, false],
    ['a day ago', 86_400, false],
    ['a little in the future, by another clock', -fiveMinutes, true],
  ])('when it happened %s, whenever it was sent: %#', (_when, ago, expected) => {
    for (const sentAtMs of [0, nowSeconds * 1_000]) {
      expect(isYoung({ created_at: nowSeconds - ago }, sentAtMs, nowSeconds * 1_000)).toBe(expected);
    }
  });

  test.each<[string, unknown]>([
    ['nothing', {}],
    ['null', { created_at: null }],
    ['a text', { created_at: String(nowSeconds) }],
    ['zero', { created_at: 0 }],
    ['milliseconds', { created_at: nowSeconds * 1_000 }],
    ['the future', { created_at: nowSeconds + fiveMinutes + 1 }],
    ['no event at all', null],
  ])('when it was sent just now, and says of itself: %s', (_what, event) => {
    const nowMs = nowSeconds * 1_000;
    expect(isYoung(event, nowMs - (fiveMinutes - 1) * 1_000, nowMs)).toBe(true);
    expect(isYoung(event, nowMs - fiveMinutes * 1_000, nowMs)).toBe(false);
    expect(isYoung(young, nowMs - fiveMinutes * 1_000, nowMs)).toBe(true);
  });
});
