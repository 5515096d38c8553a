import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LiveLine } from '../../client/output/liveLine.ts';
import { Output, type Paint } from '../../client/output/output.ts';
import { renderKnownRun } from '../../client/output/renderKnownRun.ts';
import { renderList } from '../../client/output/renderList.ts';
import { describeUsage } from '../../client/output/phrases.ts';
import { describeAnswer, describeCost } from '../../client/output/renderResult.ts';
import { renderTable } from '../../client/output/table.ts';
import { reportOf } from '../../client/report.ts';
import { runReportSchema, runResultSchema } from '../../client/schemas.ts';
import type { RunResult } from '../../core/result.ts';
import { noUsage, type Usage } from '../../core/usage.ts';
import { exampleResult } from './support.ts';

const plain: Paint = (_style, text) => text;
const red: Paint = (_style, text) => `\u001b[31m${text}\u001b[39m`;

describe('the cost line', () => {
  it('tells time, calls by kind, attempts, tools and tokens', () => {
    expect(describeCost(exampleResult)).toBe(
      'completed in 4.2 s · 7 provider calls (thread 1, create 2, read 3, answer 1) · ' +
        '2 attempts (expired, completed) · 2 tool rounds (3 calls, 1 reused) · 57 tokens (41 in, 16 out) · ' +
        'sent again 1 time after a lost reply',
    );
  });

  it('leaves out what did not happen', () => {
    const result = {
      ...exampleResult,
      status: 'not_created' as const,
      attempts: [],
      calls: {},
      toolRounds: 0,
      recreations: 0,
      usage: noUsage,
    };
    expect(describeCost(result)).toBe(
      'not_created in 4.2 s · 0 provider calls · 0 attempts · 0 tool rounds · 0 tokens (0 in, 0 out)',
    );
  });
});

describe('the parts of the tokens', () => {
  it.each<[string, Partial<Usage>, string]>([
    ['cached ones', { cachedTokens: 32 }, '57 tokens (41 in, 32 of them cached, 16 out)'],
    ['reasoning', { reasoningTokens: 4 }, '57 tokens (41 in, 16 out, 4 of them reasoning)'],
    [
      'both',
      { cachedTokens: 32, cacheWriteTokens: 9, reasoningTokens: 4 },
      '57 tokens (41 in, 32 of them cached, 16 out, 4 of them reasoning)',
    ],
  ])('are told where there are any: %s', (_name, parts, text) => {
    expect(describeUsage({ ...exampleResult.usage, ...parts })).toBe(text);
  });
});

describe('what lost replies left behind', () => {
  it('is named, for it was paid for', () => {
    const orphans = [{ id: 'resp_a' }, { id: 'resp_b', readWith: 'x' }];
    expect(describeCost({ ...exampleResult, recreations: 2, orphans })).toMatch(
      /sent again 2 times after a lost reply · paid twice: resp_a, resp_b$/,
    );
  });
});

describe('what a run has to say', () => {
  it.each<[string, Partial<RunResult>, string | null]>([
    ['its text', {}, 'The answer is 4.'],
    ['its text, although items were left out', { omittedBytes: 900_000 }, 'The answer is 4.'],
    ['why it would not', { text: '', refusal: 'I will not.' }, 'The model refused: I will not.'],
    ['an empty text, if that is all', { text: '' }, ''],
    ['nothing', { text: null }, null],
    [
      'where the answer is that did not fit',
      { text: null, omittedBytes: 900_000 },
      'The answer has 900000 bytes, more than Temporal carries. It is at the provider: run_b.',
    ],
  ])('%s', (_name, given, answer) => {
    expect(describeAnswer({ ...exampleResult, ...given })).toBe(answer);
  });
});

