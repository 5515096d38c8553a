import { describe, expect, test } from 'vitest';
import { fitSnapshot } from '../../core/fitSnapshot.ts';
import type { JsonValue } from '../../core/json.ts';
import { beginProgress, type RunProgress } from '../../core/progress.ts';
import { buildReport, buildResult } from '../../core/report.ts';
import type { RunResult } from '../../core/result.ts';
import { isTerminal, type RunOutput, type Snapshot } from '../../core/snapshot.ts';
import { noUsage, type Usage } from '../../core/usage.ts';
import { attemptOf } from './support.ts';

const usage: Usage = { ...noUsage, inputTokens: 10, cachedTokens: 4, outputTokens: 5, totalTokens: 15 };
const ended: RunProgress['ended'] = [
  {
    number: 1,
    ref: { id: 'run_1' },
    earlierRefs: [],
    outcome: 'expired',
    error: { code: 'run.expired', message: 'expired' },
    createdAtMs: 1_100,
    endedAtMs: 1_200,
    adopted: false,
  },
  {
    number: 2,
    ref: { id: 'run_2' },
    earlierRefs: [],
    outcome: 'lost',
    createdAtMs: 1_300,
    endedAtMs: 1_400,
    adopted: true,
  },
];
const attempt = {
  number: 1,
  ref: { id: 'run_1' },
  earlierRefs: [],
  outcome: 'expired',
  createdAtMs: 0,
  endedAtMs: 1,
  adopted: false,
} as const;
const progress: RunProgress = {
  ...beginProgress({ thread_id: 'thread_1' }, 1_000),
  ended,
  spent: [{ ref: { id: 'run_1' }, usage }],
  createdAtMs: 1_100,
  providerEndedAtMs: 5_000,
  model: 'gpt-6',
  calls: { create: 2, retrieve: 1 },
  toolRounds: 3,
  toolCalls: 4,
  toolCallsReused: 1,
  recreations: 1,
  learntFrom: 'check',
};
const subject = { id: 'w', provider: 'assistant', account: 'default', progress };

describe('buildResult', () => {
  test('holds everything that the run has counted', () => {
    const end = { status: 'completed', error: null, output: { text: '4' } } as const;
    expect(buildResult(subject, end, 9_000)).toEqual({
      id: 'w',
      status: 'completed',
      provider: 'assistant',
      account: 'default',
      model: 'gpt-6',
      text: '4',
      parsed: null,
      refusal: null,
      items: null,
      omittedBytes: null,
      error: null,
      attempts: [
        { ...ended[0], usage },
        { ...ended[1], usage: null },
      ],
      usage,
      calls: { create: 2, retrieve: 1 },
      toolRounds: 3,
      toolCalls: 4,
      toolCallsReused: 1,
      recreations: 1,
      orphans: [],
      learntFrom: 'check',
      timings: { startedAtMs: 1_000, createdAtMs: 1_100, providerEndedAtMs: 5_000, endedAtMs: 9_000 },
    });
  });

  test('an empty text is a text; a run without output has none', () => {
    const end = { status: 'completed', error: null } as const;
    expect(buildResult(subject, { ...end, output: { text: '' } }, 0).text).toBe('');
    expect(buildResult(subject, end, 0).text).toBeNull();
  });

  test('an attempt has cost what all its refs have; the run, what its orphans have, too', () => {
    const first = { ...attempt, ref: { id: 'resp_3' }, earlierRefs: [{ id: 'resp_1' }, { id: 'resp_2' }] };
    const refs = ['resp_1', 'resp_2', 'resp_3', 'resp_orphan'];
    const run: RunProgress = {
      ...progress,
      ended: [first, { ...attempt, number: 2, ref: { id: 'resp_4' } }],
      orphans: [{ id: 'resp_orphan' }],
      spent: refs.map((id, index) => ({ ref: { id }, usage: { ...noUsage, totalTokens: 10 ** index } })),
    };
    const result = buildResult({ ...subject, progress: run }, { status: 'lost', error: null }, 0);
    expect(result.attempts.map((known) => known.usage?.totalTokens)).toEqual([111, undefined]);
    expect(result.attempts[1]?.usage).toBeNull();
    expect(result.usage.totalTokens).toBe(1_111);
    expect(result.orphans).toEqual([{ id: 'resp_orphan' }]);
    expect(result.attempts[0]).toMatchObject({ ref: { id: 'resp_3' }, earlierRefs: first.earlierRefs });
  });

  test('survives JSON unchanged', () => {
    const result = buildResult(subject, { status: 'failed', error: { code: 'c', message: 'm' } }, 9_000);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });
});

function resultOf(output: RunOutput): RunResult {
  return buildResult(subject, { status: 'completed', error: null, output }, 0);
}

