import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCalls } from '../../core/calls.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { runReportQuery } from '../../workflows/messages.ts';
import {
  addFault,
  addWebhookFault,
  countActivities,
  deadlineMs,
  dialect,
  failureOf,
  historyOf,
  logOf,
  newRunId,
  quickPolicy,
  reached,
  recordingTool,
  scripted,
  tellFailed,
  until,
  webhookPolicy,
} from './support.ts';

const { endpoints } = dialect;

const leisurely = recordingTool('leisurely', (n) => sleep(700, n));

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ tools: [leisurely.tool] });
});
afterAll(() => harness.stop());

describe.concurrent('giving up', () => {
  const usage = { prompt: 40, completion: 2 };

  it.each([
    {
      name: 'the waiting time',
      policy: quickPolicy({ wait: { totalMs: 300 } }),
      field: 'policy.wait.totalMs',
    },
    {
      name: 'the total deadline, by polling',
      policy: quickPolicy({ deadlines: { totalMs: deadlineMs } }),
      field: 'policy.deadlines.totalMs',
    },
    {
      name: 'the total deadline, with webhooks',
      policy: webhookPolicy({ deadlines: { totalMs: deadlineMs } }),
      field: 'policy.deadlines.totalMs',
    },
  ])("after $name cancels the provider's run and counts what it cost", async ({ policy, field }) => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'in_progress', usage }),
      policy: { ...policy, cancel: { confirmMs: 5_000 } },
    });
    const { type, message, result } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(message).toContain(field);
    expect(result).toMatchObject({ status: 'timed_out', text: null, usage: { totalTokens: 42 } });
    expect(result.error?.code).toBe('run.timed_out');
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['gave_up']);
    expect(result.calls.cancel).toBe(1);
    const log = logOf(harness, handle.workflowId);
    expect(log.statuses()).toEqual(['queued', 'in_progress', ...dialect.cancelled]);
    expect(log.counts()[endpoints.cancel]).toBe(1);
  });

  it('is decided by us: a provider that completes after all changes nothing but the bill', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'in_progress', cancelTo: 'completed', usage }),
      policy: webhookPolicy({ deadlines: { totalMs: deadlineMs }, cancel: { confirmMs: 5_000 } }),
    });
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(result).toMatchObject({ text: null, usage: { totalTokens: 42 } });
    await reached(harness, handle.workflowId, 'completed');
    expect(logOf(harness, handle.workflowId).statuses().at(-1)).toBe('completed');
  });

  it('on what the provider does not know yet asks it to cancel until it does', async () => {
    const id = newRunId();
    const gone = { kind: 'status', status: 404 } as const;
    // The last look, and the first cancel.
    addFault(harness, id, endpoints.retrieve, gone);
    addFault(harness, id, endpoints.cancel, gone);
    const handle = await harness.start(
      {
        input: 'Hello',
        request: scripted({ stuck: 'in_progress', usage }),
        policy: webhookPolicy({ wait: { totalMs: 300 }, cancel: { confirmMs: 20_000 } }),
      },
      id,
    );
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['gave_up']);
    expect(result).toMatchObject({ usage: { totalTokens: 42 }, calls: { cancel: 2 } });
    expect(logOf(harness, id).active()).toEqual([]);
  });

  it('finds that the run has completed in that very instant, and takes its answer', async () => {
    const id = newRunId();
    // One look fits into the waiting time, and it fails: that the run has completed, only its cancel tells.
    addFault(harness, id, endpoints.retrieve, { kind: 'status', status: 500 });
    addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    const handle = await harness.start(
      {
        input: 'What is 2+2?',
        policy: quickPolicy({
          wait: { initialMs: 300, maximumMs: 300, totalMs: 300 },
          calls: { maximumAttempts: 1 },
        }),
      },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', error: null });
    const made = addCalls({ create: 1, retrieve: 2, cancel: 1 }, dialect.answering);
    expect(result.calls).toEqual({ ...dialect.preparation, ...made });
    const refused = logOf(harness, id)
      .entries()
      .filter((entry) => entry.kind === 'request' && entry.endpoint === endpoints.cancel);
    expect(refused).toEqual([expect.objectContaining({ status: 400 })]);
  });

  it('takes any other end that the run has come to in that very instant, too', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.retrieve, { kind: 'status', status: 500 });
    addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    const handle = await harness.start(
      {
        input: 'Hello',
        request: scripted(dialect.incomplete),
        policy: quickPolicy({
          wait: { initialMs: 300, maximumMs: 300, totalMs: 300 },
          calls: { maximumAttempts: 1 },
        }),
      },
      id,
    );
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.incomplete');
    expect(result).toMatchObject({ error: { code: dialect.incomplete.reason } });
  });

  it('counts the time in which a check waits to be tried again', async () => {
    const id = newRunId();
    const later = { kind: 'status', status: 429, headers: { 'retry-after': '3600' } } as const;
    addFault(harness, id, endpoints.retrieve, later, { times: null });
    const handle = await harness.start(
      {
        input: 'Hello',
        request: scripted({ stuck: 'in_progress' }),
        policy: quickPolicy({
          wait: { initialMs: 50, maximumMs: 50, totalMs: 300 },
          calls: { timeoutMs: 1_000 },
          cancel: { confirmMs: 0 },
        }),
      },
      id,
    );
    const { type } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
  });

  it('ends a create that is tried again until there is no time left', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'status', status: 429 }, { times: null });
    const policy = webhookPolicy({ deadlines: { totalMs: 1_500 }, calls: { maximumAttempts: 1_000 } });
    const handle = await harness.start({ input: 'Hello', policy }, id);
    const { type, message, result } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(message).toContain('policy.deadlines.totalMs');
    expect(result).toMatchObject({ error: { code: 'run.timed_out' }, attempts: [] });
  });

  it('ends the pause after a lost reply', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'status', status: 500 });
    const policy = webhookPolicy({ deadlines: { totalMs: 1_500 }, lostCreate: { settleMs: 3_600_000 } });
    const handle = await harness.start({ input: 'Hello', policy }, id);
    const { type } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
  });

  it('does not end a create that the provider does not want again for hours: it is refused', async () => {
    const id = newRunId();
    const later = { kind: 'status', status: 429, headers: { 'retry-after': '7200' } } as const;
    addFault(harness, id, endpoints.create, later);
    const handle = await harness.start({ input: 'Hello', policy: webhookPolicy() }, id);
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.not_created');
    expect(result).toMatchObject({ error: { code: 'provider.rate_limited' } });
  });

  it('ends the run although the provider cannot be asked to cancel', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.cancel, { kind: 'status', status: 500 }, { times: null });
    const handle = await harness.start(
      {
        input: 'Hello',
        request: scripted({ stuck: 'in_progress' }),
        policy: webhookPolicy({ deadlines: { totalMs: deadlineMs }, calls: { maximumAttempts: 2 } }),
      },
      id,
    );
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(result.attempts).toEqual([expect.objectContaining({ outcome: 'gave_up', usage: null })]);
    // It is asked again as long as it may confirm, each time with the two tries that the policy allows.
    expect(result.calls.cancel).toBeGreaterThanOrEqual(4);
  });

  it('asks again to cancel when the provider could not be asked at first', async () => {
    const id = newRunId();
    // The tries of the first cancel, all of them.
    addFault(harness, id, endpoints.cancel, { kind: 'status', status: 500 }, { times: 2 });
    const handle = await harness.start(
      {
        input: 'Hello',
        request: scripted({ stuck: 'in_progress' }),
        policy: webhookPolicy({
          deadlines: { totalMs: deadlineMs },
          calls: { maximumAttempts: 2 },
          cancel: { confirmMs: 5_000 },
        }),
      },
      id,
    );
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(result.calls.cancel).toBe(3);
    expect(logOf(harness, id).active()).toEqual([]);
  });
});

