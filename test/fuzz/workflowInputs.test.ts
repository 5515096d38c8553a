import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRunInput } from '../../core/input.ts';
import { canonicalJson, isObject } from '../../core/json.ts';
import { getPolicySchema } from '../../core/policy.ts';
import { readWakeUp } from '../../core/wakeUpSchema.ts';
import { cases, everyFlaw, isPolluted, mutated, nested } from './hostile.ts';
import { tag } from './replies.ts';

/* What anybody may send who can write to the namespace: a run's input, and signals. Both come as JSON. */

const inputs = [
  { input: 'What is 2+2?' },
  {
    provider: 'response',
    account: 'default',
    input: 'What is 2+2?',
    tools: ['add'],
    request: { model: 'gpt-sim', metadata: { mine: '1' }, tools: [{ type: 'web_search' }] },
    policy: getPolicySchema().parse({}),
  },
];

function explainInput(json: string): string | undefined {
  const checked = checkRunInput(JSON.parse(json));
  if (!checked.ok) {
    return /^The run's input is not valid[.:] /.test(checked.message) ? undefined : checked.message;
  }
  // What was accepted is accepted again: a run that continues as new hands its input on.
  const again = checkRunInput(checked.input);
  if (!again.ok) return 'what was accepted is refused';
  const [first, second] = [checked, again].map(({ input }) => canonicalJson(JSON.stringify(input)));
  return first === second ? undefined : 'it changes';
}

const ref = { id: 'resp_1', containerId: 'thread_1', readWith: 'x' };
const facts = { ref, tag, model: 'gpt-sim', endedAtMs: 1, expiresAtMs: 2 };
const wakeUps = [
  {
    webhookId: 'wh_1',
    eventType: 'response.completed',
    ref,
    tag,
    snapshot: {
      ...facts,
      status: 'completed',
      output: { text: '4', isJson: true, refusal: 'No.', items: [{ a: 1 }] },
    },
    calls: { retrieve: 1 },
  },
  {
    webhookId: 'wh_2',
    eventType: 'thread.run.requires_action',
    ref,
    snapshot: {
      ...facts,
      status: 'requires_action',
      toolCalls: [{ callId: 'call_1', name: 'add', arguments: '{}' }],
    },
  },
];

function explainWakeUp(json: string): string | undefined {
  const wakeUp = readWakeUp(JSON.parse(json));
  if (wakeUp === undefined) return undefined;
  const isWhole = typeof wakeUp.webhookId === 'string' && wakeUp.webhookId !== '' && isObject(wakeUp.ref);
  return isWhole && JSON.stringify(wakeUp) !== '' ? undefined : 'a part of it is missing';
}

describe.each<[string, readonly object[], (json: string) => string | undefined]>([
  ['a run’s input', inputs, explainInput],
  ['a wake-up', wakeUps, explainWakeUp],
])('%s', (_name, bases, explain) => {
  test('as it is to be', () => {
    for (const base of bases) expect(explain(JSON.stringify(base))).toBeUndefined();
  });

  test('every field missing, null, of every wrong type, huge and deeply nested', () => {
    for (const json of bases.flatMap(everyFlaw)) expect([json, explain(json)]).toEqual([json, undefined]);
    expect(isPolluted()).toBe(false);
  });

  test('something wrong anywhere', () => {
    fc.assert(
      fc.property(mutated(fc.constantFrom(...bases)), (json) => {
        expect(explain(json)).toBeUndefined();
      }),
      cases(250),
    );
    expect(isPolluted()).toBe(false);
  });
});

test.each([
  [198, undefined],
  [199, "The run's input is not valid: it is nested more than 200 deep."],
  [50_000, "The run's input is not valid: it is nested more than 200 deep."],
])('a request with %i arrays in one another: %s', (depth, message) => {
  const checked = checkRunInput({ input: 'Hello', request: { model: JSON.parse(nested(depth)) } });
  expect(checked.ok ? undefined : checked.message).toBe(message);
});
