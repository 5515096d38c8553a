import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addCalls, callKinds, totalCalls, type CallCounts } from '../../core/calls.ts';
import { addUsage, noUsage } from '../../core/usage.ts';

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
  const usage = { inputTokens: 1, outputTokens: 20, totalTokens: 21 };
  expect(addUsage(usage, { inputTokens: 2, outputTokens: 30, totalTokens: 32 })).toEqual({
    inputTokens: 3,
    outputTokens: 50,
    totalTokens: 53,
  });
  expect(addUsage(usage, noUsage)).toEqual(usage);
});
