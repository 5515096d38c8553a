import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRetryAfterMs } from '../../providers/retryAfter.ts';

const nowMs = Date.UTC(2026, 10, 21, 12, 0, 0);

describe('readRetryAfterMs', () => {
  test.each<[string, Record<string, string>, number | undefined]>([
    ['no header', {}, undefined],
    ['ms', { 'retry-after-ms': '1500' }, 1_500],
    ['a fraction of a ms', { 'retry-after-ms': '12.5' }, 12.5],
    ['ms come first', { 'retry-after-ms': '1500', 'retry-after': '60' }, 1_500],
    ['ms that make no sense', { 'retry-after-ms': 'soon', 'retry-after': '60' }, 60_000],
    ['negative ms', { 'retry-after-ms': '-1' }, undefined],
    ['seconds', { 'retry-after': '20' }, 20_000],
    ['seconds with blanks', { 'retry-after': ' 20 ' }, 20_000],
    ['a fraction of a second', { 'retry-after': '0.5' }, 500],
    ['no wait at all', { 'retry-after': '0' }, 0],
    ['more than the SDK would wait', { 'retry-after': '3600' }, 3_600_000],
    ['an HTTP date', { 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' }, 30_000],
    ['an HTTP date in the past', { 'retry-after': 'Sat, 21 Nov 2026 11:59:59 GMT' }, undefined],
    ['an HTTP date now', { 'retry-after': 'Sat, 21 Nov 2026 12:00:00 GMT' }, undefined],
    ['an HTTP date of the old kind', { 'retry-after': 'Saturday, 21-Nov-26 12:00:30 GMT' }, 30_000],
    ['a negative number', { 'retry-after': '-5' }, undefined],
    ['an exponent', { 'retry-after': '1e3' }, undefined],
    ['a hexadecimal number', { 'retry-after': '0x10' }, undefined],
    ['endless', { 'retry-after': 'Infinity' }, undefined],
    ['more digits than a number holds', { 'retry-after': '9'.repeat(400) }, undefined],
    ['a number with a unit', { 'retry-after': '20s' }, undefined],
    ['a text with a number', { 'retry-after': 'try again in 2099' }, undefined],
    ['a text', { 'retry-after': 'later' }, undefined],
    ['nothing', { 'retry-after': '' }, undefined],
    ['blanks', { 'retry-after': '   ' }, undefined],
  ])('%s', (_name, headers, expected) => {
    expect(readRetryAfterMs(new Headers(headers), nowMs)).toBe(expected);
  });

  test('no reply, no headers', () => {
    expect(readRetryAfterMs(undefined, nowMs)).toBeUndefined();
  });

  test('whatever the headers hold, the delay is a number that a timer can take', () => {
    const visible = fc.string({ unit: 'grapheme-ascii', maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(visible, fc.nat().map(String)), visible, (seconds, ms) => {
        const headers = new Headers({ 'retry-after': seconds, 'retry-after-ms': ms });
        const delayMs = readRetryAfterMs(headers, nowMs);
        if (delayMs === undefined) return;
        expect(Number.isFinite(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
