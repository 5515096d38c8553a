import { call, poll, quick, scripted, webhook, type Scenario } from './scenario.ts';

/** Every kind of run of a provider that makes something new with each round, and cannot be asked what a lost call has made. */
export const responseScenarios: readonly Scenario[] = [
  {
    name: 'response-polling',
    input: { provider: 'response', input: 'What is 2+2?', policy: { wait: poll } },
  },
  {
    name: 'response-tools',
    input: {
      provider: 'response',
      input: 'Do it',
      tools: ['add', 'multiply'],
      request: scripted({ rounds: [[call(1), { name: 'multiply', arguments: { a: 2, b: 3 } }], [call(2)]] }),
      policy: { wait: webhook },
    },
  },
  {
    name: 'response-failed-and-restarted',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ by: 'durable_run_id', attempts: [{ error: { code: 'server_error' } }, {}] }),
      policy: { wait: webhook, restarts: { initialMs: 20 } },
    },
  },
  {
    name: 'response-create-adopted',
    input: { provider: 'response', input: 'Do it', policy: { ...quick, wait: webhook } },
    faults: [{ on: 'responses.create', fault: { kind: 'drop_reply' } }],
  },
  {
    name: 'response-create-recreated',
    input: {
      provider: 'response',
      input: 'Do it',
      policy: { ...quick, lostCreate: { settleMs: 20, webhookMs: 20 }, wait: webhook },
    },
    faults: [{ on: 'responses.create', fault: { kind: 'reset' } }],
  },
  {
    name: 'response-submit-adopted',
    input: {
      provider: 'response',
      input: 'Do it',
      tools: ['add'],
      request: scripted({ rounds: [[call(1)]] }),
      policy: { ...quick, wait: webhook },
    },
    faults: [{ on: 'responses.create', after: 1, fault: { kind: 'drop_reply' } }],
  },
  {
    name: 'response-cancelled',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ stuck: 'in_progress' }),
      policy: { wait: webhook },
    },
    cancelWhen: 'in_progress',
  },
  {
    name: 'response-lost',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ workMs: 10, queueMs: 10, retainMs: 1 }),
      policy: { wait: { ...poll, initialMs: 400, maximumMs: 400 } },
    },
  },
  {
    name: 'response-webhook',
    input: { provider: 'response', input: 'What is 2+2?', policy: { wait: webhook } },
  },
  {
    name: 'response-tools-polling',
    withoutWebhooks: true,
    input: {
      provider: 'response',
      input: 'Do it',
      tools: ['add'],
      request: scripted({ rounds: [[call(1), call(2)], [call(3)]] }),
      policy: { wait: poll },
    },
  },
  {
    name: 'response-tools-refused',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ rounds: [[{ name: 'nobody', arguments: {} }]] }),
      policy: { wait: poll },
    },
  },
  {
    name: 'response-restarted-after-tools',
    input: {
      provider: 'response',
      input: 'Do it',
      tools: ['add'],
      request: scripted({
        by: 'durable_run_id',
        attempts: [
          { rounds: [[call(1)]], error: { code: 'server_error' } },
          { rounds: [[call(1)], [call(2)]] },
        ],
      }),
      policy: { wait: webhook, restarts: { initialMs: 20 } },
    },
  },
  {
    name: 'response-restarts-exhausted',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ error: { code: 'server_error' } }),
      policy: { wait: webhook, restarts: { initialMs: 20, maximumAttempts: 2 } },
    },
  },
  {
    name: 'response-failed',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ error: { code: 'invalid_prompt' } }),
      policy: { wait: webhook },
    },
  },
  {
    name: 'response-incomplete',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ reason: 'max_output_tokens' }),
      policy: { wait: webhook },
    },
  },
  {
    name: 'response-timed-out',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ stuck: 'in_progress' }),
      policy: { wait: { ...poll, totalMs: 100 } },
    },
  },
  {
    name: 'response-total-deadline',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ stuck: 'in_progress' }),
      policy: { wait: webhook, deadlines: { totalMs: 400 } },
    },
  },
  {
    name: 'response-queued-too-long',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ by: 'durable_run_id', attempts: [{ stuck: 'queued' }, {}] }),
      policy: { wait: poll, deadlines: { queuedMs: 60 } },
    },
  },
  {
    name: 'response-checks-failing',
    input: { provider: 'response', input: 'Do it', policy: { ...quick, wait: poll } },
    faults: [{ on: 'responses.retrieve', times: 4, fault: { kind: 'status', status: 500 } }],
  },
  {
    name: 'response-not-created',
    input: { provider: 'response', input: 'Do it', request: { previous_response_id: 'resp_nobody' } },
  },
  {
    name: 'response-create-given-up',
    input: {
      provider: 'response',
      input: 'Do it',
      policy: {
        ...quick,
        lostCreate: { settleMs: 20, webhookMs: 20, whenNotFound: 'fail' },
        wait: webhook,
      },
    },
    faults: [{ on: 'responses.create', fault: { kind: 'reset' } }],
  },
  {
    name: 'response-create-orphaned',
    input: {
      provider: 'response',
      input: 'Do it',
      request: scripted({ by: 'durable_run_id', attempts: [{ workMs: 300 }, { workMs: 2_000 }] }),
      policy: { ...quick, lostCreate: { settleMs: 20, webhookMs: 20 }, wait: webhook },
    },
    faults: [{ on: 'responses.create', fault: { kind: 'drop_reply' } }],
  },
  {
    name: 'response-submit-recreated',
    input: {
      provider: 'response',
      input: 'Do it',
      tools: ['add'],
      request: scripted({ rounds: [[call(1)]] }),
      policy: { ...quick, lostCreate: { settleMs: 20, webhookMs: 20 }, wait: webhook },
    },
    faults: [{ on: 'responses.create', after: 1, fault: { kind: 'reset' } }],
  },
  {
    name: 'response-cancelled-in-a-tool',
    input: {
      provider: 'response',
      input: 'Do it',
      tools: ['linger'],
      request: scripted({ rounds: [[{ name: 'linger', arguments: {} }]] }),
      policy: { wait: webhook },
    },
    cancelWhen: 'linger',
  },
  {
    name: 'response-continued-as-new',
    input: {
      provider: 'response',
      input: 'Do it',
      tools: ['add'],
      request: scripted({ rounds: [[call(1)]], repeat: 4, workMs: 5, queueMs: 5 }),
      policy: { wait: webhook, continueAsNew: { afterEvents: 60 } },
    },
  },
];
