import type { FaultRuleInput, HttpFault, WebhookFault } from '../../simulator/index.ts';
import type { Random } from '../random.ts';
import type { Secrets } from '../stage/secrets.ts';
import { last, type Injection, type PlannedInjection } from './injection.ts';

/* What OpenAI does to its callers: for some seconds, some of the requests to some of the endpoints, or of the webhooks, go wrong. */

type RetryAfter = NonNullable<Extract<HttpFault, { kind: 'status' }>['retryAfter']>;

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

/** Stands for the API key, which is not known before the campaign is played, and must not be in its plan. */
export const keyPlace = '{the API key}';

/**
 * Each kind of fault that a run must survive; some are drawn with details of their own. Not among them: what is meant to end a run (400, 401,
 * 404, a spent quota), `stuck`, after which nothing can end what was made, `cut_stream`, for nothing here streams, and `refuse`, which is an
 * injection of its own.
 */
export const apiFaults: readonly ((random: Random) => HttpFault)[] = [
  (random) => ({ kind: 'status', status: 429, retryAfter: drawRetryAfter(random) }),
  () => ({ kind: 'status', status: 429, code: 'slow_down' }),
  // Never after the work, like each that says that nothing was done: that is what a repetition relies on.
  () => ({ kind: 'status', status: 409 }),
  () => ({ kind: 'status', status: 403, shouldRetry: true }),
  () => ({ kind: 'status', status: 503 }),
  // These say nothing of the work, and nor does a 503 without the API's own code.
  (random) => ({ kind: 'status', status: random.pick([408, 500, 502, 504]), when: drawWhen(random) }),
  (random) => ({ kind: 'status', status: 503, code: null, when: drawWhen(random) }),
  (random) => ({
    kind: 'status',
    status: random.pick([409, 429, 500, 502]),
    message: `Something went wrong with key ${keyPlace} (Authorization: Bearer ${keyPlace}).`,
  }),
  () => ({ kind: 'drop_reply' }),
  (random) => ({ kind: 'reset', when: drawWhen(random) }),
  (random) => ({ kind: 'truncate', cut: random.pick([true, false]) }),
  (random) => ({ kind: 'html', status: random.pick([200, 502, 503, 504]), when: drawWhen(random) }),
  (random) => ({ kind: 'delay', ms: random.integer(100, 6_500), when: drawWhen(random) }),
  () => ({ kind: 'unknown_status' }),
  () => ({ kind: 'after_webhook', withinMs: 4_000 }),
];

export const webhookFaults: readonly ((random: Random) => WebhookFault)[] = [
  () => ({ kind: 'lose' }),
  (random) => ({ kind: 'double', times: random.integer(2, 4) }),
  (random) => ({ kind: 'delay', ms: random.integer(200, 8_000) }),
  () => ({ kind: 'out_of_order', withinMs: 8_000 }),
  () => ({ kind: 'bad_signature' }),
  () => ({ kind: 'old_timestamp' }),
  () => ({ kind: 'future_timestamp' }),
  (random) => ({
    kind: 'receiver_error',
    status: random.pick([500, 503, 302, null]),
    delivered: random.pick([true, false]),
  }),
];

function drawWhen(random: Random): 'before' | 'after' {
  return random.pick(['before', 'after']);
}

/** The three ways in which servers say when to come back. */
function drawRetryAfter(random: Random): RetryAfter {
  const ms = random.integer(50, 2_000);
  return random.pick<RetryAfter>([{ ms }, { seconds: Math.ceil(ms / 1_000) }, { dateInMs: ms }]);
}

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
      await stage.simulator.addFaults(named.map((rule) => quoteKey(rule, stage.secrets)));
      await last(durationMs, calm);
      for (const { id } of named) await stage.simulator.removeFault(id);
    },
  };
}

/** Puts the key where a fault is to quote it. */
export function quoteKey<Rule extends FaultRuleInput>(rule: Rule, { apiKey }: Secrets): Rule {
  const { fault } = rule;
  if (fault.kind !== 'status' || fault.message === undefined) return rule;
  return { ...rule, fault: { ...fault, message: fault.message.replaceAll(keyPlace, apiKey) } };
}

function describeRule({ on, rate, fault: { kind, ...details } }: FaultRuleInput): string {
  const known = Object.entries(details).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return value ? [name] : [`not ${name}`];
    return typeof value === 'object' ? [] : [value];
  });
  return `${on} ${Math.round((rate ?? 1) * 100)} % ${[kind, ...known].join(' ')}`;
}

export const apiInjections: readonly Injection[] = [api, webhooks];
