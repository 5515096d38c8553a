import * as fc from 'fast-check';
import type { PolicyInput } from '../../core/policy.ts';
import { SCRIPT_KEY } from '../../simulator/index.ts';
import { mutated } from './hostile.ts';

/* Inputs that nobody would write, and of which most are taken all the same. Each run of them ends within seconds, whatever the provider does. */

const yearMs = 365 * 24 * 3600 * 1000;
const factor = fc.constantFrom(1, 1 + Number.EPSILON, 10);
const short = fc.constantFrom(1, 20, 50);
const anyNumber = fc.constantFrom(1, 50, yearMs);
const anyOrNone = fc.option(anyNumber);
const attempts = fc.constantFrom(1, 2, 1000);

const optional = { requiredKeys: [] };

/** Every field of a policy, each at its limits; but nothing that lets a run be without an end. */
const policies: fc.Arbitrary<PolicyInput> = fc.record({
  wait: fc.record(
    {
      mode: fc.constantFrom('polling' as const, 'relaxed' as const, 'webhook' as const),
      initialMs: anyNumber,
      factor,
      maximumMs: anyNumber,
      totalMs: anyOrNone,
    },
    optional,
  ),
  deadlines: fc.record({
    totalMs: fc.constantFrom(1, 200, 2_000, 2_000, 2_000),
    queuedMs: anyOrNone,
    whenQueuedTooLong: fc.constantFrom('restart' as const, 'fail' as const),
  }),
  restarts: fc.record(
    {
      maximumAttempts: attempts,
      failedCodes: fc.constantFrom([], [''], ['server_error'], ['__proto__', 'constructor']),
      initialMs: anyNumber,
      factor,
      maximumMs: anyNumber,
    },
    optional,
  ),
  whenThreadBusy: fc.constantFrom('wait' as const, 'cancel' as const, 'fail' as const),
  // A lost reply is settled whatever the deadline: how long that may take, these two say.
  calls: fc.record(
    {
      timeoutMs: fc.constantFrom(10_000, 600_000),
      initialMs: short,
      factor,
      maximumMs: anyNumber,
      maximumAttempts: attempts,
    },
    optional,
  ),
  lostCreate: fc.record({
    settleMs: short,
    webhookMs: fc.constantFrom(0, 1, yearMs),
    whenNotFound: fc.constantFrom('recreate' as const, 'fail' as const),
  }),
  cancel: fc.record({ confirmMs: fc.constantFrom(0, 1, 200) }),
  continueAsNew: fc.record({ afterEvents: fc.constantFrom(null, 10, 11) }, optional),
});

/** What the simulator does by itself, and everything else that it can be told to. */
const scripts = [
  {},
  { stuck: 'queued' },
  { stuck: 'in_progress' },
  { status: 'hibernating' },
  { error: { code: 'server_error' } },
  { end: 'cancelled' },
  { answerLength: 1_000_000 },
  { cancelTo: 'completed', stuck: 'in_progress' },
  { rounds: [[{ name: 'add', arguments: { a: 1, b: 2 } }, { name: 'constructor' }, { name: '\ud800' }]] },
  { rounds: [[{ name: 'add', arguments: '{' }]], repeat: 10 },
  { rounds: [Array.from({ length: 3 }, () => ({ name: '__proto__', arguments: '\u0000' }))] },
];

const requests = fc.oneof(
  fc.constantFrom(...scripts).map((script) => ({ metadata: { [SCRIPT_KEY]: JSON.stringify(script) } })),
  fc.constantFrom(
    { model: '\ud800' },
    { model: '' },
    { metadata: { length: 'x'.repeat(600) } },
    { assistant_id: 'x'.repeat(100_000) },
    { thread_id: '../../../responses' },
    { thread_id: '__proto__' },
    { previous_response_id: 'a\nb' },
    { background: false, stream: true, store: 'no' },
    { tools: [null, { type: '__proto__' }, { type: 'function', function: null }] },
  ),
);

/** Mostly the first, for a run that names what is not there is refused before anything else. */
function mostly<T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 8, arbitrary: good }, { weight: 1, arbitrary: bad });
}

const names = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  'x'.repeat(64),
  '-',
);
const texts = fc.constantFrom(
  'What is 2+2?',
  'Add 2 and 3, then multiply the result by 4',
  '\u0000',
  '\ud800',
  '\u001b[31m',
  '😀'.repeat(50_000),
);
const tools = fc.subarray(['add', 'multiply']);

const odd = fc.record(
  {
    provider: mostly(fc.constantFrom('response', 'assistant'), names),
    account: mostly(fc.constant('default'), names),
    input: texts,
    tools: mostly(tools, fc.array(names, { maxLength: 2 })),
    request: requests,
    policy: policies,
  },
  { requiredKeys: ['input', 'policy'] },
);

const whole = {
  provider: 'response',
  account: 'default',
  input: 'What is 2+2?',
  tools: ['add'],
  request: { model: 'gpt-sim', metadata: { mine: '1' }, tools: [{ type: 'web_search' }] },
  policy: {
    wait: { initialMs: 30, factor: 1.5, maximumMs: 80, totalMs: 1_000 },
    deadlines: { totalMs: 2_000, queuedMs: 1_000, whenQueuedTooLong: 'fail' },
    calls: { timeoutMs: 5_000, initialMs: 20, maximumAttempts: 3 },
    lostCreate: { settleMs: 20 },
    cancel: { confirmMs: 100 },
  },
};

/** An input as JSON: an odd one, or one with something wrong in one place of it. */
export const oddInputs: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: odd.map((input) => JSON.stringify(input)) },
  { weight: 1, arbitrary: mutated(fc.constant(whole)) },
);
