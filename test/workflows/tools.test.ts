import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHarness, type Harness } from '../support/harness.ts';
import { demonstrationTools } from '../../tools/demonstration.ts';
import { runReportQuery, wakeUpSignal } from '../../workflows/messages.ts';
import {
  addWebhookFault,
  countActivities,
  dialect,
  historyOf,
  logOf,
  madeIds,
  madeIn,
  newRunId,
  quickPolicy,
  recordingTool,
  scripted,
  until,
  webhookPolicy,
} from './support.ts';

/** Waits until so many calls of it run at once: it comes to an end only where calls are executed side by side. */
const meeting = gathering(3);
const meet = recordingTool('meet', (n) => meeting.join().then(() => n));
const count = recordingTool('count');
const flaky = recordingTool(
  'flaky',
  (n, { attempt }) => {
    if (attempt === 1) throw new Error('not yet');
    return n;
  },
  { retry: { initialMs: 5 } },
);
const broken = recordingTool(
  'broken',
  () => {
    throw new Error('It is broken for good.');
  },
  { retry: { maximumAttempts: 3, initialMs: 5, factor: 1 } },
);
const refusing = recordingTool(
  'refusing',
  () => {
    throw ApplicationFailure.nonRetryable('There is no such account.');
  },
  { retry: { maximumAttempts: 3, initialMs: 5 } },
);
const gate = gathering(2);
const slow = recordingTool('slow', (_n, { signal }) => untilAborted(signal), {
  timeoutMs: 100,
  retry: { maximumAttempts: 1 },
});
const gated = recordingTool('gated', (n) => gate.join().then(() => n));
const verbose = recordingTool('verbose', (n) => 'x'.repeat(n));

const recorders = [meet, count, flaky, broken, refusing, slow, gated, verbose];

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ tools: [...demonstrationTools, ...recorders.map(({ tool }) => tool)] });
});
afterAll(() => harness.stop());

function call(name: string, given: number | string = 1): { name: string; arguments: string | { n: number } } {
  return { name, arguments: typeof given === 'string' ? given : { n: given } };
}

describe.concurrent('a round of tool calls', () => {
  it("is executed side by side, each call an activity under its tool's name, and submitted once", async () => {
    const handle = await harness.start({
      input: 'Meet',
      tools: ['meet'],
      request: scripted({ rounds: [[call('meet', 1), call('meet', 2), call('meet', 3)]] }),
      policy: webhookPolicy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 1, toolCalls: 3 });
    const executions = meet.executions(handle.workflowId);
    expect(new Set(executions.map(({ callId }) => callId)).size).toBe(3);
    expect(executions.map(({ idempotencyKey }) => idempotencyKey).toSorted()).toEqual(
      executions.map(({ callId }) => `${handle.workflowId}/${callId}`).toSorted(),
    );
    const history = await historyOf(handle);
    expect(history.activities.filter(({ type }) => type === 'meet').map(({ summary }) => summary)).toEqual([
      '{"n":1}',
      '{"n":2}',
      '{"n":3}',
    ]);
    expect(history.submitted).toEqual([['1', '2', '3']]);
    expect(result.calls.submitToolOutputs).toBe(1);
    const log = logOf(harness, handle.workflowId);
    expect(log.submits()).toBe(1);
    expect(log.providerRuns()).toHaveLength(madeIn(1));
    expect(log.providerRuns()).toEqual(madeIds(result));
  });

  it('follows another, until the model has its answer', async () => {
    const handle = await harness.start({
      input: 'Add 2 and 3, then multiply the result by 4',
      tools: ['add', 'multiply'],
      policy: webhookPolicy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 2, toolCalls: 2 });
    expect(result.text).toContain('20');
    const { order, submitted } = await historyOf(handle);
    expect(order.filter((kind) => kind !== 'signal')).toEqual([
      ...Array<string>(dialect.preparations).fill('createRun'),
      'createRun',
      'add',
      'submitToolOutputs',
      'multiply',
      'submitToolOutputs',
    ]);
    expect(submitted).toEqual([['5'], ['20']]);
  });
});