describe('the status of a run', () => {
  it('is a table of all that it reports', () => {
    const report = {
      ...reportOf(exampleResult),
      status: 'running' as const,
      doing: 'waiting 1.1 s or for a webhook',
      timings: { ...exampleResult.timings, endedAtMs: null },
      attempts: exampleResult.attempts.slice(0, 1),
      current: {
        number: 2,
        ref: { id: 'run_b', containerId: 'thread_a' },
        status: 'in_progress',
        createdAtMs: 2_100,
        expiresAtMs: null,
      },
      knownFrom: 'worker' as const,
    };
    const lines = renderKnownRun(report, 'http://ui/run-1', plain).split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['Run', 'run-1'],
      ['Status', 'running'],
      ['Doing', 'waiting 1.1 s or for a webhook'],
      ['Provider', 'assistant, account default'],
      ['Model', 'gpt-sim'],
      ['Attempt 1', 'run_a expired: The run expired at the provider.'],
      ['Attempt 2', 'run_b in_progress'],
      ['Thread', 'thread_a'],
      ['Calls', '7 provider calls (thread 1, create 2, read 3, answer 1)'],
      ['Tools', '2 tool rounds (3 calls, 1 reused)'],
      ['Usage', '57 tokens (41 in, 16 out)'],
      ['Started', expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)],
      ['Created', '900 ms later'],
      ['Web UI', 'http://ui/run-1'],
    ]);
  });

  it('is read back as it was written, a result as well as a report', () => {
    const result: RunResult = {
      ...exampleResult,
      parsed: { answer: [4, null] },
      refusal: 'no',
      items: [{ type: 'message' }],
      omittedBytes: 1,
      orphans: [{ id: 'resp_c', readWith: 'x' }],
      attempts: exampleResult.attempts.map((attempt) => ({ ...attempt, earlierRefs: [{ id: 'resp_0' }] })),
    };
    expect(runResultSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
    const report = reportOf(result);
    expect(runReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it('says how long an ended run took', () => {
    const report = { ...reportOf(exampleResult), knownFrom: 'history' as const };
    expect(renderKnownRun(report, null, plain)).toMatch(/Ended +4\.2 s after the start/);
  });

  it('says when only Temporal answered', () => {
    const outline = {
      id: 'run-1',
      status: 'running',
      provider: null,
      model: null,
      timings: { startedAtMs: 0, endedAtMs: null },
      knownFrom: 'temporal',
    } as const;
    expect(renderKnownRun(outline, null, plain)).toContain('no worker answered');
  });
});

describe('a list of runs', () => {
  it('has a line for each, and counts the time of those that are going', () => {
    const run = { id: 'a', status: 'running', provider: null, model: null } as const;
    const rendered = renderList(
      [
        { ...run, timings: { startedAtMs: 1_000, endedAtMs: null } },
        {
          ...run,
          id: 'longer-id',
          status: 'completed',
          model: 'm',
          timings: { startedAtMs: 0, endedAtMs: 400 },
        },
      ],
      3_500,
      plain,
    );
    const columns = rendered.split('\n').map((line) => line.split(/ {2,}/));
    expect(columns.map(([id, status, , model, , duration]) => [id, status, model, duration])).toEqual([
      ['ID', 'STATUS', 'MODEL', 'DURATION'],
      ['a', 'running', '-', '2.5 s'],
      ['longer-id', 'completed', 'm', '400 ms'],
    ]);
  });

  it('lines up columns whether coloured or not', () => {
    const [coloured, uncoloured] = [red, plain].map((paint) =>
      renderTable([
        ['a', paint('green', 'completed'), 'x'],
        ['bb', paint('red', 'lost'), 'y'],
      ]),
    );
    expect(coloured).not.toBe(uncoloured);
    expect(stripVTControlCharacters(coloured ?? '')).toBe(uncoloured);
  });
});

function outputTo(isTTY: boolean, environment: Record<string, string> = {}, columns = 40) {
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string) => void written.push(text) };
  return { written, output: new Output(stream, stream, environment, false) };
}

describe('colours', () => {
  it.each([
    ['on a terminal', true, {}, true],
    ['not with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['not in a file', false, {}, false],
    ['not in a file, whatever is forced', false, { FORCE_COLOR: '1' }, false],
  ])('%s', (_name, isTTY, environment, expected) => {
    expect(outputTo(isTTY, environment).output.paint('red', 'x') !== 'x').toBe(expected);
  });
});

describe('a live line', () => {
  it('is written over on a terminal until a step is made', () => {
    const { written, output } = outputTo(true);
    const line = new LiveLine(output);
    line.show('waiting', false);
    line.show('looking', false);
    line.show('next attempt', true);
    line.close();
    line.close();
    expect(written).toEqual(['waiting', '\r\u001b[Klooking', '\nnext attempt', '\n']);
  });

  it('is cut to what fits into one line', () => {
    const { written, output } = outputTo(true, {}, 10);
    new LiveLine(output).show('0123456789', false);
    expect(written).toEqual(['01234567…']);

    const unknownWidth = outputTo(true, {}, 0);
    new LiveLine(unknownWidth.output).show('0123456789', false);
    expect(unknownWidth.written).toEqual(['0123456789']);
  });

  it('is a line each time in a file', () => {
    const { written, output } = outputTo(false, {}, 10);
    const line = new LiveLine(output);
    line.show('0123456789', false);
    line.show('looking', false);
    line.close();
    expect(written).toEqual(['0123456789\n', 'looking\n']);
  });
});
