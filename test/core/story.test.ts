import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beginProgress } from '../../core/progress.ts';
import { describeRun, formatDuration, ordinal, shorten, summarizeRun } from '../../core/story.ts';
import { attemptOf } from './support.ts';

test.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [10, '10th'],
  [11, '11th'],
  [12, '12th'],
  [13, '13th'],
  [14, '14th'],
  [20, '20th'],
  [21, '21st'],
  [22, '22nd'],
  [23, '23rd'],
  [100, '100th'],
  [101, '101st'],
  [111, '111th'],
  [113, '113th'],
  [1_002, '1002nd'],
])('ordinal(%i) is %s', (count, text) => {
  expect(ordinal(count)).toBe(text);
});

test.each([
  [0, '0 ms'],
  [400, '400 ms'],
  [999, '999 ms'],
  [1_000, '1 s'],
  [1_125, '1.1 s'],
  [5_000, '5 s'],
  [59_900, '59.9 s'],
  [60_000, '1 min'],
  [300_000, '5 min'],
  [3_600_000, '1 h'],
  [9_000_000, '2.5 h'],
])('formatDuration(%i) is %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

describe('shorten', () => {
  test.each([
    ['short', 'short'],
    ['  two\n\tlines \r\n of it ', 'two lines of it'],
    ['a'.repeat(96), 'a'.repeat(96)],
    ['a'.repeat(97), `${'a'.repeat(95)}…`],
    ['😀'.repeat(97), `${'😀'.repeat(95)}…`],
    ['', ''],
  ])('%j', (text, line) => {
    expect(shorten(text)).toBe(line);
  });

  test('always fits into the 400 bytes that Temporal takes, on one line, without cutting a character in two', () => {
    const character = fc.constantFrom('a', 'é', '漢', '😀', ' ', '\n', '\u2028', '"');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 300 }), (text) => {
        const line = shorten(text);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(400);
        expect(line).not.toMatch(/[\r\n\u2028]/);
        expect(line.isWellFormed()).toBe(true);
      }),
    );
  });
});

test.each([
  ['assistant', 'gpt-6', 'What is\n2+2?', 'assistant · gpt-6 · What is 2+2?'],
  ['assistant', undefined, 'What is 2+2?', 'assistant · What is 2+2?'],
])('summarizeRun(%s, %s)', (provider, model, input, summary) => {
  expect(summarizeRun(provider, model, input)).toBe(summary);
});

const rows = (markdown: string): string[] => markdown.split('\n').slice(2);

describe('describeRun', () => {
  const target = { provider: 'assistant', account: 'default' };

  test('says what is known before anything is created', () => {
    expect(rows(describeRun(target, beginProgress({}, 0), 'starting'))).toEqual([
      '| Now | starting |',
      '| Status | not created yet |',
      '| Provider | assistant, account default |',
      '| Model | not known yet |',
      '| Attempt | none yet |',
      '| Tool rounds | 0 |',
      '| Provider calls | 0 |',
    ]);
  });

  test('shows the attempt under way, those before it, and what it all cost', () => {
    const progress = {
      ...beginProgress({}, 0),
      current: attemptOf({ number: 2, ref: { id: 'run_2', containerId: 'thread_1' }, status: 'queued' }),
      ended: [
        {
          number: 1,
          ref: { id: 'run_1', containerId: 'thread_1' },
          earlierRefs: [],
          outcome: 'expired' as const,
          createdAtMs: 0,
          endedAtMs: 1,
          adopted: false,
        },
      ],
      model: 'gpt-6',
      calls: { create: 2, retrieve: 3 },
      toolRounds: 4,
    };
    expect(rows(describeRun(target, progress, 'waiting 1.1 s'))).toEqual([
      '| Now | waiting 1.1 s |',
      '| Status | queued |',
      '| Provider | assistant, account default |',
      '| Model | gpt-6 |',
      '| Attempt | 2: `run_2` |',
      '| Thread | `thread_1` |',
      '| Attempt 1 | `run_1` expired |',
      '| Tool rounds | 4 |',
      '| Provider calls | 5 |',
    ]);
    // When the last attempt has ended, it is the one that is shown, once.
    const after = describeRun(target, { ...progress, current: null }, 'restarting');
    expect(after).toContain('| Status | expired |');
    expect(after.match(/run_1/g)).toHaveLength(1);
  });

  test('stays one table, whatever a provider’s message holds', () => {
    const markdown = describeRun(target, beginProgress({}, 0), 'failed: <html>\r\n| a | b |\n\n# Title');
    expect(rows(markdown)[0]).toBe('| Now | failed: <html> \\| a \\| b \\| # Title |');
    expect(rows(markdown)).toHaveLength(7);
  });
});
