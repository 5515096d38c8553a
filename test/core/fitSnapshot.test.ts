import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitSnapshot, maximumSnapshotBytes } from '../../core/fitSnapshot.ts';
import type { JsonValue } from '../../core/json.ts';
import type { RunOutput, Snapshot, ToolCall } from '../../core/snapshot.ts';
import { noUsage } from '../../core/usage.ts';
import { snapshots, snapshotsOf } from './snapshots.ts';

const facts = {
  ref: { id: 'resp_1', readWith: 'web_search_call.results' },
  tag: { workflowId: 'w', executionId: 'e', attempt: 1, round: 0 },
  model: 'gpt-6',
  endedAtMs: 1_000,
  usage: { ...noUsage, totalTokens: 3 },
} as const;
const completed = (output: RunOutput): Snapshot => ({ ...facts, status: 'completed', output });

function fitOutput(output: RunOutput): RunOutput {
  const fitted = fitSnapshot(completed(output));
  if (fitted.status !== 'completed') throw new Error(`It became ${fitted.status}.`);
  return fitted.output;
}

/** Of a value with long texts in it, what a failed test can show: each of them by its beginning and its length. */
function abridge(value: unknown): unknown {
  const json = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' && part.length > 100 ? `${part.slice(0, 20)}… (${part.length})` : part,
  );
  return JSON.parse(json);
}

/** How two values with long texts in them differ, abridged; null when they are the same. */
function differenceOf(fitted: unknown, expected: unknown): unknown {
  return isDeepStrictEqual(fitted, expected) ? null : abridge({ fitted, expected });
}

const tooMuch = maximumSnapshotBytes + 1;

/** What each takes inside of JSON: escaped, and in UTF-8. */
const units = [
  ['a', 1],
  ['é', 2],
  ['漢', 3],
  ['😀', 4],
  ['"', 2],
  ['\\', 2],
  ['\n', 2],
  ['\u0000', 6],
  ['\ud800', 6],
] as const;

describe('an output', () => {
  test.each(units)(
    'of %j times what fits stays as it is, and with one more it is at the provider',
    (unit, bytes) => {
      const fits = { text: unit.repeat(Math.floor((maximumSnapshotBytes - 2) / bytes)) };
      expect(differenceOf(fitOutput(fits), fits)).toBeNull();
      const count = Math.floor(maximumSnapshotBytes / bytes) + 1;
      expect(fitOutput({ text: unit.repeat(count) })).toEqual({ text: '', omittedBytes: count * bytes });
    },
  );

  test.each([0, 1])('that is %i bytes below the limit fits: there are no items beside it', (below) => {
    const output = { text: 'a'.repeat(maximumSnapshotBytes - below) };
    expect(differenceOf(fitOutput(output), output)).toBeNull();
  });

  test('loses its items first: its words are in them again', () => {
    const items: JsonValue[] = [{ type: 'message', content: 'a'.repeat(400_000) }];
    const fitted = fitOutput({ text: 'a'.repeat(400_000), isJson: true, items });
    const { omittedBytes, ...words } = fitted;
    expect(differenceOf(words, { text: 'a'.repeat(400_000), isJson: true })).toBeNull();
    expect(omittedBytes).toBeGreaterThanOrEqual(JSON.stringify(items).length);
  });

  test('keeps its items where both fit together', () => {
    const items: JsonValue[] = [{ type: 'message', content: 'a'.repeat(300_000) }];
    const output = { text: 'a'.repeat(300_000), items };
    expect(differenceOf(fitOutput(output), output)).toBeNull();
  });

  test('counts its items as the JSON that they are, and not as a text that has it inside', () => {
    const output = { text: '', items: Array.from({ length: 120_000 }, () => 'ab') };
    expect(JSON.stringify(output.items)).toHaveLength(600_001);
    expect(fitOutput(output).omittedBytes).toBeUndefined();
  });

  test('whose words do not fit loses both', () => {
    const items: JsonValue[] = ['b'];
    const fitted = fitOutput({ text: 'a'.repeat(tooMuch), items });
    expect(fitted).toEqual({ text: '', omittedBytes: expect.any(Number) });
    expect(fitted.omittedBytes).toBeGreaterThan(tooMuch);
  });

  test('a refusal counts like a text', () => {
    const refusal = 'n'.repeat(400_000);
    const fits = { text: 'a'.repeat(200_000), refusal };
    expect(differenceOf(fitOutput(fits), fits)).toBeNull();
    const tooLong = { text: 'a'.repeat(400_000), refusal };
    expect(differenceOf(fitOutput(tooLong), { text: '', omittedBytes: 800_000 })).toBeNull();
  });

  test('that was left out as a whole is not left out again', () => {
    const once = fitSnapshot(completed({ text: 'a'.repeat(tooMuch) }));
    expect(differenceOf(fitSnapshot(once), once)).toBeNull();
  });

  test('of an incomplete run is treated alike, and may not be there at all', () => {
    const snapshot: Snapshot = { ...facts, status: 'incomplete', reason: 'content_filter' };
    const output = { text: '', omittedBytes: tooMuch };
    expect(
      differenceOf(fitSnapshot({ ...snapshot, output: { text: 'a'.repeat(tooMuch) } }), {
        ...snapshot,
        output,
      }),
    ).toBeNull();
    expect(differenceOf(fitSnapshot(snapshot), snapshot)).toBeNull();
  });

  test('nested too deeply to be written as JSON is left out: no payload could carry it', () => {
    let nested: JsonValue = [];
    for (let depth = 0; depth < 50_000; depth += 1) nested = [nested];
    const fitted = fitOutput({ text: '4', items: [nested] });
    expect(fitted).toEqual({ text: '4', omittedBytes: expect.any(Number) });
  });
});

