import { call, poll, quick, scripted, webhook, type Scenario } from './scenario.ts';

/** Every kind of run of a provider that goes on with one thing, and can be asked what a lost call has made. */
export const assistantScenarios: readonly Scenario[] = [
  { name: 'polling', input: { input: 'What is 2+2?', policy: { wait: poll } } },
  { name: 'webhook', input: { input: 'What is 2+2?', policy: { wait: webhook } } },
  {
    name: 'tools',
    input: {
      input: 'Do it',
      tools: ['add', 'multiply'],
      request: scripted({ rounds: [[call(1), { name: 'multiply', arguments: { a: 2, b: 3 } }], [call(2)]] }),
      policy: { wait: webhook },
    },
  },
  {
    name: 'tools-refused',
    input: {
      input: 'Do it',
      request: scripted({
        rounds: [
          [
            { name: 'nobody', arguments: {} },
            { name: 'add', arguments: '{' },
          ],
        ],
      }),
      policy: { wait: poll },
    },
  },
  {
    name: 'expired-and-restarted',
    input: {
      input: 'Do it',
      tools: ['add'],
      request: scripted({
        rounds: [[call(1)]],
        attempts: [{ rounds: [[call(1)], [call(2)]], queueMs: 10, expiresAfterMs: 900, workMs: 400 }, {}],
      }),
      policy: { wait: webhook },
    },
  },
  {
    name: 'failed-and-restarted',
    input: {
      input: 'Do it',
      request: scripted({ attempts: [{ error: { code: 'server_error' } }, {}] }),
      policy: { wait: webhook, restarts: { initialMs: 20 } },
    },
  },
  {
    name: 'failed',
    input: {
      input: 'Do it',
      request: scripted({ error: { code: 'invalid_prompt' } }),
      policy: { wait: webhook },
    },
  },
  { name: 'incomplete', input: { input: 'Do it', request: scripted({ reason: 'max_completion_tokens' }) } },
  {
    name: 'timed-out',
    input: {
      input: 'Do it',
      request: scripted({ stuck: 'in_progress' }),
      policy: { wait: { ...poll, totalMs: 100 } },
    },
  },
  {
    name: 'queued-too-long',
    input: {
      input: 'Do it',
      request: scripted({ attempts: [{ stuck: 'queued' }, {}] }),
      policy: { wait: poll, deadlines: { queuedMs: 60 } },
    },
  },
  {
    name: 'cancelled',
    input: { input: 'Do it', request: scripted({ stuck: 'in_progress' }), policy: { wait: webhook } },
    cancelWhen: 'in_progress',
  },
  {
    name: 'create-reply-lost',
    input: { input: 'Do it', policy: { ...quick, wait: poll } },
    faults: [{ on: 'runs.create', fault: { kind: 'drop_reply' } }],
  },
  {
    name: 'create-lost-and-recreated',
    input: { input: 'Do it', policy: { ...quick, wait: poll } },
    faults: [{ on: 'runs.create', fault: { kind: 'reset' } }],
  },
  {
    name: 'checks-failing',
    input: { input: 'Do it', policy: { ...quick, wait: poll } },
    faults: [{ on: 'runs.retrieve', times: 4, fault: { kind: 'status', status: 500 } }],
  },
  {
    name: 'not-created',
    input: { input: 'Do it', request: { assistant_id: 'asst_nobody' } },
  },
  { name: 'invalid-input', input: { input: '' } },
  {
    name: 'continued-as-new',
    input: {
      input: 'Do it',
      tools: ['add'],
      request: scripted({ rounds: [[call(1)]], repeat: 8, workMs: 5, queueMs: 5 }),
      policy: { wait: webhook, continueAsNew: { afterEvents: 60 } },
    },
  },
  {
    name: 'relaxed',
    withoutWebhooks: true,
    input: { input: 'What is 2+2?', policy: { wait: { ...poll, mode: 'relaxed' } } },
  },
  {
    name: 'tools-polling',
    withoutWebhooks: true,
    input: {
      input: 'Do it',
      tools: ['add'],
      request: scripted({ rounds: [[call(1), call(2)], [call(3)]] }),
      policy: { wait: poll },
    },
  },
  {
    name: 'tool-failing',
    input: {
      input: 'Do it',
      tools: ['refuse'],
      request: scripted({ rounds: [[{ name: 'refuse', arguments: {} }]] }),
      policy: { wait: webhook },
    },
  },
  {
    name: 'submit-reply-lost',
    input: {
      input: 'Do it',
      tools: ['add'],
      request: scripted({ rounds: [[call(1)]] }),
      policy: { ...quick, wait: webhook },
    },
    faults: [{ on: 'runs.submitToolOutputs', fault: { kind: 'drop_reply' } }],
  },
  {
    name: 'submit-lost-and-repeated',
    input: {
      input: 'Do it',
      tools: ['add'],
      request: scripted({ rounds: [[call(1)]] }),
      policy: { ...quick, wait: webhook },
    },
    faults: [{ on: 'runs.submitToolOutputs', fault: { kind: 'reset' } }],
  },
  {
    name: 'create-lost-and-given-up',
    input: {
      input: 'Do it',
      policy: { ...quick, lostCreate: { settleMs: 20, whenNotFound: 'fail' }, wait: poll },
    },
    faults: [{ on: 'runs.create', fault: { kind: 'reset' } }],
  },
  {
    name: 'webhook-without-answer',
    input: { input: 'Do it', policy: { ...quick, wait: webhook } },
    // The bridge cannot read the answer, so its signal is only a hint to look.
    faults: [{ on: 'messages.list', times: 3, fault: { kind: 'status', status: 500 } }],
  },
  {
    name: 'restarts-exhausted',
    input: {
      input: 'Do it',
      request: scripted({ error: { code: 'server_error' } }),
      policy: { wait: webhook, restarts: { initialMs: 20, maximumAttempts: 2 } },
    },
  },
  {
    name: 'lost',
    input: {
      input: 'Do it',
      request: scripted({ stuck: 'in_progress' }),
      policy: { wait: poll, restarts: { maximumAttempts: 1 } },
    },
    faults: [{ on: 'runs.retrieve', after: 1, fault: { kind: 'status', status: 404 } }],
  },
  {
    name: 'total-deadline',
    input: {
      input: 'Do it',
      request: scripted({ stuck: 'in_progress' }),
      policy: { wait: webhook, deadlines: { totalMs: 400 } },
    },
  },
  {
    name: 'thread-busy-and-waited-for',
    input: { input: 'Do it', policy: { wait: webhook } },
    threadHeldBy: { workMs: 300 },
  },
  {
    name: 'thread-busy-and-cancelled',
    input: { input: 'Do it', policy: { wait: webhook, whenThreadBusy: 'cancel' } },
    threadHeldBy: { stuck: 'in_progress' },
  },
  {
    name: 'thread-busy-and-refused',
    input: { input: 'Do it', policy: { wait: webhook, whenThreadBusy: 'fail' } },
    threadHeldBy: { stuck: 'in_progress' },
  },
  {
    name: 'cancelled-while-created',
    input: { input: 'Do it', request: scripted({ stuck: 'in_progress' }), policy: { wait: webhook } },
    faults: [{ on: 'runs.create', fault: { kind: 'delay', ms: 500, when: 'after' } }],
    cancelWhen: 'queued',
  },
  {
    name: 'cancelled-in-a-tool',
    input: {
      input: 'Do it',
      tools: ['linger'],
      request: scripted({ rounds: [[{ name: 'linger', arguments: {} }]] }),
      policy: { wait: webhook },
    },
    cancelWhen: 'linger',
  },
];
