import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  InvalidRunError,
  NotARunError,
  RunNotCompletedError,
  RunNotFoundError,
  RunsClient,
  type RunHandle,
} from '../../client/index.ts';
import type { ProviderRef } from '../../core/snapshot.ts';
import { listableStatuses } from '../../client/listQuery.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { scripted } from './support.ts';

const question = { input: 'What is 2+2?' };
/** Only a cancel ends it. */
const endless = { input: 'Wait.', request: scripted({ stuck: 'in_progress' }) };

async function failureOf(run: RunHandle): Promise<RunNotCompletedError> {
  const error: unknown = await run.result().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RunNotCompletedError) return error;
  throw new Error(`Expected a RunNotCompletedError, got ${String(error)}`);
}

/** Waits until the provider's run is known, and gives its ref. */
async function untilCreated(run: RunHandle): Promise<ProviderRef> {
  return vi.waitFor(
    async () => {
      const report = await run.report();
      if (report.knownFrom === 'temporal' || report.current === null) throw new Error('not created yet');
      return report.current.ref;
    },
    { interval: 20, timeout: 10_000 },
  );
}

describe('a client of runs', () => {
  let harness: Harness;
  let runs: RunsClient;
  beforeAll(async () => {
    harness = await startHarness();
    runs = new RunsClient(harness.client, { taskQueue: harness.taskQueue });
  });
  afterAll(() => harness.stop());

  it('starts a run and gives its result', async () => {
    const run = await runs.start(question);
    expect(run).toMatchObject({ isNew: true, id: expect.stringMatching(/^run-[0-9a-f-]{36}$/) });
    expect(await run.result()).toMatchObject({ id: run.id, status: 'completed', text: '2+2 = 4.' });
  });

  it('tells the run’s story in Temporal from the start', async () => {
    const run = await runs.start({
      ...endless,
      request: { ...endless.request, model: 'gpt-x' },
      tools: ['add'],
    });
    const description = await harness.client.workflow.getHandle(run.id).describe();
    expect(await description.staticSummary()).toBe('gpt-x · Wait.');
    expect(await description.staticDetails()).toMatch(/Model: `gpt-x`\n- Tools: `add`/);
    await run.cancel();
    await failureOf(run);
  });

  it('starts a run once for an id, while it is going and after its end', async () => {
    const id = `order-${randomUUID()}`;
    const first = await runs.start(question, { id });
    const again = await runs.start({ input: 'Something else' }, { id });
    const result = await first.result();
    const late = await runs.start(question, { id });

    expect([first.isNew, again.isNew, late.isNew]).toEqual([true, false, false]);
    expect(await late.result()).toEqual(result);
    expect(await again.result()).toEqual(result);
    const created = harness.simulator.runs().filter(({ metadata }) => metadata?.['durable_run_id'] === id);
    expect(created).toHaveLength(1);
  });

  it('starts a run once for an id that failed, too', async () => {
    const id = `order-${randomUUID()}`;
    const request = scripted({ error: { code: 'invalid_prompt' } });
    await failureOf(await runs.start({ ...question, request }, { id }));
    const again = await runs.start(question, { id });
    expect(again.isNew).toBe(false);
    expect(await failureOf(again)).toMatchObject({ status: 'failed' });
  });

  it('refuses an input or an id before anything is sent', async () => {
    // An address where nobody is: asking would fail in another way.
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const nowhere = new RunsClient(new Client({ connection }));
    await expect(nowhere.start({ input: '' })).rejects.toThrow(InvalidRunError);
    await expect(nowhere.start({ ...question, tools: ['a b'] })).rejects.toThrow('tools.0');
    await expect(nowhere.start(question, { id: 'x'.repeat(513) })).rejects.toThrow('513 characters');
    await expect(nowhere.start(question, { id: ' ' })).rejects.toThrow('id is empty');
    await connection.close();
  });

  it('throws what a run came to that did not complete', async () => {
    const request = scripted({ error: { code: 'invalid_prompt', message: 'No.' } });
    const run = await runs.start({ ...question, request });
    const error = await failureOf(run);
    expect(error.message).toBe(`The run '${run.id}' ended failed: No.`);
    expect(error).toMatchObject({
      id: run.id,
      status: 'failed',
      type: 'run.failed',
      reason: 'No.',
      result: { id: run.id, status: 'failed', attempts: [{ outcome: 'failed' }] },
    });
  });

  it('throws what a cancelled run came to, although its failure does not say', async () => {
    const run = await runs.start(endless);
    await untilCreated(run);
    expect(await run.cancel()).toBe('requested');
    const { status, type, result } = await failureOf(run);
    expect({ status, type }).toEqual({ status: 'cancelled', type: 'run.cancelled' });
    expect(result).toMatchObject({
      status: 'cancelled',
      error: { code: 'run.cancelled' },
      attempts: [{ outcome: 'cancelled' }],
      calls: { create: 1, cancel: 1 },
    });
    expect(result?.timings.endedAtMs).toBeGreaterThanOrEqual(result?.timings.startedAtMs ?? Infinity);
    expect(result).not.toHaveProperty('doing');
    expect(await run.cancel()).toBe('already_ended');
  });

  it('tells of a run that was refused for its input, and of one that was terminated', async () => {
    const refused = `run-${randomUUID()}`;
    await harness.client.workflow.start('openaiRun', {
      workflowId: refused,
      taskQueue: harness.taskQueue,
      args: [{}],
    });
    expect(await failureOf(runs.getHandle(refused))).toMatchObject({
      status: 'invalid_input',
      type: 'run.invalid_input',
    });

    const terminated = await runs.start(endless);
    await harness.client.workflow.getHandle(terminated.id).terminate('for the test');
    expect(await failureOf(terminated)).toMatchObject({ status: 'terminated', type: null, result: null });
  });

  it('reports what a run is doing, and what it has done', async () => {
    const going = await runs.start(endless);
    await untilCreated(going);
    expect(await going.report()).toMatchObject({
      knownFrom: 'worker',
      status: 'running',
      current: { number: 1, status: expect.stringMatching(/queued|in_progress/) },
      calls: { create: 1 },
    });
    await going.cancel();
    await failureOf(going);
    expect(await going.report()).toMatchObject({ knownFrom: 'worker', status: 'cancelled', current: null });
  });

  it('wakes a run up, and says when there is nobody to wake', async () => {
    const run = await runs.start({ ...endless, policy: { wait: { mode: 'webhook' } } });
    const ref = await untilCreated(run);
    const wakeUp = { webhookId: 'wh_1', eventType: 'thread.run.completed', ref };
    const snapshot = { ref, status: 'completed', output: { text: 'Done.' } } as const;
    expect(await run.wakeUp({ ...wakeUp, snapshot })).toBe('accepted');
    expect(await run.result()).toMatchObject({ text: 'Done.', learntFrom: 'webhook' });
    expect(await run.wakeUp(wakeUp)).toBe('not_running');
    expect(await runs.getHandle('no-such-run').wakeUp(wakeUp)).toBe('not_running');
  });

  it('says so when there is no such run', async () => {
    const run = runs.getHandle('no-such-run');
    await expect(run.result()).rejects.toThrow(RunNotFoundError);
    await expect(run.report()).rejects.toThrow(RunNotFoundError);
    await expect(run.cancel()).rejects.toThrow(RunNotFoundError);
  });

  it('does not take another workflow for a run', async () => {
    const id = `other-${randomUUID()}`;
    const other = await harness.client.workflow.start('other', { workflowId: id, taskQueue: `none-${id}` });
    const patient = new RunsClient(harness.client, { taskQueue: harness.taskQueue, reportTimeoutMs: 100 });
    await expect(patient.getHandle(id).report()).rejects.toThrow(NotARunError);
    await expect(patient.start(question, { id })).rejects.toThrow(/its type is other, not openaiRun/);
    await other.terminate();
  });

  it('lists runs by status', async () => {
    const done = await runs.start(question);
    await done.result();
    const failed = await runs.start({
      ...question,
      request: scripted({ end: 'incomplete', reason: 'max_prompt_tokens' }),
    });
    await failureOf(failed);

    await expect
      .poll(() => runs.list({ status: 'completed', limit: 1_000 }), { interval: 50, timeout: 10_000 })
      .toContainEqual(
        expect.objectContaining({
          id: done.id,
          status: 'completed',
          provider: 'assistant',
          model: 'gpt-sim',
        }),
      );
    await expect
      .poll(() => runs.list({ status: 'incomplete', limit: 1_000 }), { interval: 50, timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ id: failed.id, status: 'incomplete' }));
    expect(await runs.list({ limit: 2 })).toHaveLength(2);
  });

  it.each(listableStatuses)('lists only runs that are %s', async (status) => {
    const listed = await runs.list({ status, limit: 100 });
    expect(new Set(listed.map((run) => run.status))).toEqual(new Set(listed.length === 0 ? [] : [status]));
  });
});