describe.concurrent('a tool call that cannot be executed', () => {
  it.each([
    { name: 'of an unknown tool', made: call('no_such_tool'), error: 'tool.unknown' },
    { name: 'that names an activity of the provider', made: call('createRun'), error: 'tool.unknown' },
    { name: 'that names the catch-all activity', made: call('default'), error: 'tool.unknown' },
    { name: 'that names what every object has', made: call('constructor'), error: 'tool.unknown' },
    { name: "that names an object's prototype", made: call('__proto__'), error: 'tool.unknown' },
    {
      name: 'with arguments that are not JSON',
      made: call('count', '{"n":'),
      error: 'tool.invalid_arguments',
    },
    {
      name: 'with arguments that do not fit',
      made: call('count', '{"n":"one"}'),
      error: 'tool.invalid_arguments',
    },
    { name: 'without arguments', made: call('count', ''), error: 'tool.invalid_arguments' },
  ])('$name is an output that the model can read', async ({ made, error }) => {
    const handle = await harness.start({
      input: 'Call',
      tools: ['count'],
      request: scripted({ rounds: [[made, call('count', 7)]] }),
      policy: webhookPolicy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 1 });
    const history = await historyOf(handle);
    const [bad, good] = history.submitted[0] ?? [];
    expect(JSON.parse(bad ?? '')).toEqual({ error: { type: error, message: expect.any(String) } });
    expect(good).toBe('7');
    // The call beside it was executed; nothing else was.
    expect(count.executions(handle.workflowId)).toHaveLength(1);
    expect(countActivities(history)).toEqual({
      createRun: dialect.preparations + 1,
      count: error === 'tool.invalid_arguments' ? 2 : 1,
      submitToolOutputs: 1,
    });
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(madeIn(1));
    expect(logOf(harness, handle.workflowId).providerRuns()).toEqual(madeIds(result));
  });

  it('for the run was not offered it, although the worker has it', async () => {
    const handle = await harness.start({
      input: 'Call',
      tools: ['count'],
      request: scripted({ rounds: [[call('verbose', 3), call('count', 7)]] }),
      policy: webhookPolicy(),
    });
    await handle.result();

    const [refused, counted] = (await historyOf(handle)).submitted[0] ?? [];
    expect(refused).toContain('tool.unknown');
    expect(counted).toBe('7');
    expect(verbose.executions(handle.workflowId)).toEqual([]);
  });

  it('says which argument does not fit, and why', async () => {
    const handle = await harness.start({
      input: 'Call',
      tools: ['count'],
      request: scripted({ rounds: [[call('count', '{"n":"one"}')]] }),
      policy: webhookPolicy(),
    });
    await handle.result();

    const { submitted } = await historyOf(handle);
    expect(submitted[0]?.[0]).toMatch(/n: .*number/);
  });

  it('whatever characters the model puts into the arguments', async () => {
    const handle = await harness.start({
      input: 'Call',
      tools: ['count'],
      request: scripted({ rounds: [[call('count', '\u0001'.repeat(70))]] }),
      policy: webhookPolicy(),
    });
    const result = await handle.result();

    expect(result.status).toBe('completed');
    expect((await historyOf(handle)).workflowTaskFailures).toBe(0);
  });
});

