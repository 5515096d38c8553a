import type { FaultRuleInput, HttpFault, WebhookFault } from '../../simulator/index.ts';
import type { Random } from '../random.ts';
import { last, type Injection, type PlannedInjection } from './injection.ts';

/* What OpenAI does to its callers: for some seconds, some of the requests to some of the endpoints, or of the webhooks, go wrong. */

const endpoints = [
  'responses.create',
  'responses.retrieve',
  'responses.cancel',
  'threads.create',
  'runs.create',
  'runs.list',
  'runs.retrieve',
  'runs.cancel',
  'runs.submitToolOutputs',
  'messages.list',
] as const;

/** Each kind of fault that a run must survive; some are drawn with details of their own. */
const apiFaults: readonly ((random: Random) => HttpFault)[] = [
  (random) => ({ kind: 'status', status: 429, retryAfter: { ms: random.integer(50, 2_000) } }),
  () => ({ kind: 'status', status: 429, code: 'slow_down' }),
  (random) => ({ kind: 'status', status: 500, when: random.pick(['before', 'after']) }),
  // Never after the work: a provider that says it is overloaded has done nothing, and that is what a repetition relies on.
  () => ({ kind: 'status', status: 503 }),
  () => ({ kind: 'drop_reply' }),
  (random) => ({ kind: 'reset', when: random.pick(['before', 'after']) }),
  (random) => ({ kind: 'truncate', cut: random.pick([true, false]) }),
  (random) => ({ kind: 'html', when: random.pick(['before', 'after']) }),
  (random) => ({ kind: 'delay', ms: random.integer(100, 6_500), when: random.pick(['before', 'after']) }),
  () => ({ kind: 'unknown_status' }),
  () => ({ kind: 'after_webhook', withinMs: 4_000 }),
];

const webhookFaults: readonly ((random: Random) => WebhookFault)[] = [
  () => ({ kind: 'lose' }),
  (random) => ({ kind: 'double', times: random.integer(2, 4) }),
  (random) => ({ kind: 'delay', ms: random.integer(200, 8_000) }),
  () => ({ kind: 'out_of_order', withinMs: 8_000 }),
  () => ({ kind: 'bad_signature' }),
  () => ({ kind: 'old_timestamp' }),
  () => ({ kind: 'receiver_error' }),
];

export const api: Injection = {
  name: 'API faults',
  weight: 6,
  plan(random) {
    const on = Array.from({ length: random.integer(2, 5) }, () => random.pick(endpoints));
    const rules = [...new Set(on)].map((endpoint): FaultRuleInput => {
      return { on: endpoint, rate: drawRate(random), fault: random.pick(apiFaults)(random) };
    });
    return storm(random, rules);
  },
};

export const webhooks: Injection = {
  name: 'webhook faults',
  weight: 4,
  plan(random) {
    const fault = random.pick(webhookFaults)(random);
    return storm(random, [{ on: 'webhook:*', rate: drawRate(random), fault }]);
  },
};

/** In hundredths, so that it reads well. */
function drawRate(random: Random): number {
  return random.integer(10, 60) / 100;
}

/** Rules that hold for some seconds. */
function storm(random: Random, rules: readonly FaultRuleInput[]): PlannedInjection {
  const durationMs = random.integer(2_000, 8_000);
  const name = random.integer(0, 2 ** 31).toString(36);
  const named = rules.map((rule, index) => ({ ...rule, id: `storm-${name}-${index}` }));
  return {
    detail: `${rules.map(describeRule).join(', ')} for ${durationMs} ms`,
    durationMs,
    async inject({ stage, calm }) {
      await stage.simulator.addFaults(named);
      await last(durationMs, calm);
      for (const { id } of named) await stage.simulator.removeFault(id);
    },
  };
}

function describeRule({ on, rate, fault: { kind, ...details } }: FaultRuleInput): string {
  const known = Object.values(details).filter((value) => typeof value !== 'object');
  return `${on} ${Math.round((rate ?? 1) * 100)} % ${[kind, ...known].join(' ')}`;
}

export const apiInjections: readonly Injection[] = [api, webhooks];
