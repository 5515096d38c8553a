import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptSource } from '../../simulator/index.ts';
import type { Dialect } from '../support/dialects.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { runReportQuery } from '../../workflows/messages.ts';
import {
  addFault,
  causeOf,
  deadlineMs,
  dialect,
  doing,
  historyOf,
  logOf,
  newRunId,
  openThreads,
  reached,
  recordingTool,
  type RunHandle,
  scripted,
  seen,
  until,
  webhookPolicy,
} from './support.ts';

const { endpoints } = dialect;

const released = Promise.withResolvers<number>();
const blocked = recordingTool('blocked', () => released.promise);
const quick = recordingTool('quick');
/** Acts until it is told to stop. */
const told = Promise.withResolvers<void>();
const listening = recordingTool(
  'listening',
  (n, { signal }) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        told.resolve();
        resolve(n);
      });
    }),
  { timeoutMs: 3_000 },
);

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ tools: [blocked.tool, quick.tool, listening.tool] });
});
afterAll(() => {
  released.resolve(1);
  return harness.stop();
});

const policy = webhookPolicy({ cancel: { confirmMs: 5_000 } });
const usage = { prompt: 9, completion: 1 };

describe.concurrent('cancelling a run', () => {
  it("while it waits cancels the provider's run, and counts what it cost", async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'in_progress', usage }),
      policy,
    });
    await doing(handle, /^waiting/);
    await handle.cancel();
    await expectCancelled(handle);

    const report = await handle.query(runReportQuery);
    expect(report).toMatchObject({ usage: { totalTokens: 10 }, calls: { cancel: 1 } });
    expect(report.attempts).toEqual([expect.objectContaining({ outcome: 'cancelled' })]);
    expect(logOf(harness, handle.workflowId).statuses().at(-1)).toBe('cancelled');
  });

  it('before the create reply is known leaves no run behind', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'delay', ms: 400, when: 'after' });
    const handle = await harness.start(
      { input: 'Hello', request: scripted({ stuck: 'in_progress' }), policy },
      id,
    );
    await reached(harness, id, 'queued');
    await handle.cancel();
    await expectCancelled(handle);

    expect(logOf(harness, id).providerRuns()).toHaveLength(1);
    expect(logOf(harness, id).statuses().at(-1)).toBe('cancelled');
  });

  const losable: readonly {
    name: string;
    on: Dialect['endpoints']['create' | 'submit'];
    after: number;
    script: ScriptSource;
  }[] = [
    { name: 'create', on: endpoints.create, after: 0, script: { stuck: 'in_progress' } },
    {
      name: 'submit',
      on: endpoints.submit,
      after: dialect.requestsBeforeSubmit,
      // Not over before it is looked for.
      script: { queueMs: 4_000, rounds: [[{ name: 'quick', arguments: { n: 1 } }]] },
    },
  ];
  describe.each(losable)('while a lost $name reply is looked for', ({ on, after, script }) => {
    async function startLosing(): Promise<RunHandle> {
      const id = newRunId();
      addFault(harness, id, on, { kind: 'drop_reply' }, { after });
      const lostCreate = { settleMs: 1_000 };
      const handle = await harness.start(
        {
          input: 'Hello',
          tools: ['quick'],
          request: scripted(script),
          policy: { ...policy, lostCreate },
        },
        id,
      );
      await doing(handle, /looking for what the call has made/);
      return handle;
    }

    it.runIf(dialect.searchable)('leaves no run behind', async () => {
      const handle = await startLosing();
      await handle.cancel();
      await expectCancelled(handle);

      expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
      expect(logOf(harness, handle.workflowId).statuses().at(-1)).toBe('cancelled');
    });

    it.runIf(!dialect.searchable)(
      'makes nothing more, and does not wait for what nobody can cancel',
      async () => {
        const handle = await startLosing();
        const before = logOf(harness, handle.workflowId).providerRuns();
        await handle.cancel();
        await expectStatus(handle);

        expect(logOf(harness, handle.workflowId).providerRuns()).toEqual(before);
        expect(await handle.query(runReportQuery)).toMatchObject({ recreations: 0 });
      },
    );
  });

  it('while the provider refuses to create it does not wait until the provider will', async () => {
    const id = newRunId();
    const headers = { 'retry-after': '3600' };
    addFault(harness, id, endpoints.create, { kind: 'status', status: 429, headers }, { times: null });
    const handle = await harness.start(
      { input: 'Hello', policy: { ...policy, deadlines: { totalMs: 24 * 3_600_000 } } },
      id,
    );
    // The server knows of the pause: it is the provider's, not the policy's.
    await until(async () => {
      const { raw } = await handle.describe();
      const pausesMs = (raw.pendingActivities ?? []).map(
        (activity) => Number(activity.currentRetryInterval?.seconds ?? 0) * 1000,
      );
      return pausesMs.includes(3_600_000) ? true : undefined;
    });
    await handle.cancel();
    await expectCancelled(handle);

    expect(logOf(harness, id).providerRuns()).toEqual([]);
    expect(logOf(harness, id).counts()[endpoints.create]).toBe(1);
  });

  it('while a tool works does not wait for it', async () => {
    const handle = await harness.start({
      input: 'Block',
      tools: ['blocked'],
      request: scripted({ rounds: [[{ name: 'blocked', arguments: { n: 1 } }]] }),
      policy,
    });
    await until(async () => blocked.executions(handle.workflowId)[0]);
    await handle.cancel();
    await expectCancelled(handle);

    const log = logOf(harness, handle.workflowId);
    expect(log.counts()[endpoints.submit] ?? 0).toBe(dialect.requestsBeforeSubmit);
    // What goes on with tool outputs by making something new has nothing left to cancel in between.
    expect(log.statuses().at(-1)).toBe(dialect.makesNewRefs ? 'completed' : 'cancelled');
    const { attempts } = await handle.query(runReportQuery);
    expect(attempts).toEqual([expect.objectContaining({ outcome: 'cancelled' })]);
  });

  it('while a tool works tells the tool', async () => {
    const handle = await harness.start({
      input: 'Listen',
      tools: ['listening'],
      request: scripted({ rounds: [[{ name: 'listening', arguments: { n: 1 } }]] }),
      policy,
    });
    await until(async () => listening.executions(handle.workflowId)[0]);
    await handle.cancel();
    await expectCancelled(handle);
    await told.promise;
    expect(listening.executions(handle.workflowId)).toHaveLength(1);
  });

  it('while it waits to be restarted makes no further attempt', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ error: { code: 'server_error' }, usage }),
      policy: { ...policy, restarts: { initialMs: 3_600_000, maximumMs: 3_600_000 } },
    });
    await doing(handle, /^restarting/);
    await handle.cancel();
    await expectCancelled(handle);

    const report = await handle.query(runReportQuery);
    expect(report.attempts).toEqual([expect.objectContaining({ outcome: 'failed' })]);
    expect(report.usage.totalTokens).toBe(10);
    expect(report.calls.cancel).toBeUndefined();
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
  });

  it.runIf(dialect.hasThreads)('while it waits for a busy thread leaves the other run alone', async () => {
    const { id: threadId } = await openThreads(harness).create();
    const blocker = await openThreads(harness).runs.create(threadId, {
      assistant_id: 'asst_simulator',
      ...scripted({ stuck: 'in_progress' }),
    });
    const handle = await harness.start({ input: 'Hello', request: { thread_id: threadId }, policy });
    await doing(handle, /^the thread is busy/);
    await handle.cancel();
    await expectCancelled(handle);

    expect(harness.simulator.runs().find((run) => run.id === blocker.id)?.status).toBe('in_progress');
    expect(logOf(harness, handle.workflowId).providerRuns()).toEqual([]);
  });

  it('while the provider is asked to cancel asks again', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.cancel, { kind: 'delay', ms: 3_000, when: 'before' });
    const handle = await harness.start(
      {
        input: 'Hello',
        request: scripted({ stuck: 'in_progress' }),
        policy: webhookPolicy({ deadlines: { totalMs: deadlineMs }, cancel: { confirmMs: 5_000 } }),
      },
      id,
    );
    await doing(handle, /ending the attempt/);
    await handle.cancel();
    await expectCancelled(handle);

    expect(logOf(harness, id).providerRuns()).toHaveLength(1);
  });

  it.runIf(!dialect.cancelsAtOnce)(
    "while it is giving up cancels the provider's run all the same",
    async () => {
      const handle = await harness.start({
        input: 'Hello',
        request: scripted({ stuck: 'cancelling', workMs: 60_000 }),
        policy: webhookPolicy({ deadlines: { totalMs: deadlineMs }, cancel: { confirmMs: 1_000 } }),
      });
      await reached(harness, handle.workflowId, 'cancelling');
      await doing(handle, /ending the attempt/);
      await handle.cancel();
      await expectStatus(handle);
      expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
    },
  );

  it('that the provider completes after all is cancelled nevertheless', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'in_progress', cancelTo: 'completed', usage }),
      policy,
    });
    await reached(harness, handle.workflowId, 'in_progress');
    await doing(handle, /^waiting/);
    await handle.cancel();
    await expectCancelled(handle);

    const report = await handle.query(runReportQuery);
    expect(report).toMatchObject({ text: null, usage: { totalTokens: 10 } });
    expect(report.attempts).toEqual([expect.objectContaining({ outcome: 'cancelled' })]);
    await reached(harness, handle.workflowId, 'completed');
  });

  it('that is too new for the provider to know it asks again: it works on', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.cancel, { kind: 'status', status: 404 });
    const handle = await harness.start(
      { input: 'Hello', request: scripted({ stuck: 'in_progress', usage }), policy },
      id,
    );
    await doing(handle, /^waiting/);
    await handle.cancel();
    await expectCancelled(handle);

    const report = await handle.query(runReportQuery);
    expect(report).toMatchObject({ usage: { totalTokens: 10 }, calls: { cancel: 2 } });
    expect(logOf(harness, id).statuses().at(-1)).toBe('cancelled');
  });

  it('that the provider never comes to know is over when that has been heard often enough', async () => {
    const id = newRunId();
    const gone = { kind: 'status', status: 404 } as const;
    addFault(harness, id, endpoints.cancel, gone, { times: null });
    addFault(harness, id, endpoints.retrieve, gone, { times: null });
    const handle = await harness.start(
      {
        input: 'Hello',
        request: scripted({ stuck: 'in_progress' }),
        policy: { ...policy, cancel: { confirmMs: 3_600_000 } },
      },
      id,
    );
    await doing(handle, /^waiting/);
    await handle.cancel();
    await expectStatus(handle);

    const { attempts, calls } = await handle.query(runReportQuery);
    expect(attempts).toEqual([expect.objectContaining({ outcome: 'cancelled', usage: null })]);
    expect((calls.cancel ?? 0) + (calls.retrieve ?? 0)).toBe(3);
  });

  it('is over when the provider cannot be asked for it', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.cancel, { kind: 'status', status: 500 }, { times: null });
    const handle = await harness.start(
      {
        input: 'Hello',
        request: scripted({ stuck: 'in_progress' }),
        policy: webhookPolicy({ cancel: { confirmMs: 50 }, calls: { maximumAttempts: 2 } }),
      },
      id,
    );
    await reached(harness, id, 'in_progress');
    await doing(handle, /^waiting/);
    await handle.cancel();
    await expectStatus(handle);

    const report = await handle.query(runReportQuery);
    expect(report.attempts).toEqual([expect.objectContaining({ outcome: 'cancelled', usage: null })]);
    // It is asked again as long as it may confirm, each time with the two tries that the policy allows.
    expect(report.calls.cancel).toBeGreaterThanOrEqual(4);
    expect(logOf(harness, id).active()).toHaveLength(1);
  });

  it.runIf(!dialect.cancelsAtOnce)('is over when the provider does not confirm it in time', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'cancelling', workMs: 60_000 }),
      policy: webhookPolicy({ cancel: { confirmMs: 50 } }),
    });
    await doing(handle, /^waiting/);
    await handle.cancel();
    await expectStatus(handle);

    const report = await handle.query(runReportQuery);
    expect(report.attempts).toEqual([expect.objectContaining({ outcome: 'cancelled', usage: null })]);
    await seen(harness, handle.workflowId, (entry) => entry.kind === 'run' && entry.to === 'cancelling');
  });
});

/** The workflow is cancelled, says so, and has left nothing at the provider. */
async function expectCancelled(handle: RunHandle): Promise<void> {
  await expectStatus(handle);
  expect(logOf(harness, handle.workflowId).active()).toEqual([]);
}

async function expectStatus(handle: RunHandle): Promise<void> {
  expect(await causeOf(handle)).toBeInstanceOf(CancelledFailure);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
  const report = await handle.query(runReportQuery);
  expect(report).toMatchObject({
    status: 'cancelled',
    doing: 'cancelled',
    current: null,
    error: { code: 'run.cancelled' },
  });
  expect((await historyOf(handle)).workflowTaskFailures).toBe(0);
}