describe('a client of runs without a worker', () => {
  let connection: Connection;
  let runs: RunsClient;
  beforeAll(async () => {
    connection = await Connection.connect({ address: inject('temporalAddress') });
    const taskQueue = `nobody-${randomUUID()}`;
    runs = new RunsClient(new Client({ connection }), { taskQueue, reportTimeoutMs: 100 });
  });
  afterAll(() => connection.close());

  it('reports of a run that is going what Temporal knows', async () => {
    const run = await runs.start(question);
    expect(await run.report()).toMatchObject({
      knownFrom: 'temporal',
      id: run.id,
      status: 'running',
      provider: null,
      timings: { startedAtMs: expect.any(Number), endedAtMs: null },
    });
    await new Client({ connection }).workflow.getHandle(run.id).terminate();
    expect(await run.report()).toMatchObject({ knownFrom: 'temporal', status: 'terminated' });
  });

  it('reports and gives the result of runs that ended before', async () => {
    const harness = await startHarness();
    const before = new RunsClient(harness.client, { taskQueue: harness.taskQueue });
    const done = await before.start(question);
    const failed = await before.start({
      ...question,
      request: scripted({ error: { code: 'invalid_prompt' } }),
    });
    const cancelled = await before.start(endless);
    await untilCreated(cancelled);
    await cancelled.cancel();
    const result = await done.result();
    await Promise.all([failureOf(failed), failureOf(cancelled)]);
    await harness.stop();

    expect(await runs.getHandle(done.id).result()).toEqual(result);
    expect(await runs.getHandle(done.id).report()).toMatchObject({
      knownFrom: 'history',
      status: 'completed',
      calls: result.calls,
    });
    expect(await runs.getHandle(failed.id).report()).toMatchObject({
      knownFrom: 'history',
      status: 'failed',
    });
    expect(await runs.getHandle(cancelled.id).report()).toMatchObject({
      knownFrom: 'temporal',
      status: 'cancelled',
    });
    expect(await failureOf(runs.getHandle(cancelled.id))).toMatchObject({
      status: 'cancelled',
      result: null,
    });
  });
});
