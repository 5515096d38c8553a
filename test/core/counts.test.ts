import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addCalls, callKinds, totalCalls, type CallCounts } from '../../core/calls.ts';
import { addUsage, noUsage, type Usage } from '../../core/usage.ts';

const counts: fc.Arbitrary<CallCounts> = fc.dictionary(fc.constantFrom(...callKinds), fc.nat(1_000));

describe('call counts', () => {
  test.each<[CallCounts, CallCounts, CallCounts]>([
    [{}, {}, {}],
    [{ create: 1 }, {}, { create: 1 }],
    [{ create: 1 }, { create: 2, retrieve: 1 }, { create: 3, retrieve: 1 }],
    [{ create: 0 }, { find: 0 }, {}],
  ])('%j and %j make %j', (a, b, sum) => {
    expect(addCalls(a, b)).toEqual(sum);
  });

  test('adding is commutative, associative, loses nothing and changes neither', () => {
    fc.assert(
      fc.property(counts, counts, counts, (a, b, c) => {
        const before = JSON.stringify([a, b]);
        expect(addCalls(a, b)).toEqual(addCalls(b, a));
        expect(addCalls(addCalls(a, b), c)).toEqual(addCalls(a, addCalls(b, c)));
        expect(totalCalls(addCalls(a, b))).toBe(totalCalls(a) + totalCalls(b));
        expect(JSON.stringify([a, b])).toBe(before);
      }),
    );
  });
});

test('usage is summed by kind', () => {
  const usage: Usage = {
    inputTokens: 100,
    cachedTokens: 20,
    cacheWriteTokens: 3,
    outputTokens: 50,
    reasoningTokens: 40,
    totalTokens: 150,
  };
  const more: Usage = {
    inputTokens: 7,
    cachedTokens: 1,
    cacheWriteTokens: 2,
    outputTokens: 5,
    reasoningTokens: 4,
    totalTokens: 12,
  };
  expect(addUsage(usage, more)).toEqual({
    inputTokens: 107,
    cachedTokens: 21,
    cacheWriteTokens: 5,
    outputTokens: 55,
    reasoningTokens: 44,
    totalTokens: 162,
  });
  expect(addUsage(usage, noUsage)).toEqual(usage);
});