describe.concurrent('a tool that fails', () => {
  it('once is tried again, as its own retry policy says', async () => {
    const handle = await startCalling('flaky');
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolCalls: 1 });
    const executions = flaky.executions(handle.workflowId);
    expect(executions.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(new Set(executions.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect((await historyOf(handle)).submitted).toEqual([['1']]);
  });

  it.each([
    { name: 'broken', recorder: broken, tries: 3, message: 'It is broken for good.' },
    { name: 'refusing', recorder: refusing, tries: 1, message: 'There is no such account.' },
    { name: 'slow', recorder: slow, tries: 1, message: 'The tool did not answer in time.' },
  ])(
    'for good ($name) is tried $tries times, and the model reads why',
    async ({ name, recorder, tries, message }) => {
      const handle = await startCalling(name);
      const result = await handle.result();

      expect(result).toMatchObject({ status: 'completed', toolCalls: 1 });
      expect(recorder.executions(handle.workflowId)).toHaveLength(tries);
      const { submitted, activities } = await historyOf(handle);
      expect(JSON.parse(submitted[0]?.[0] ?? '')).toEqual({ error: { type: 'tool.failed', message } });
      expect(activities.filter(({ type }) => type === name)).toHaveLength(1);
    },
  );

  it('by an output that Temporal would refuse has still acted once', async () => {
    const handle = await harness.start({
      input: 'Talk',
      tools: ['verbose'],
      request: scripted({ rounds: [[call('verbose', 2_500_000)]], answer: 'Done.' }),
      policy: webhookPolicy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolCalls: 1 });
    const { submitted, tries } = await historyOf(handle);
    expect(submitted[0]?.[0]).toContain('was executed, but its output of 2500000 bytes is too long');
    expect(tries.filter(({ type }) => type === 'verbose')).toEqual([{ type: 'verbose', tries: 1 }]);
  });

  // Below 2 MB in all: above that the server itself fails a workflow task to make room, and has it done again.
  it('by outputs that are too long for Temporal does not keep the run from its end', async () => {
    const handle = await harness.start({
      input: 'Talk',
      tools: ['verbose'],
      request: scripted({
        rounds: [[call('verbose', 900_000), call('verbose', 800_000), call('verbose', 3)]],
        answer: 'Done.',
      }),
      policy: webhookPolicy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolCalls: 3 });
    const { submitted, workflowTaskFailures } = await historyOf(handle);
    expect(workflowTaskFailures).toBe(0);
    const [first, second, third] = submitted[0] ?? [];
    expect(first).toHaveLength(900_000);
    expect(second).toContain('too long');
    expect(third).toBe('xxx');
  });
});

describe.concurrent('a call that the provider asks for again', () => {
  // Where each round makes something new, what has been answered is never asked about again.
  it.runIf(!dialect.makesNewRefs)(
    'by a status that is stale after the submit is neither executed nor submitted again',
    async () => {
      const handle = await harness.start({
        input: 'Count',
        tools: ['count'],
        // Longer than a second: Temporal's development server lets timers fire that late.
        request: scripted({ rounds: [[call('count')]], staleAfterSubmitMs: 1_300 }),
        policy: quickPolicy({ wait: { initialMs: 20, maximumMs: 200 } }),
      });
      const result = await handle.result();

      expect(result).toMatchObject({ status: 'completed', toolRounds: 1, toolCalls: 1 });
      const entries = logOf(harness, handle.workflowId).entries();
      const submits = entries.filter((entry) => isRequest(entry, dialect.endpoints.submit));
      expect(submits).toHaveLength(1);
      const submittedAt = submits[0]?.seq ?? 0;
      const goesOnAt = entries.find(
        (entry) => entry.kind === 'run' && entry.to === 'in_progress' && entry.seq > submittedAt,
      )?.seq;
      const staleReads = entries.filter(
        (entry) =>
          isRequest(entry, dialect.endpoints.retrieve) &&
          entry.seq > submittedAt &&
          entry.seq < (goesOnAt ?? 0),
      );
      expect(staleReads.length).toBeGreaterThan(0);
      expect(count.executions(handle.workflowId)).toHaveLength(1);
    },
  );

  it('by the same webhook, delivered three times, is executed once', async () => {
    const id = newRunId();
    addWebhookFault(harness, id, 'webhook:*', { kind: 'double', times: 3 }, { times: null });
    const handle = await harness.start(
      {
        input: 'Count',
        tools: ['count'],
        request: scripted({ rounds: [[call('count')], [call('count')]] }),
        policy: webhookPolicy(),
      },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 2, toolCalls: 2 });
    expect(count.executions(id)).toHaveLength(2);
    const deliveries = logOf(harness, id)
      .entries()
      .filter((entry) => entry.kind === 'delivery' && entry.type === dialect.toolsEvent)
      // What asked for tools, and not the end: where that is another response, its event is called the same.
      .filter(({ runId }) => !dialect.makesNewRefs || runId !== result.attempts[0]?.ref.id);
    expect(deliveries).toHaveLength(6);
    expect(logOf(harness, id).submits()).toBe(2);
    expect(logOf(harness, id).providerRuns()).toHaveLength(madeIn(2));
    expect(logOf(harness, id).providerRuns()).toEqual(madeIds(result));
    expect((await historyOf(handle)).signals).toBeGreaterThan(3);
  });

  it('by another webhook, while it is being executed, is executed once', async () => {
    const handle = await harness.start({
      input: 'Wait',
      tools: ['gated'],
      request: scripted({ rounds: [[call('gated')]] }),
      policy: webhookPolicy(),
    });
    const [execution] = await until(async () => {
      const executions = gated.executions(handle.workflowId);
      return executions.length === 0 ? undefined : executions;
    });
    const { current } = await handle.query(runReportQuery);
    if (current === null || execution === undefined) throw new Error('Nothing is under way.');
    await handle.signal(wakeUpSignal, {
      webhookId: 'wh_another',
      eventType: dialect.toolsEvent,
      ref: current.ref,
      snapshot: {
        ref: current.ref,
        status: 'requires_action',
        toolCalls: [{ callId: execution.callId, name: 'gated', arguments: '{"n":1}' }],
      },
    });
    await gate.join();
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 1, toolCalls: 1 });
    expect(gated.executions(handle.workflowId)).toHaveLength(1);
    expect(logOf(harness, handle.workflowId).submits()).toBe(1);
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(madeIn(1));
  });
});

type Entry = ReturnType<ReturnType<typeof logOf>['entries']>[number];

function isRequest(entry: Entry, endpoint: string): boolean {
  return entry.kind === 'request' && entry.endpoint === endpoint;
}

/** Never resolves; rejects when the worker stops, which is when an activity without heartbeats hears of a cancel. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('Nobody waits any more.')), { once: true });
  });
}

/** A place where everybody waits until so many are there. */
function gathering(size: number): { join(): Promise<void> } {
  let missing = size;
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    join() {
      missing -= 1;
      if (missing === 0) resolve();
      return promise;
    },
  };
}

function startCalling(name: string): ReturnType<Harness['start']> {
  return harness.start({
    input: 'Call',
    tools: [name],
    request: scripted({ rounds: [[call(name)]] }),
    policy: webhookPolicy(),
  });
}
