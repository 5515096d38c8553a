import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ToolCall } from '../../core/snapshot.ts';
import { ToolLedger, type ToolCallPlan } from '../../core/toolLedger.ts';

const call = (callId: string, name = 'add', given = '{"a":1,"b":2}'): ToolCall => ({
  callId,
  name,
  arguments: given,
});
const execute = (idempotencyKey: string): ToolCallPlan => ({ kind: 'execute', idempotencyKey });

describe('within one attempt', () => {
  test('a new call is executed under its own key', () => {
    const ledger = new ToolLedger([]);
    expect(ledger.plan(call('c1'), 1, true, 'k1')).toEqual(execute('k1'));
  });

  test('a call that was answered is answered again, and not executed', () => {
    const ledger = new ToolLedger([]);
    ledger.plan(call('c1'), 1, true, 'k1');
    ledger.record('c1', 1, '3', true);
    expect(ledger.plan(call('c1'), 1, true, 'other')).toEqual({
      kind: 'answered',
      output: '3',
      finished: true,
    });
  });

  test('an empty output is an answer too', () => {
    const ledger = new ToolLedger([]);
    ledger.plan(call('c1'), 1, true, 'k1');
    ledger.record('c1', 1, '', true);
    expect(ledger.plan(call('c1'), 1, true, 'k1')).toEqual({ kind: 'answered', output: '', finished: true });
  });

  test('an error that was told to the model is not tried again behind its back', () => {
    const ledger = new ToolLedger([]);
    ledger.plan(call('c1'), 1, true, 'k1');
    ledger.record('c1', 1, '{"error":{}}', false);
    expect(ledger.plan(call('c1'), 1, true, 'k1')).toEqual({
      kind: 'answered',
      output: '{"error":{}}',
      finished: false,
    });
  });

  test('a call that was planned and has no answer keeps its key', () => {
    const ledger = new ToolLedger([]);
    ledger.plan(call('c1'), 1, true, 'k1');
    expect(ledger.plan(call('c1'), 1, true, 'k2')).toEqual(execute('k1'));
  });

  test('who asks for the same thing twice gets it twice', () => {
    const ledger = new ToolLedger([]);
    expect(ledger.plan(call('c1'), 1, true, 'k1')).toEqual(execute('k1'));
    ledger.record('c1', 1, '3', true);
    expect(ledger.plan(call('c2'), 1, true, 'k2')).toEqual(execute('k2'));
  });

  test('an answer to a call that nobody planned is a bug, and says so', () => {
    const ledger = new ToolLedger([]);
    ledger.plan(call('c1'), 1, true, 'k1');
    expect(() => ledger.record('c1', 2, '3', true)).toThrow(/c1 of attempt 2/);
    expect(() => ledger.record('c2', 1, '3', true)).toThrow(/before it was planned/);
  });
});

/** A ledger in which attempt 1 has executed these calls. */
function ledgerAfter(...answered: readonly (readonly [ToolCall, string, boolean])[]): ToolLedger {
  const ledger = new ToolLedger([]);
  for (const [asked, output, finished] of answered) {
    ledger.plan(asked, 1, true, `key of ${asked.callId}`);
    ledger.record(asked.callId, 1, output, finished);
  }
  return ledger;
}

