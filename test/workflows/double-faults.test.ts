import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../providers/account.ts';
import { runReportQuery, wakeUpSignal } from '../../workflows/messages.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import {
  addFault,
  addWebhookFault,
  causeOf,
  chainOf,
  deadlineMs,
  deliverLost,
  dialect,
  failureOf,
  logOf,
  newRunId,
  recordingTool,
  scripted,
  tokensSpent,
  until,
  webhookPolicy,
} from './support.ts';

/* Two things that go wrong at once: where one of them alone is taken care of, the other must not undo it. */

const { endpoints } = dialect;
const count = recordingTool('count');
const slow = recordingTool('slow', (n) => sleep(deadlineMs + 500).then(() => n), { timeoutMs: 10_000 });

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ tools: [count.tool, slow.tool] });
});
afterAll(() => harness.stop());

const question = 'What is 2+2?';
const oneRound = { rounds: [[{ name: 'count', arguments: { n: 1 } }]] };
/** So short that the first create is given up before its webhook comes. */
const impatient = { settleMs: 1, webhookMs: 50 };

describe.runIf(!dialect.searchable).concurrent('a create whose reply was lost', () => {
  it('and whose webhook brings no snapshot, for the answer is too long, is adopted all the same', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'drop_reply' });
    const handle = await harness.start(
      {
        input: 'Talk',
        request: scripted({ answer: 'x', answerLength: 600_000, queueMs: 300 }),
        policy: webhookPolicy(),
      },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', recreations: 0, orphans: [] });
    expect(result.attempts).toEqual([expect.objectContaining({ adopted: true })]);
    expect(result.text).toHaveLength(600_000);
    expect(logOf(harness, id).providerRuns()).toHaveLength(1);
  });

  it('and is heard of while its repetition waits for the rate limit is adopted: the repetition is called off', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'drop_reply' });
    const limited = { kind: 'status', status: 429, headers: { 'retry-after': '3600' } } as const;
    addFault(harness, id, endpoints.create, limited);
    const handle = await harness.start(
      {
        input: question,
        request: scripted({ queueMs: 3_000 }),
        policy: webhookPolicy({ lostCreate: impatient, deadlines: { totalMs: 24 * 3_600_000 } }),
      },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', orphans: [] });
    expect(logOf(harness, id).providerRuns()).toEqual([result.attempts[0]?.ref.id]);
  });

  it('and locks the conversation against its repetition is adopted', async () => {
    const { id: conversation } = await createClient(harness.account).conversations.create();
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'drop_reply' });
    const handle = await harness.start(
      {
        input: question,
        request: scripted({ queueMs: 1_500 }, { conversation }),
        policy: webhookPolicy({
          lostCreate: impatient,
          // The next try comes long after the first response, and the lock, have ended.
          calls: { initialMs: 60_000, maximumMs: 60_000 },
          deadlines: { totalMs: 3_600_000 },
        }),
      },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', orphans: [] });
    expect(logOf(harness, id).providerRuns()).toEqual([result.attempts[0]?.ref.id]);
  });

  it('is waited for when its repetition is refused for good: that proves nothing of the first', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'drop_reply' });
    const quota = { kind: 'status', status: 429, code: 'insufficient_quota' } as const;
    addFault(harness, id, endpoints.create, quota);
    const handle = await harness.start(
      {
        input: question,
        request: scripted({ queueMs: 1_000 }),
        policy: webhookPolicy({ lostCreate: { settleMs: 1, webhookMs: 800 } }),
      },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', orphans: [] });
    expect(logOf(harness, id).providerRuns()).toEqual([result.attempts[0]?.ref.id]);
  });

  it('is not sent again and again, however many tries the policy allows', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'truncate' }, { times: null });
    addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    const handle = await harness.start(
      {
        input: question,
        policy: webhookPolicy({ lostCreate: { settleMs: 1, webhookMs: 1 }, calls: { maximumAttempts: 12 } }),
      },
      id,
    );
    const { result } = await failureOf(handle);

    expect(result).toMatchObject({ status: 'not_created', recreations: 2 });
    expect(logOf(harness, id).providerRuns()).toHaveLength(3);
  });
});

describe.runIf(dialect.searchable)('a submit whose reply was lost, and that cannot be looked for', () => {
  it('has worked when a webhook asks for the next round', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.submit, { kind: 'drop_reply' });
    addFault(harness, id, endpoints.retrieve, { kind: 'status', status: 500 }, { times: null });
    const handle = await harness.start(
      {
        input: 'Count',
        tools: ['count'],
        request: scripted({ ...oneRound, repeat: 2 }),
        policy: webhookPolicy(),
      },
      id,
    );
    expect(await handle.result()).toMatchObject({ status: 'completed', toolRounds: 2, toolCalls: 2 });
  });
});