describe.concurrent('the waiting time', () => {
  it('does not count what the tools take', async () => {
    const handle = await harness.start({
      input: 'Work',
      tools: ['leisurely'],
      request: scripted({ queueMs: 5, workMs: 5, rounds: [[{ name: 'leisurely', arguments: { n: 1 } }]] }),
      policy: quickPolicy({ wait: { initialMs: 650, maximumMs: 650, totalMs: 650 } }),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolCalls: 1 });
  });
});

describe.concurrent('an attempt that stays queued', () => {
  it('is cancelled and restarted', async () => {
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: scripted({ attempts: [{ stuck: 'queued' }, {}] }),
      policy: webhookPolicy({ deadlines: { queuedMs: 120 } }),
    });
    const result = await handle.result();

    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['queued_too_long', 'completed']);
    const log = logOf(harness, handle.workflowId);
    expect(log.statuses(result.attempts[0]?.ref.id)).toEqual(['queued', ...dialect.cancelled]);
    expect(log.active()).toEqual([]);
  });

  it.each([
    { name: 'the policy says so', deadlines: { whenQueuedTooLong: 'fail' }, restarts: {} },
    { name: 'no attempt is left', deadlines: {}, restarts: { maximumAttempts: 1 } },
  ] as const)('is cancelled, and the run fails, where $name', async ({ deadlines, restarts }) => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'queued' }),
      policy: webhookPolicy({ deadlines: { queuedMs: 120, ...deadlines }, restarts }),
    });
    const { type, message } = await failureOf(handle);

    expect(type).toBe('run.queued_too_long');
    expect(message).toContain('policy.deadlines.queuedMs');
    const log = logOf(harness, handle.workflowId);
    expect(log.providerRuns()).toHaveLength(1);
    expect(log.active()).toEqual([]);
  });

  it('is looked at once more before it is given up: one that works is left alone', async () => {
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: scripted({ queueMs: 10, workMs: 600_000 }),
      policy: webhookPolicy({ deadlines: { queuedMs: 100 } }),
    });
    await until(async () => (await handle.query(runReportQuery)).calls.retrieve);
    await tellFailed(handle);
    const { result } = await failureOf(handle);

    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['failed']);
    expect(result.calls).toEqual({ ...dialect.preparation, create: 1, retrieve: 1 });
    const activities = countActivities(await historyOf(handle));
    expect(activities).toEqual({ createRun: dialect.preparations + 1, retrieveRun: 1 });
  });
});