describe('after a restart', () => {
  test('the same tool and arguments, in whatever order of keys, reuse the output', () => {
    const ledger = ledgerAfter([call('c1', 'add', '{"a":1,"b":2}'), '3', true]);
    expect(ledger.plan(call('d1', 'add', '{ "b": 2, "a": 1 }'), 2, true, 'new')).toEqual({
      kind: 'reuse',
      output: '3',
    });
  });

  test.each([
    ['another tool', call('d1', 'multiply')],
    ['other arguments', call('d1', 'add', '{"a":1,"b":3}')],
    ['a name that runs into the arguments', call('d1', 'add {"a":1,"b":2}', '')],
  ])('%s is executed', (_name, asked) => {
    expect(ledgerAfter([call('c1'), '3', true]).plan(asked, 2, true, 'new')).toEqual(execute('new'));
  });

  test('each of two equal calls is answered by its own output, in the order of asking', () => {
    const ledger = ledgerAfter([call('c1'), 'first', true], [call('c2'), 'second', true]);
    expect(ledger.plan(call('d1'), 2, true, 'n1')).toEqual({ kind: 'reuse', output: 'first' });
    expect(ledger.plan(call('d2'), 2, true, 'n2')).toEqual({ kind: 'reuse', output: 'second' });
    expect(ledger.plan(call('d3'), 2, true, 'n3')).toEqual(execute('n3'));
  });

  test('a call id that is used again in the next attempt is a new call', () => {
    const ledger = ledgerAfter([call('c1', 'add', '{"a":1}'), '3', true]);
    expect(ledger.plan(call('c1', 'add', '{"a":9}'), 2, true, 'new')).toEqual(execute('new'));
  });

  test('a failed call is executed again under its old key: it may have acted before it failed', () => {
    const ledger = ledgerAfter([call('c1'), 'failed', false]);
    expect(ledger.plan(call('d1'), 2, true, 'new')).toEqual(execute('key of c1'));
    ledger.record('d1', 2, '3', true);
    expect(ledger.plan(call('d1'), 2, true, 'new')).toEqual({
      kind: 'answered',
      output: '3',
      finished: true,
    });
    expect(ledger.plan(call('e1'), 3, true, 'new')).toEqual({ kind: 'reuse', output: '3' });
  });

  test('a call that never was answered is executed again under its old key', () => {
    const ledger = new ToolLedger([]);
    ledger.plan(call('c1'), 1, true, 'k1');
    expect(ledger.plan(call('d1'), 2, true, 'new')).toEqual(execute('k1'));
  });

  test('an output that was reused answers the call of the next restart, too', () => {
    const ledger = ledgerAfter([call('c1'), '3', true]);
    ledger.plan(call('d1'), 2, true, 'new');
    expect(ledger.plan(call('d1'), 2, true, 'new')).toEqual({
      kind: 'answered',
      output: '3',
      finished: true,
    });
    expect(ledger.plan(call('e1'), 3, true, 'new')).toEqual({ kind: 'reuse', output: '3' });
  });

  test('a tool that does not want it is executed anew, as a call of its own', () => {
    const ledger = ledgerAfter([call('c1'), '3', true]);
    expect(ledger.plan(call('d1'), 2, false, 'new')).toEqual(execute('new'));
  });
});

describe('what is carried', () => {
  test('a ledger that was carried goes on where the first one stopped', () => {
    const first = new ToolLedger([]);
    first.plan(call('c1'), 1, true, 'k1');
    first.record('c1', 1, '3', true);
    first.plan(call('c2', 'add', '{}'), 1, true, 'k2');
    const second = new ToolLedger(
      JSON.parse(JSON.stringify(first.carry({ outputBytes: 1_000, callBytes: 10_000 }))),
    );
    expect(second.plan(call('c1'), 1, true, 'x')).toEqual({ kind: 'answered', output: '3', finished: true });
    expect(second.plan(call('c2', 'add', '{}'), 1, true, 'x')).toEqual(execute('k2'));
    expect(second.plan(call('d1'), 2, true, 'x')).toEqual({ kind: 'reuse', output: '3' });
  });

  test('the oldest outputs go first when they do not all fit; their keys stay', () => {
    const ledger = new ToolLedger([]);
    for (const id of ['c1', 'c2', 'c3']) {
      ledger.plan(call(id, id), 1, true, `key of ${id}`);
      ledger.record(id, 1, '0123456789', true);
    }
    const outputs = (limit: number): (string | null)[] =>
      ledger.carry({ outputBytes: limit, callBytes: 10_000 }).map((entry) => entry.output);
    expect(outputs(30)).toEqual(['0123456789', '0123456789', '0123456789']);
    expect(outputs(29)).toEqual([null, '0123456789', '0123456789']);
    expect(outputs(10)).toEqual([null, null, '0123456789']);
    expect(outputs(0)).toEqual([null, null, null]);

    const carried = new ToolLedger(ledger.carry({ outputBytes: 10, callBytes: 10_000 }));
    expect(carried.plan(call('d1', 'c1'), 2, true, 'new')).toEqual(execute('key of c1'));
    expect(carried.plan(call('d3', 'c3'), 2, true, 'new')).toEqual({ kind: 'reuse', output: '0123456789' });
  });

  test('the oldest calls are forgotten when not even their keys fit', () => {
    const ledger = new ToolLedger([]);
    for (const id of ['c1', 'c2', 'c3']) ledger.plan(call(id, id, '{}'), 1, true, `key of ${id}`);
    const keys = (callBytes: number): string[] =>
      ledger.carry({ outputBytes: 100, callBytes }).map((entry) => entry.idempotencyKey);
    // "c1 {}", "key of c1" and "c1" are 16 bytes.
    expect(keys(48)).toEqual(['key of c1', 'key of c2', 'key of c3']);
    expect(keys(47)).toEqual(['key of c2', 'key of c3']);
    expect(keys(15)).toEqual([]);
  });

  test('one call, or one output, that is longer than all may be together takes no others along', () => {
    const ledger = new ToolLedger([]);
    const plan = (id: string, given: string, output: string): void => {
      ledger.plan(call(id, id, given), 1, true, `key of ${id}`);
      ledger.record(id, 1, output, true);
    };
    plan('c1', '{}', 'first');
    plan('c2', '{}', 'x'.repeat(101));
    plan('c3', JSON.stringify('x'.repeat(1_000)), 'third');
    plan('c4', '{}', 'fourth');
    const kept = ledger.carry({ outputBytes: 100, callBytes: 1_000 });
    expect(kept.map(({ callId, output }) => [callId, output])).toEqual([
      ['c1', 'first'],
      ['c2', null],
      ['c4', 'fourth'],
    ]);
  });

  test('is a copy: what happens later does not reach into it', () => {
    const ledger = new ToolLedger([]);
    ledger.plan(call('c1'), 1, true, 'k1');
    const carried = ledger.carry({ outputBytes: 100, callBytes: 10_000 });
    ledger.record('c1', 1, '3', true);
    expect(carried[0]?.output).toBeNull();
    const other = new ToolLedger(carried);
    other.record('c1', 1, '4', true);
    expect(carried[0]?.output).toBeNull();
  });

  test('never holds more characters of output than allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 40 })), fc.nat(200), (outputs, limit) => {
        const ledger = new ToolLedger([]);
        for (const [index, output] of outputs.entries()) {
          ledger.plan(call(`c${index}`, `t${index}`), 1, true, `k${index}`);
          ledger.record(`c${index}`, 1, output, true);
        }
        const carried = ledger.carry({ outputBytes: limit, callBytes: 10_000 });
        expect(carried).toHaveLength(outputs.length);
        expect(carried.reduce((sum, { output }) => sum + (output?.length ?? 0), 0)).toBeLessThanOrEqual(
          limit,
        );
      }),
    );
  });
});

