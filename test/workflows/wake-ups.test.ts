import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHarness, type Harness } from '../support/harness.ts';
import { runReportQuery, wakeUpSignal } from '../../workflows/messages.ts';
import {
  addFault,
  addWebhookFault,
  countActivities,
  deliverLost,
  dialect,
  doing,
  failureOf,
  historyOf,
  logOf,
  newRunId,
  openThreads,
  providerRun,
  quickPolicy,
  recordingTool,
  scripted,
  seen,
  tellFailed,
  tokensSpent,
  until,
  webhookPolicy,
} from './support.ts';

const { endpoints } = dialect;

const count = recordingTool('count');

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ tools: [count.tool] });
});
afterAll(() => harness.stop());

describe.concurrent('a webhook', () => {
  it('that comes before the create reply is kept until the run knows what it is about', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'after_webhook' });
    const handle = await harness.start({ input: 'What is 2+2?', policy: webhookPolicy() }, id);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', learntFrom: 'webhook' });
    expect(result.calls).toEqual({ ...dialect.preparation, create: 1, ...dialect.reading });
    const { order, timers } = await historyOf(handle);
    expect(order).toEqual([...Array<string>(dialect.preparations + 1).fill('createRun'), 'signal']);
    expect(timers).toEqual([]);
    // The reply came after the webhook: the log has the request's entry where it was answered.
    const entries = logOf(harness, id).entries();
    const replied = entries.find((entry) => entry.kind === 'request' && entry.endpoint === endpoints.create);
    const delivered = entries.find((entry) => entry.kind === 'delivery');
    expect(delivered?.seq).toBeLessThan(replied?.seq ?? 0);
  });

  it('that comes after the end is acknowledged, and changes nothing', async () => {
    const id = newRunId();
    addWebhookFault(harness, id, 'webhook:*', { kind: 'delay', ms: 2_200 }, { times: null });
    const handle = await harness.start({ input: 'What is 2+2?', policy: quickPolicy() }, id);
    const result = await handle.result();
    const before = await historyOf(handle);
    await seen(harness, id, (entry) => entry.kind === 'delivery');

    expect(result).toMatchObject({ status: 'completed', learntFrom: 'check' });
    const deliveries = logOf(harness, id)
      .entries()
      .filter((entry) => entry.kind === 'delivery');
    expect(deliveries).toEqual([expect.objectContaining({ status: 200, try: 1 })]);
    expect(await historyOf(handle)).toEqual(before);
  });

  it('that never comes is made up for by the fallback check', async () => {
    const id = newRunId();
    addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    const handle = await harness.start(
      { input: 'What is 2+2?', policy: webhookPolicy({ wait: { mode: 'webhook', initialMs: 150 } }) },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', learntFrom: 'check' });
    expect((await historyOf(handle)).signals).toBe(0);
  });

  it('that comes three times counts once', async () => {
    const id = newRunId();
    addWebhookFault(harness, id, 'webhook:*', { kind: 'double', times: 3 }, { times: null });
    const handle = await harness.start({ input: 'What is 2+2?', policy: webhookPolicy() }, id);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }] });
    expect(logOf(harness, id).providerRuns()).toHaveLength(1);
    const activities = countActivities(await historyOf(handle));
    expect(activities).toEqual({ createRun: dialect.preparations + 1 });
    const reads = logOf(harness, id).counts()[endpoints.retrieve] ?? 0;
    expect(reads).toBeLessThanOrEqual(dialect.webhooksCarryRuns ? 0 : 3);
  });

  it('of an earlier round that comes late leads to nothing', async () => {
    const id = newRunId();
    addWebhookFault(harness, id, `webhook:${dialect.toolsEvent}`, { kind: 'lose' });
    const handle = await harness.start(
      {
        input: 'Count',
        tools: ['count'],
        request: scripted({ workMs: 1_000, rounds: [[{ name: 'count', arguments: { n: 1 } }]] }),
        policy: quickPolicy(),
      },
      id,
    );
    const submits = dialect.requestsBeforeSubmit + 1;
    const log = logOf(harness, id);
    await until(async () => log.counts()[endpoints.submit] === submits || undefined);
    await deliverLost(harness, id);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 1, toolCalls: 1, orphans: [] });
    expect(count.executions(id)).toHaveLength(1);
    expect(log.counts()[endpoints.submit]).toBe(submits);
    expect(result.usage.totalTokens).toBe(tokensSpent(harness, id));
  });

  it('of an earlier attempt does not end the next one', async () => {
    const id = newRunId();
    const { script, outcome } = dialect.restartable;
    addWebhookFault(harness, id, `webhook:${dialect.eventPrefix}completed`, { kind: 'lose' });
    const handle = await harness.start(
      {
        input: 'What is 2+2?',
        request: scripted({ attempts: [script, {}] }),
        policy: webhookPolicy(),
      },
      id,
    );
    const log = logOf(harness, id);
    await until(async () => log.providerRuns().length === 2 || undefined);
    await doing(handle, /^waiting/);
    const ref = { id: log.providerRuns()[0] ?? '' };
    await handle.signal(wakeUpSignal, {
      webhookId: 'wh_of_the_first_attempt',
      eventType: `${dialect.eventPrefix}cancelled`,
      ref,
      snapshot: { ref, status: 'cancelled' },
    });
    await deliverLost(harness, id);
    const result = await handle.result();

    expect(result.attempts.map((attempt) => attempt.outcome)).toEqual([outcome, 'completed']);
  });

  it('that says nothing is a hint: it leads to one look, and once only', async () => {
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: scripted({ workMs: 600_000 }),
      policy: webhookPolicy(),
    });
    const { current } = await doing(handle, /^waiting/);
    const ref = current?.ref ?? { id: '' };
    const hint = { webhookId: 'wh_hint', eventType: `${dialect.eventPrefix}step.completed`, ref };
    await handle.signal(wakeUpSignal, hint);
    await handle.signal(wakeUpSignal, hint);
    await until(async () => (await handle.query(runReportQuery)).calls.retrieve);
    await tellFailed(handle);
    const { result } = await failureOf(handle);

    expect(result).toMatchObject({ status: 'failed', learntFrom: 'webhook' });
    expect(result.calls).toEqual({ ...dialect.preparation, create: 1, retrieve: 1 });
    const activities = countActivities(await historyOf(handle));
    expect(activities).toEqual({ createRun: dialect.preparations + 1, retrieveRun: 1 });
  });

  it('that brings a snapshot does not make a 404 certain: the provider may not have been able to read it yet', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.retrieve, { kind: 'status', status: 404 });
    addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' });
    const handle = await harness.start({ input: 'What is 2+2?', policy: webhookPolicy() }, id);
    const { current } = await doing(handle, /^waiting/);
    const ref = current?.ref ?? { id: '' };
    const eventType = `${dialect.eventPrefix}in_progress`;
    const snapshot = { ref, status: 'in_progress' } as const;
    await handle.signal(wakeUpSignal, { webhookId: 'wh_pushed', eventType, ref, snapshot });
    await handle.signal(wakeUpSignal, { webhookId: 'wh_hint', eventType, ref });
    await until(async () => (await handle.query(runReportQuery)).calls.retrieve);
    await deliverLost(harness, id);

    expect(await handle.result()).toMatchObject({ status: 'completed', text: '2+2 = 4.' });
  });

  it.runIf(dialect.webhooksCarryRuns)(
    'whose answer the bridge cannot read makes the run look itself',
    async () => {
      const id = newRunId();
      const { id: threadId } = await openThreads(harness).create();
      harness.simulator.addFault({
        on: 'messages.list',
        match: { threadId },
        fault: { kind: 'status', status: 500 },
      });
      const handle = await harness.start(
        { input: 'What is 2+2?', request: { thread_id: threadId }, policy: webhookPolicy() },
        id,
      );
      const result = await handle.result();

      expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', learntFrom: 'check' });
      // The bridge's read that failed is counted too.
      expect(result.calls).toEqual({ create: 1, retrieve: 1, readOutput: 2 });
      expect(logOf(harness, id).counts()['messages.list']).toBe(2);
    },
  );

  it.runIf(!dialect.webhooksCarryRuns)(
    'that the bridge cannot read is not acknowledged, and comes again',
    async () => {
      const id = newRunId();
      addFault(harness, id, endpoints.retrieve, { kind: 'status', status: 500 });
      const handle = await harness.start({ input: 'What is 2+2?', policy: webhookPolicy() }, id);
      const result = await handle.result();

      expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', learntFrom: 'webhook' });
      expect(logOf(harness, id).counts()[endpoints.retrieve]).toBe(2);
      const answers = logOf(harness, id)
        .entries()
        .flatMap((entry) => (entry.kind === 'delivery' ? [entry.status] : []));
      expect(answers).toEqual([503, 200]);
    },
  );

  it.runIf(dialect.webhooksCarryRuns)(
    'carries the details of a failure, although the provider can no longer be read',
    async () => {
      const id = newRunId();
      addFault(harness, id, endpoints.retrieve, { kind: 'status', status: 500 }, { times: null });
      const handle = await harness.start(
        {
          input: 'Hello',
          request: scripted({ error: { code: 'invalid_prompt', message: 'Not like this.' } }),
          policy: webhookPolicy(),
        },
        id,
      );
      const { result } = await failureOf(handle);

      expect(result.error).toEqual({ code: 'invalid_prompt', message: 'Not like this.' });
      expect(result.calls.retrieve).toBeUndefined();
    },
  );

  it('ends a check that the provider does not answer', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.retrieve, { kind: 'status', status: 500 });
    addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    const handle = await harness.start(
      {
        input: 'What is 2+2?',
        // After its first try the check would rest for a minute.
        policy: quickPolicy({
          wait: { initialMs: 30, totalMs: null },
          deadlines: { totalMs: 3_600_000 },
          calls: { initialMs: 60_000, maximumMs: 60_000 },
        }),
      },
      id,
    );
    await until(async () => logOf(harness, id).counts()[endpoints.retrieve]);
    await deliverLost(harness, id);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', learntFrom: 'webhook' });
    const activities = countActivities(await historyOf(handle));
    expect(activities).toEqual({ createRun: dialect.preparations + 1, retrieveRun: 1 });
  });
});