describe.concurrent('an attempt that is given up', () => {
  it('for queueing too long is not followed by another while it may live: the cancel failed', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.cancel, { kind: 'status', status: 500 }, { times: null });
    addFault(harness, id, endpoints.retrieve, { kind: 'status', status: 500 }, { times: null, after: 1 });
    const handle = await harness.start(
      {
        input: question,
        request: scripted({ attempts: [{ stuck: 'queued' }, {}] }),
        policy: webhookPolicy({ deadlines: { queuedMs: 300 }, cancel: { confirmMs: 300 } }),
      },
      id,
    );
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.queued_too_long');
    expect(result.error?.message).toContain('It could not be cancelled');
    expect(logOf(harness, id).providerRuns()).toHaveLength(1);
  });

  it('for queueing too long, and completes after all, has an answer', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.cancel, { kind: 'status', status: 500 }, { times: null });
    const handle = await harness.start(
      {
        input: question,
        request: scripted({ attempts: [{ queueMs: 1_500 }, {}] }),
        policy: webhookPolicy({ deadlines: { queuedMs: 300 }, cancel: { confirmMs: 10_000 } }),
      },
      id,
    );
    expect(await handle.result()).toMatchObject({ status: 'completed', text: '2+2 = 4.' });
    expect(logOf(harness, id).providerRuns()).toHaveLength(1);
  });

  it('as the total deadline passed while its tools ran is not paid for once more', async () => {
    const handle = await harness.start({
      input: 'Count',
      tools: ['slow'],
      request: scripted({ rounds: [[{ name: 'slow', arguments: { n: 1 } }]] }),
      policy: webhookPolicy({ deadlines: { totalMs: deadlineMs } }),
    });
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(result.calls.submitToolOutputs).toBeUndefined();
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
    expect(logOf(harness, handle.workflowId).active()).toEqual([]);
  });

  it.runIf(dialect.cancelsAtOnce)('by the user, and completes after all, is counted', async () => {
    const id = newRunId();
    const handle = await harness.start(
      {
        input: 'Hello',
        request: scripted({ stuck: 'in_progress', cancelTo: 'completed', cancelMs: 300 }),
        policy: webhookPolicy({ cancel: { confirmMs: 20_000 } }),
      },
      id,
    );
    await until(async () => (logOf(harness, id).statuses().includes('in_progress') ? true : undefined));
    await handle.cancel();
    await causeOf(handle);

    const report = await handle.query(runReportQuery);
    expect(report.status).toBe('cancelled');
    expect(report.usage.totalTokens).toBeGreaterThan(0);
    expect(report.usage.totalTokens).toBe(tokensSpent(harness, id));
  });
});

describe.concurrent('what a provider says', () => {
  it('of a failure is told without the keys in it', async () => {
    const message = `Incorrect key: ${harness.account.apiKey}`;
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ error: { code: 'invalid_prompt', message } }),
      policy: webhookPolicy(),
    });
    const { result } = await failureOf(handle);

    expect(result.error?.message).toContain('Incorrect key');
    expect(JSON.stringify(result)).not.toContain(harness.account.apiKey);
  });

  it('by a webhook of another account is not listened to', async () => {
    const id = newRunId();
    addWebhookFault(harness, id, `webhook:${dialect.eventPrefix}completed`, { kind: 'lose' });
    const handle = await harness.start({ input: question, policy: webhookPolicy() }, id);
    const { current } = await until(async () => {
      const report = await handle.query(runReportQuery);
      return report.current === null ? undefined : report;
    });
    const ref = current?.ref ?? { id: '' };
    await handle.signal(wakeUpSignal, {
      webhookId: 'wh_of_another',
      eventType: `${dialect.eventPrefix}completed`,
      account: 'another',
      ref,
      snapshot: { ref, status: 'completed', output: { text: 'forged' } },
    });
    await deliverLost(harness, id);
    expect(await handle.result()).toMatchObject({ status: 'completed', text: '2+2 = 4.' });
  });
});

describe.runIf(dialect.hasConversations)('a restart that the provider refuses', () => {
  it.each([
    { also: '', afterEvents: null, executions: 1 },
    { also: ', also when it continues as new in between', afterEvents: 20, executions: 2 },
  ])(
    'leaves the run with the reason of the attempt that failed$also',
    async ({ afterEvents, executions }) => {
      const { id: conversation } = await createClient(harness.account).conversations.create();
      const handle = await harness.start({
        input: 'Count',
        tools: ['count'],
        // The call of the first hop stays in the conversation, without its output.
        request: scripted({ ...oneRound, error: { code: 'rate_limit_exceeded' } }, { conversation }),
        policy: webhookPolicy({ restarts: { maximumAttempts: 2 }, continueAsNew: { afterEvents } }),
      });
      const { type, result } = await failureOf(handle);

      expect(type).toBe('run.failed');
      expect(result.error?.code).toBe('rate_limit_exceeded');
      expect(result.error?.message).toContain(
        'Another attempt could not be created: 400 No tool output found',
      );
      expect(await chainOf(harness, handle)).toHaveLength(executions);
      expect(result.attempts).toHaveLength(1);
    },
  );
});
