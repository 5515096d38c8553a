import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countChecks } from '../../core/backoff.ts';
import { noUsage } from '../../core/usage.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import {
  countActivities,
  dialect,
  failureOf,
  historyOf,
  logOf,
  openThreads,
  quickPolicy,
  scripted,
} from './support.ts';

const question = 'What is 2+2?';

describe('a run that a webhook ends', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterEach(() => harness.simulator.removeFaults());
  afterAll(() => harness.stop());

  it('costs two provider calls, besides what it has to prepare, and few history events', async () => {
    const handle = await harness.start({ input: question, policy: { wait: { mode: 'webhook' } } });
    const result = await handle.result();

    expect(result).toMatchObject({
      id: handle.workflowId,
      status: 'completed',
      text: '2+2 = 4.',
      error: null,
      model: 'gpt-sim',
      learntFrom: 'webhook',
      recreations: 0,
    });
    expect(result.calls).toEqual({ ...dialect.preparation, create: 1, ...dialect.reading });
    const log = logOf(harness, handle.workflowId);
    const { preparation, reading } = dialect.requests;
    expect(log.counts()).toEqual({ ...preparation, [dialect.endpoints.create]: 1, ...reading });
    expect(log.providerRuns()).toEqual(result.attempts.map((attempt) => attempt.ref.id));
    const history = await historyOf(handle);
    expect(history.events).toBe(18 + 6 * dialect.preparations);
    expect(history).toMatchObject({ signals: 1, timersFired: 0, timersCancelled: 1, upserts: 1 });
    expect(countActivities(history)).toEqual({ createRun: dialect.preparations + 1 });
  });

  it.runIf(dialect.hasThreads)(
    'needs no preparation and 18 history events in a thread that is there already',
    async () => {
      const thread = await openThreads(harness).create();
      const handle = await harness.start({
        input: question,
        request: { thread_id: thread.id },
        policy: { wait: { mode: 'webhook' } },
      });
      const result = await handle.result();

      expect(result.calls).toEqual({ create: 1, readOutput: 1 });
      expect(result.attempts[0]?.ref.containerId).toBe(thread.id);
      // Two user messages would be a message delivered twice.
      const messages = await openThreads(harness).messages.list(thread.id, { order: 'asc' });
      expect(messages.data.map((message) => message.role)).toEqual(['user', 'assistant']);
      const history = await historyOf(handle);
      expect(history.events).toBe(18);
      expect(countActivities(history)).toEqual({ createRun: 1 });
    },
  );

  it('reports the usage that the provider reports, and when things happened', async () => {
    const handle = await harness.start({
      input: question,
      request: scripted({ usage: { prompt: 321, completion: 45 } }),
      policy: { wait: { mode: 'webhook' } },
    });
    const result = await handle.result();

    const usage = { ...noUsage, inputTokens: 321, outputTokens: 45, totalTokens: 366 };
    expect(result.usage).toEqual(usage);
    expect(result.attempts).toEqual([
      expect.objectContaining({ number: 1, outcome: 'completed', usage, adopted: false }),
    ]);
    const { startedAtMs, createdAtMs, providerEndedAtMs, endedAtMs } = result.timings;
    expect(startedAtMs).toBeLessThanOrEqual(createdAtMs ?? 0);
    expect(createdAtMs).toBeLessThanOrEqual(endedAtMs);
    const { simulator } = harness;
    const made = [...simulator.runs(), ...simulator.responses()];
    const completedAt = made.find(({ id }) => id === result.attempts[0]?.ref.id)?.completed_at;
    expect(completedAt).toBeGreaterThan(0);
    expect(providerEndedAtMs).toBe((completedAt ?? 0) * 1000);
  });
});

describe('a run that polls', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness({ webhooks: false });
  });
  afterEach(() => harness.simulator.removeFaults());
  afterAll(() => harness.stop());

  it('never looks before its first timer has fired', async () => {
    const handle = await harness.start({
      input: question,
      request: scripted({ workMs: 150 }),
      policy: quickPolicy({ wait: { initialMs: 40 } }),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', learntFrom: 'check', text: '2+2 = 4.' });
    const { order, timersFired, activities } = await historyOf(handle);
    const creates = Array<string>(dialect.preparations + 1).fill('createRun');
    expect(order.slice(0, creates.length + 2)).toEqual([...creates, 'timer fired', 'retrieveRun']);
    // One look for each timer, and none besides.
    const looks = activities.filter(({ type }) => type === 'retrieveRun').length;
    expect(looks).toBeGreaterThan(0);
    expect(timersFired).toBe(looks);
    expect(logOf(harness, handle.workflowId).counts()[dialect.endpoints.retrieve]).toBe(looks);
    expect(result.calls.retrieve).toBe(looks);
  });

  it('looks no more often than its backoff lets it, however long the provider takes', async () => {
    const wait = { initialMs: 20, factor: 1.5, maximumMs: 60, totalMs: 300 };
    const handle = await harness.start({
      input: question,
      request: scripted({ stuck: 'in_progress' }),
      policy: quickPolicy({ wait, cancel: { confirmMs: 0 } }),
    });
    await failureOf(handle);

    const { activities } = await historyOf(handle);
    const looks = activities.filter(({ type }) => type === 'retrieveRun').length;
    expect(looks).toBeGreaterThan(0);
    expect(looks).toBeLessThanOrEqual(countChecks(wait, wait.totalMs));
    expect(logOf(harness, handle.workflowId).counts()[dialect.endpoints.retrieve]).toBe(looks);
  });

  it('begins its backoff anew after each round of tools, and grows it in between', async () => {
    const handle = await harness.start({
      input: question,
      tools: ['add'],
      request: scripted({ workMs: 40, rounds: [[{ name: 'add', arguments: { a: 1, b: 2 } }]] }),
      policy: quickPolicy({ wait: { initialMs: 31, factor: 2, maximumMs: 10_000 } }),
    });
    await handle.result();

    const { timers } = await historyOf(handle);
    // However many looks each of the two stretches took, their pauses are these, one after another.
    const pauses = ['31 ms', '62 ms', '124 ms', '248 ms', '496 ms'].map(
      (ms) => `waiting ${ms} or for a webhook`,
    );
    const second = timers.lastIndexOf(pauses[0] ?? '');
    expect(second).toBeGreaterThan(0);
    expect(timers.slice(0, second)).toEqual(pauses.slice(0, second));
    expect(timers.slice(second)).toEqual(pauses.slice(0, timers.length - second));
  });

  it.runIf(dialect.hasThreads)(
    'makes its thread again when that reply was lost: it costs a thread, and nothing else',
    async () => {
      harness.simulator.addFault({ on: 'threads.create', fault: { kind: 'drop_reply' } });
      const threadsBefore = harness.simulator.log.counts()['threads.create'] ?? 0;
      const handle = await harness.start({ input: question, policy: quickPolicy() });
      const result = await handle.result();

      expect(result).toMatchObject({ status: 'completed', recreations: 0, attempts: [{ adopted: false }] });
      expect(result.calls).toMatchObject({ prepare: 2, create: 1 });
      expect(harness.simulator.log.counts()['threads.create']).toBe(threadsBefore + 2);
      expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
    },
  );
});