describe.concurrent('a check that fails', () => {
  it('does not end the run: the next one tells', async () => {
    const id = newRunId();
    addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    addFault(harness, id, endpoints.retrieve, { kind: 'status', status: 500 }, { times: 4 });
    const handle = await harness.start(
      {
        input: 'What is 2+2?',
        policy: quickPolicy({
          wait: { initialMs: 20, maximumMs: 20 },
          calls: { maximumAttempts: 2, initialMs: 5 },
        }),
      },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', learntFrom: 'check' });
    expect(result.calls.retrieve).toBe(5);
    expect(logOf(harness, id).counts()[endpoints.retrieve]).toBe(5);
    expect(countActivities(await historyOf(handle))['retrieveRun']).toBe(3);
    expect(providerRun(harness, id).id).toBe(result.attempts[0]?.ref.id);
  });

  it.each([401, 403, 429])('with %i does not end the run either', async (status) => {
    const id = newRunId();
    addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    addFault(harness, id, endpoints.retrieve, { kind: 'status', status });
    const handle = await harness.start({ input: 'What is 2+2?', policy: quickPolicy() }, id);

    expect(await handle.result()).toMatchObject({ status: 'completed', learntFrom: 'check' });
  });
});

describe.concurrent('a signal that is not what the bridge sends', () => {
  it.each([
    ['nothing', []],
    ['null', [null]],
    ['an event without a ref', [{ webhookId: 'wh_1', eventType: `${dialect.eventPrefix}completed` }]],
    ['a word', ['hello']],
  ])('(%s) is dropped, and the run goes on', async (_name, args) => {
    const handle = await harness.start({ input: 'What is 2+2?', policy: webhookPolicy() });
    await harness.client.workflow.getHandle(handle.workflowId).signal('wakeUp', ...args);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.' });
    expect((await historyOf(handle)).workflowTaskFailures).toBe(0);
  });
});
