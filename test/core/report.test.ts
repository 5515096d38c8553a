import { describe, expect, test } from 'vitest';
import { beginProgress, type RunProgress } from '../../core/progress.ts';
import { buildReport, buildResult } from '../../core/report.ts';
import { isTerminal, type Snapshot } from '../../core/snapshot.ts';
import { attemptOf } from './support.ts';

const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };
const ended: RunProgress['ended'] = [
  {
    number: 1,
    ref: { id: 'run_1' },
    outcome: 'expired',
    error: { code: 'run.expired', message: 'expired' },
    usage,
    createdAtMs: 1_100,
    endedAtMs: 1_200,
    adopted: false,
  },
  {
    number: 2,
    ref: { id: 'run_2' },
    outcome: 'lost',
    usage: null,
    createdAtMs: 1_300,
    endedAtMs: 1_400,
    adopted: true,
  },
];
const progress: RunProgress = {
  ...beginProgress({ thread_id: 'thread_1' }, 1_000),
  ended,
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
      error: null,
      attempts: ended,
      usage,
      calls: { create: 2, retrieve: 1 },
      toolRounds: 3,
      toolCalls: 4,
      toolCallsReused: 1,
      recreations: 1,
      learntFrom: 'check',
      timings: { startedAtMs: 1_000, createdAtMs: 1_100, providerEndedAtMs: 5_000, endedAtMs: 9_000 },
    });
  });

  test('an empty text is a text; a run without output has none', () => {
    const end = { status: 'completed', error: null } as const;
    expect(buildResult(subject, { ...end, output: { text: '' } }, 0).text).toBe('');
    expect(buildResult(subject, end, 0).text).toBeNull();
  });

  test('sums the usage of all attempts', () => {
    const twice = { ...progress, ended: ended.map((attempt) => ({ ...attempt, usage })) };
    expect(buildResult({ ...subject, progress: twice }, { status: 'lost', error: null }, 0).usage).toEqual({
      inputTokens: 20,
      outputTokens: 10,
      totalTokens: 30,
    });
  });

  test('survives JSON unchanged', () => {
    const result = buildResult(subject, { status: 'failed', error: { code: 'c', message: 'm' } }, 9_000);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
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