describe('what a run has to say', () => {
  test.each<[string, RunOutput, JsonValue]>([
    ['an object', { text: '{"answer":4}', isJson: true }, { answer: 4 }],
    ['a list', { text: ' [1, null] ', isJson: true }, [1, null]],
    ['false', { text: 'false', isJson: true }, false],
    ['nothing that was asked for: a text that happens to be JSON', { text: '{"answer":4}' }, null],
    ['text, although JSON was asked for', { text: 'Four, I think.', isJson: true }, null],
    ['half of it', { text: '{"answer":', isJson: true }, null],
    ['JSON in a code block', { text: '```json\n{}\n```', isJson: true }, null],
    ['an empty text', { text: '', isJson: true }, null],
  ])('as JSON: %s', (_name, output, parsed) => {
    expect(resultOf(output)).toMatchObject({ text: output.text, parsed });
  });

  test('JSON with any key is what it says, and changes nothing else', () => {
    const text = '{"__proto__":{"admin":true},"constructor":1}';
    const { parsed } = resultOf({ text, isJson: true });
    expect(JSON.stringify(parsed)).toBe(text);
    expect(parsed).not.toHaveProperty('admin');
  });

  test('a refusal, in the model’s own words', () => {
    expect(resultOf({ text: '', isJson: true, refusal: 'I will not.' })).toMatchObject({
      text: '',
      parsed: null,
      refusal: 'I will not.',
    });
  });

  test('items, as they came', () => {
    const items = [{ type: 'web_search_call', results: [] }, null];
    expect(resultOf({ text: '4', items })).toMatchObject({ text: '4', items, omittedBytes: null });
    expect(resultOf({ text: '4', items: [] }).items).toEqual([]);
  });

  test('what did not fit: the text is null, and not empty', () => {
    expect(resultOf({ text: '', omittedBytes: 800_000 })).toMatchObject({
      text: null,
      omittedBytes: 800_000,
    });
  });

  test('items that did not fit: the text is there', () => {
    expect(resultOf({ text: '{}', isJson: true, omittedBytes: 800_000 })).toMatchObject({
      text: '{}',
      parsed: {},
      items: null,
      omittedBytes: 800_000,
    });
  });

  test('what there is of an incomplete one is told alike', () => {
    const end = { status: 'incomplete', error: { code: 'max_output_tokens', message: 'm' } } as const;
    expect(buildResult(subject, { ...end, output: { text: '{"a":', isJson: true } }, 0)).toMatchObject({
      text: '{"a":',
      parsed: null,
    });
  });
});

const bytesOf = (output: RunOutput): number => {
  const fitted = fitSnapshot({ ref: { id: 'resp_1' }, status: 'completed', output });
  if (fitted.status !== 'completed') throw new Error(`It became ${fitted.status}.`);
  return Buffer.byteLength(JSON.stringify(resultOf(fitted.output)));
};
/** A list of so many, as text. */
const listOf = (element: string, count: number): string => `[${Array(count).fill(element).join(',')}]`;

describe('a result always fits into a payload of 2 MB', () => {
  test.each<[string, RunOutput]>([
    ['a long text', { text: 'a'.repeat(699_998) }],
    ['as long a text as JSON', { text: listOf('"aaaaa"', 69_000), isJson: true }],
    ['JSON of letters with accents', { text: listOf('"é"', 100_000), isJson: true }],
    ['a text and items', { text: 'a'.repeat(300_000), items: ['b'.repeat(350_000)] }],
    // 1e20 is written in 21 digits.
    ['JSON of numbers that are longer when written again', { text: listOf('1e20', 135_000), isJson: true }],
  ])('%s', (_name, output) => {
    expect(bytesOf(output)).toBeLessThan(2_000_000);
  });

  test('JSON that is nested too deeply to be written again', () => {
    const text = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(bytesOf({ text, isJson: true })).toBeLessThan(2_000_000);
  });
});

describe('buildReport', () => {
  test('of a run that is going shows its attempt and no end', () => {
    const current = attemptOf({ number: 3, status: 'queued', createdAtMs: 1_500, expiresAtMs: 7_000 });
    const report = buildReport(
      { ...subject, progress: { ...progress, current } },
      undefined,
      'waiting 5 s or for a webhook',
    );
    expect(report).toMatchObject({
      status: 'running',
      doing: 'waiting 5 s or for a webhook',
      text: null,
      parsed: null,
      orphans: [],
      error: null,
      current: { number: 3, ref: current.ref, status: 'queued', createdAtMs: 1_500, expiresAtMs: 7_000 },
      timings: { startedAtMs: 1_000, createdAtMs: 1_100, providerEndedAtMs: 5_000, endedAtMs: null },
    });
  });

  test('of a run that has ended says how', () => {
    const error = { code: 'run.lost', message: 'gone' };
    expect(buildReport(subject, { end: { status: 'lost', error }, atMs: 9_000 }, 'lost')).toMatchObject({
      status: 'lost',
      error,
      current: null,
      timings: { endedAtMs: 9_000 },
    });
  });
});

test.each<[Snapshot['status'], boolean]>([
  ['queued', false],
  ['in_progress', false],
  ['requires_action', false],
  ['cancelling', false],
  ['unknown', false],
  ['completed', true],
  ['failed', true],
  ['incomplete', true],
  ['cancelled', true],
  ['expired', true],
  ['lost', true],
])('a snapshot %s is terminal: %s', (status, terminal) => {
  const parts = {
    toolCalls: [],
    output: { text: '' },
    error: { code: '', message: '' },
    reason: '',
    message: '',
    reported: '',
  };
  expect(isTerminal({ ref: { id: 'run_1' }, status, ...parts })).toBe(terminal);
});