/* A model that asks for things, a provider that repeats itself, attempts that end at any moment. */
type Step =
  | { readonly kind: 'ask'; readonly what: number; readonly ends: 'finished' | 'failed' | 'crashed' }
  | { readonly kind: 'repeat'; readonly nth: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'continueAsNew' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      what: fc.nat(3),
      ends: fc.constantFrom('finished' as const, 'failed' as const, 'crashed' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('repeat' as const), nth: fc.nat(10) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('continueAsNew' as const) }) },
);

test('whatever happens: every thing asked for is done at most once per time it was asked for in one attempt', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      expect(findBrokenPromise(steps)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

/** Plays the steps, and tells of the first promise that the ledger breaks. */
function findBrokenPromise(steps: readonly Step[]): string | undefined {
  let ledger = new ToolLedger([]);
  let attempt = 1;
  let ids = 0;
  let asked: { call: ToolCall; answer: string | undefined }[] = [];
  /** Successful executions, and the most times that one attempt asked, by thing. */
  const done = new Map<number, number>();
  const mostAsked = new Map<number, number>();
  const finishedKeys = new Set<string>();

  for (const next of steps) {
    switch (next.kind) {
      case 'restart':
        attempt += 1;
        asked = [];
        break;
      case 'continueAsNew':
        ledger = new ToolLedger(
          JSON.parse(JSON.stringify(ledger.carry({ outputBytes: 1_000_000, callBytes: 1_000_000 }))),
        );
        break;
      case 'repeat': {
        // A stale snapshot asks for what it has asked before: a known answer comes back unchanged.
        const known = asked[next.nth % Math.max(asked.length, 1)];
        if (known?.answer === undefined) break;
        const plan = ledger.plan(known.call, attempt, true, 'never used');
        if (plan.kind !== 'answered' || plan.output !== known.answer)
          return `${known.call.callId} was answered with ${known.answer}, and is now ${JSON.stringify(plan)}`;
        break;
      }
      case 'ask': {
        ids += 1;
        const toolCall = call(`call_${ids}`, 'tool', JSON.stringify({ what: next.what }));
        const plan = ledger.plan(toolCall, attempt, true, `key_${ids}`);
        const entry: { call: ToolCall; answer: string | undefined } = { call: toolCall, answer: undefined };
        asked.push(entry);
        const times = asked.filter((other) => other.call.arguments === toolCall.arguments).length;
        mostAsked.set(next.what, Math.max(mostAsked.get(next.what) ?? 0, times));
        if (plan.kind !== 'execute') {
          entry.answer = plan.output;
          break;
        }
        if (finishedKeys.has(plan.idempotencyKey)) return `${plan.idempotencyKey} is executed once more`;
        if (next.ends === 'finished') {
          done.set(next.what, (done.get(next.what) ?? 0) + 1);
          finishedKeys.add(plan.idempotencyKey);
        }
        if (next.ends !== 'crashed') {
          entry.answer = `output of ${toolCall.callId}`;
          ledger.record(toolCall.callId, attempt, entry.answer, next.ends === 'finished');
        }
        break;
      }
    }
  }
  for (const [what, count] of done) {
    if (count > (mostAsked.get(what) ?? 0)) return `${what} was done ${count} times`;
  }
  return undefined;
}
