import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureTypes, readFailureDetails } from '../../core/failures.ts';
import { formatArgumentsTooLong, formatToolError, formatTooLong } from '../../core/toolError.ts';

describe('failureTypes', () => {
  const types = Object.values(failureTypes);

  test('are distinct dotted names', () => {
    expect(new Set(types).size).toBe(types.length);
    for (const type of types) expect(type).toMatch(/^(run|provider|account|tool)\.[a-z_]+$/);
  });
});

describe('readFailureDetails', () => {
  test('reads back what an activity wrote', () => {
    const details = {
      effect: 'none',
      blocker: { id: 'run_1', containerId: 'thread_1' },
      calls: { create: 2 },
      provider: 'response',
    };
    expect(readFailureDetails({ ...details, status: 400, code: 'x', requestId: 'req_1' })).toEqual(details);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'none'],
    ['a list', ['none']],
    ['no effect', {}],
    ['an unknown effect', { effect: 'some' }],
    ['an effect of the wrong type', { effect: 1 }],
    ['a blocker without id', { effect: 'none', blocker: {} }],
    ['a blocker that is a text', { effect: 'none', blocker: 'run_1' }],
    ['calls that are no numbers', { effect: 'none', calls: { create: 'many' } }],
    ['a provider that is no name', { effect: 'none', provider: 1 }],
    ['calls of a kind nobody knows', { effect: 'none', calls: { destroy: 1 } }],
  ])('takes the worse case for %s', (_name, value) => {
    expect(readFailureDetails(value).effect).toBe('unknown');
  });

  test('never throws, and says "none" only where it was written', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.record(
            { effect: fc.anything(), blocker: fc.anything(), calls: fc.anything() },
            { requiredKeys: [] },
          ),
        ),
        (value) => {
          const read = readFailureDetails(value);
          expect(['none', 'unknown']).toContain(read.effect);
          const said = typeof value === 'object' && value !== null && 'effect' in value && value.effect;
          expect(read.effect === 'unknown' || said === 'none').toBe(true);
        },
      ),
    );
  });
});

test.each([formatTooLong(1_600_000), formatArgumentsTooLong(800_000)])(
  'what was too long is told with its size and the limit: %s',
  (text) => {
    const message = expect.stringMatching(/1600000 bytes.*1500000 bytes|800000 bytes.*700000 bytes/);
    const type = expect.stringMatching(/^tool\./);
    expect(JSON.parse(text)).toEqual({ error: { type, message } });
  },
);

test('a tool error is JSON that a model can read', () => {
  const text = formatToolError('tool.failed', 'He said "no"\n');
  expect(JSON.parse(text)).toEqual({ error: { type: 'tool.failed', message: 'He said "no"\n' } });
});
