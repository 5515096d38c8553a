import type { RunInput } from '../../core/input.ts';
import type { FaultRuleInput } from '../../simulator/index.ts';

/** A kind of run whose history is recorded. */
export interface Scenario {
  readonly name: string;
  readonly input: RunInput;
  /** Faults for this run alone. */
  readonly faults?: readonly FaultRuleInput[];
  /** The user cancels the run when its simulated run has this status. */
  readonly cancelWhen?: string;
}

const poll = { mode: 'polling', initialMs: 20, maximumMs: 40 } as const;
const webhook = { mode: 'webhook' } as const;
const scripted = (script: object): RunInput['request'] => ({
  metadata: { simulator: JSON.stringify(script) },
});
const call = (a: number) => ({ name: 'add', arguments: { a, b: 1 } });
const quick = { calls: { initialMs: 10, maximumMs: 20 }, lostCreate: { settleMs: 20 } };

/** Every kind of run that exists. A later kind is one more entry, recorded by the release that brings it. */
export const scenarios: readonly Scenario[] = [
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
  // A provider that makes something new with each round, and cannot be asked what a lost call has made.
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
];