const call = (callId: string, given: string): ToolCall => ({ callId, name: 'add', arguments: given });
const asking = (...toolCalls: ToolCall[]): Snapshot => ({ ...facts, status: 'requires_action', toolCalls });

describe('tool calls', () => {
  test.each(units)(
    'arguments of %j times what fits stay as they are, and with one more they are left out',
    (unit, bytes) => {
      const count = Math.floor(maximumSnapshotBytes / bytes);
      const fits = asking(call('c1', unit.repeat(count)));
      expect(differenceOf(fitSnapshot(fits), fits)).toBeNull();
      expect(fitSnapshot(asking(call('c1', unit.repeat(count + 1))))).toEqual(
        asking({ ...call('c1', ''), omittedBytes: (count + 1) * bytes }),
      );
    },
  );

  test('what does not fit beside the others is left out, and every call stays', () => {
    const first = call('c1', 'a'.repeat(400_000));
    const second = call('c2', 'b'.repeat(400_000));
    const third = call('c3', '{}');
    expect(
      differenceOf(
        fitSnapshot(asking(first, second, third)),
        asking(first, { ...call('c2', ''), omittedBytes: 400_000 }, third),
      ),
    ).toBeNull();
  });
});

const many = (count: number): ToolCall[] =>
  Array.from({ length: count }, (_unused, index) => call(`c${index}`, '{}'));

describe('the number of tool calls', () => {
  test('that can be executed is 1,000', () => {
    const fits = asking(...many(1_000));
    expect(differenceOf(fitSnapshot(fits), fits)).toBeNull();
  });

  test.each([1_001, 50_000])('of %i are one more than that, which shows that there are too many', (count) => {
    const fitted = fitSnapshot(asking(...many(count)));
    expect(differenceOf(fitted, asking(...many(1_001)))).toBeNull();
  });
});

describe('words that nobody would read to the end are cut', () => {
  const long = 'é'.repeat(4_001);
  const cut = `${'é'.repeat(3_999)}…`;
  const { ref } = facts;

  test.each<[string, Snapshot, Snapshot]>([
    ['a model', { ref, status: 'queued', model: long }, { ref, status: 'queued', model: cut }],
    [
      'an error',
      { ref, status: 'failed', error: { code: long, message: long } },
      { ref, status: 'failed', error: { code: cut, message: cut } },
    ],
    ['a reason', { ref, status: 'incomplete', reason: long }, { ref, status: 'incomplete', reason: cut }],
    ['a 404', { ref, status: 'lost', message: long }, { ref, status: 'lost', message: cut }],
    ['a status', { ref, status: 'unknown', reported: long }, { ref, status: 'unknown', reported: cut }],
  ])('%s', (_name, given, expected) => {
    expect(differenceOf(fitSnapshot(given), expected)).toBeNull();
  });

  test.each(Object.entries(snapshotsOf))('a model, of one that is %s', (_status, some) => {
    fc.assert(
      fc.property(some, (snapshot) => {
        const fitted = fitSnapshot({ ...snapshot, model: 'm'.repeat(3_000_000) });
        expect(fitted.model).toHaveLength(4_000);
      }),
      { numRuns: 5 },
    );
  });

  test('4,000 characters stay as they are', () => {
    const snapshot: Snapshot = { ref, status: 'queued', model: 'm'.repeat(4_000) };
    expect(differenceOf(fitSnapshot(snapshot), snapshot)).toBeNull();
  });
});

const anySize = fc
  .tuple(fc.constantFrom(...units.map(([unit]) => unit)), fc.nat(400_000))
  .map(([unit, count]) => unit.repeat(count));
const bigOutput: fc.Arbitrary<RunOutput> = fc.record(
  { text: anySize, refusal: anySize, items: fc.array(anySize, { maxLength: 2 }) },
  { requiredKeys: ['text'] },
);
const bigCalls = fc.array(fc.record({ callId: fc.uuid(), name: fc.constant('add'), arguments: anySize }), {
  maxLength: 4,
});
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const isSmall = (bytes: number): boolean => bytes <= maximumSnapshotBytes + 2_000;

describe('whatever the snapshot', () => {
  test('what fits is not changed', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        expect(differenceOf(fitSnapshot(snapshot), snapshot)).toBeNull();
      }),
    );
  });

  test('an output is never larger than the limit allows; nothing is left out without a word', () => {
    fc.assert(
      fc.property(bigOutput, (output) => {
        const fitted = fitOutput(output);
        const isWhole =
          fitted.omittedBytes === undefined && JSON.stringify(fitted) === JSON.stringify(output);
        const isCut = (fitted.omittedBytes ?? 0) > 0 && fitted.items === undefined;
        const isRight = isSmall(bytesOf(completed(fitted))) && (isWhole || isCut);
        expect(isRight).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('nor are tool calls', () => {
    fc.assert(
      fc.property(bigCalls, (toolCalls) => {
        const fitted = fitSnapshot({ ...facts, status: 'requires_action', toolCalls });
        if (fitted.status !== 'requires_action') throw new Error(`It became ${fitted.status}.`);
        const isTold = fitted.toolCalls.every(
          (given, index) =>
            given.arguments === toolCalls[index]?.arguments ||
            (given.arguments === '' && (given.omittedBytes ?? 0) > 0),
        );
        const isRight = isSmall(bytesOf(fitted)) && isTold && fitted.toolCalls.length === toolCalls.length;
        expect(isRight).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
