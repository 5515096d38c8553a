import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../core/policy.ts';
import type { RunResult } from '../../core/result.ts';
import type { ScriptSource, Simulator } from '../../simulator/index.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import {
  addFault,
  addWebhookFault,
  countActivities,
  deliverLost,
  dialect,
  failureOf,
  historyOf,
  logOf,
  lostAfterWork,
  lostBeforeWork,
  madeIds,
  newRunId,
  quickPolicy,
  recordingTool,
  scripted,
  tokensSpent,
  until,
  webhookPolicy,
  type RunHandle,
} from './support.ts';

/* Replies of submits that are lost; those of creates are in create.test.ts, but for what two of them leave behind. */

type HttpFault = (typeof lostAfterWork)[number]['fault'];

type ResponseObject = ReturnType<Simulator['responses']>[number];

const { endpoints, requestsBeforeSubmit } = dialect;

/** What the tool does before it counts, by run and number. */
const before = new Map<string, () => Promise<void>>();

const count = recordingTool('count', async (n, { idempotencyKey }) => {
  const [runId = ''] = idempotencyKey.split('/');
  await before.get(`${runId}/${n}`)?.();
  return n;
});

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ tools: [count.tool] });
});
afterAll(() => harness.stop());

/** One round for each number, in which the model asks to count it. */
function rounds(...numbers: number[]): Pick<ScriptSource, 'rounds'> {
  return { rounds: numbers.map((n) => [{ name: 'count', arguments: { n } }]) };
}

/** Starts a run, one of whose submits (the first, unless others are to go through before) meets this fault. */
async function startWith(
  fault: HttpFault,
  script: ScriptSource,
  {
    policy = webhookPolicy(),
    earlier = 0,
    times = 1,
  }: { policy?: PolicyInput; earlier?: number; times?: number | null } = {},
  id = newRunId(),
): Promise<RunHandle> {
  addFault(harness, id, endpoints.submit, fault, { after: requestsBeforeSubmit + earlier, times });
  const request = scripted(script);
  return harness.start({ input: 'Count', tools: ['count'], request, policy }, id);
}

/** How many submits have reached the provider, those that were refused or not answered among them. */
function submitsOf({ workflowId }: RunHandle): number {
  return (logOf(harness, workflowId).counts()[endpoints.submit] ?? 0) - requestsBeforeSubmit;
}

/** How many runs the provider has when so many submits have done their work. */
function madeBy(submits: number): number {
  return dialect.makesNewRefs ? 1 + submits : 1;
}

describe.concurrent('a submit that worked, and whose reply', () => {
  it.each(lostAfterWork)('$name is not sent again: what it has done is found', async ({ fault }) => {
    // What can be looked for is found by a look, or else a webhook tells of it, be it before the look or after.
    const id = newRunId();
    if (dialect.searchable) addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    const policy = dialect.searchable ? quickPolicy() : webhookPolicy();
    const handle = await startWith(fault, rounds(1), { policy }, id);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 1, toolCalls: 1 });
    expect(result).toMatchObject({ recreations: 0, orphans: [] });
    expect(result.attempts).toEqual([expect.objectContaining({ number: 1, adopted: true })]);
    expect(count.executions(handle.workflowId)).toHaveLength(1);
    expect(submitsOf(handle)).toBe(1);
    expect(logOf(harness, handle.workflowId).providerRuns()).toEqual(madeIds(result));
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(madeBy(1));
    expect(result.usage.totalTokens).toBe(tokensSpent(harness, handle.workflowId));
    const { submitToolOutputs, findRun = 0 } = countActivities(await historyOf(handle));
    expect(submitToolOutputs).toBe(1);
    expect(findRun).toBeGreaterThanOrEqual(dialect.searchable ? 1 : 0);
    expect(findRun).toBeLessThanOrEqual(1);
  });

  it('was lost, and that cannot be looked for, is told of by a webhook', async () => {
    const id = newRunId();
    const faults = { after: requestsBeforeSubmit, times: 1 };
    addFault(harness, id, endpoints.submit, { kind: 'drop_reply' }, faults);
    if (dialect.searchable)
      addFault(harness, id, endpoints.retrieve, { kind: 'status', status: 500 }, { times: null });
    const handle = await harness.start(
      {
        input: 'Count',
        tools: ['count'],
        request: scripted({ queueMs: 400, ...rounds(1) }),
        policy: webhookPolicy({ lostCreate: { whenNotFound: 'fail' } }),
      },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolCalls: 1, learntFrom: 'webhook' });
    expect(result.attempts).toEqual([expect.objectContaining({ adopted: true })]);
    expect(submitsOf(handle)).toBe(1);
  });

  it('was lost goes on with further rounds as if it had come', async () => {
    const handle = await startWith(
      { kind: 'drop_reply' },
      { queueMs: 1_000, ...rounds(1, 2, 3) },
      { earlier: 1 },
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 3, toolCalls: 3, recreations: 0 });
    expect(result.attempts).toEqual([expect.objectContaining({ adopted: true })]);
    expect(count.executions(handle.workflowId)).toHaveLength(3);
    expect(submitsOf(handle)).toBe(3);
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(madeBy(3));
    expect(result.usage.totalTokens).toBe(tokensSpent(harness, handle.workflowId));
  });

  it('was lost, and has already led to the next round, is not taken for one that did nothing', async () => {
    const handle = await startWith(
      { kind: 'drop_reply' },
      { queueMs: 5, workMs: 5, ...rounds(1, 2) },
      {
        policy: webhookPolicy({ lostCreate: { settleMs: 700 } }),
      },
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 2, toolCalls: 2 });
    expect(result).toMatchObject({ recreations: 0, orphans: [] });
    expect(count.executions(handle.workflowId)).toHaveLength(2);
    // The webhook of the next round says that the first submit has worked.
    expect(submitsOf(handle)).toBe(2);
    const log = logOf(harness, handle.workflowId);
    expect(log.providerRuns()).toHaveLength(madeBy(2));
    const asking = log.statuses().filter((status) => status === 'requires_action');
    expect(asking).toHaveLength(dialect.makesNewRefs ? 0 : 2);
  });

  it.runIf(dialect.makesNewRefs)('was lost is adopted by its webhook, without a look', async () => {
    const handle = await startWith({ kind: 'drop_reply' }, rounds(1), {
      policy: webhookPolicy({ lostCreate: { settleMs: 30_000 } }),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', recreations: 0, orphans: [], learntFrom: 'webhook' });
    expect(result.attempts).toEqual([expect.objectContaining({ adopted: true })]);
    expect(submitsOf(handle)).toBe(1);
    expect(countActivities(await historyOf(handle))['findRun']).toBeUndefined();
  });
});

describe.concurrent('a submit of which nobody knows whether it worked', () => {
  /** No webhook will come of it: waiting for one is in vain. */
  const lostCreate = { webhookMs: 50 };
  /** A submit that still waits to be made is no risk; one that nobody can look for is. */
  const risked = dialect.makesNewRefs ? 1 : 0;

  it.each(lostBeforeWork)(
    '($name) is sent again, and its tools are not executed again',
    async ({ fault }) => {
      const handle = await startWith(fault, rounds(1), { policy: webhookPolicy({ lostCreate }) });
      const result = await handle.result();

      expect(result).toMatchObject({ status: 'completed', toolRounds: 1, toolCalls: 1 });
      expect(result).toMatchObject({ recreations: risked, orphans: [] });
      expect(result.attempts).toEqual([expect.objectContaining({ number: 1, adopted: false })]);
      expect(count.executions(handle.workflowId)).toHaveLength(1);
      expect(submitsOf(handle)).toBe(2);
      expect(result.calls.submitToolOutputs).toBe(2);
      expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(madeBy(1));
      const { order } = await historyOf(handle);
      expect(order.filter((kind) => kind === 'findRun' || kind === 'submitToolOutputs')).toEqual([
        'submitToolOutputs',
        ...Array<string>(dialect.looks).fill('findRun'),
        'submitToolOutputs',
      ]);
    },
  );

  it.runIf(dialect.makesNewRefs).each(lostBeforeWork)(
    '($name) is not sent again where the policy forbids it',
    async ({ fault }) => {
      const policy = webhookPolicy({ lostCreate: { ...lostCreate, whenNotFound: 'fail' } });
      const handle = await startWith(fault, rounds(1), { policy });
      const { type, result } = await failureOf(handle);

      expect(type).toBe('run.failed');
      expect(result).toMatchObject({ attempts: [{ outcome: 'gave_up' }], recreations: 0, toolCalls: 1 });
      expect(result.error?.code).toMatch(/^provider\./);
      expect(submitsOf(handle)).toBe(1);
      expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
    },
  );

  it('is sent again also when the webhook of an earlier round comes late', async () => {
    const id = newRunId();
    addWebhookFault(harness, id, `webhook:${dialect.toolsEvent}`, { kind: 'lose' });
    before.set(`${id}/2`, () => deliverLost(harness, id));
    const policy = quickPolicy({ lostCreate });
    const handle = await startWith({ kind: 'reset' }, rounds(1, 2), { policy, earlier: 1 }, id);

    expect(await handle.result()).toMatchObject({ status: 'completed', toolRounds: 2, toolCalls: 2 });
    expect(submitsOf(handle)).toBe(3);
    expect(logOf(harness, id).providerRuns()).toHaveLength(madeBy(2));
  });

  it('is sent only so often', async () => {
    const policy = webhookPolicy({
      lostCreate: { ...lostCreate, settleMs: 1 },
      calls: { maximumAttempts: 2 },
    });
    const fault = { kind: 'status', status: 500 } as const;
    const handle = await startWith(fault, rounds(1), { policy, times: null });
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.failed');
    expect(result).toMatchObject({ attempts: [{ outcome: 'gave_up' }], recreations: risked });
    expect(result.error?.code).toBe('provider.server_error');
    expect(submitsOf(handle)).toBe(2);
    expect(logOf(harness, handle.workflowId).active()).toEqual([]);
  });
});

describe
  .runIf(!dialect.searchable)
  .concurrent('what is made twice, as nobody could tell that it was made', () => {
    const hasty = webhookPolicy({ lostCreate: { settleMs: 1, webhookMs: 1 } });

    it('by a submit: only what the last has made is acted on, and both are counted', async () => {
      const id = newRunId();
      addWebhookFault(harness, id, `webhook:${dialect.toolsEvent}`, { kind: 'lose' }, { after: 1 });
      // The first tells of itself while the tool is executed for the second.
      before.set(`${id}/2`, () => deliverLost(harness, id));
      const handle = await startWith({ kind: 'drop_reply' }, rounds(1, 2), { policy: hasty }, id);
      const result = await handle.result();

      const log = logOf(harness, handle.workflowId);
      const [parent, orphan, child, last, ...others] = log.providerRuns();
      expect(others).toEqual([]);
      expect(log.counts()[endpoints.create]).toBe(4);
      expect(parentsOf(handle)).toEqual([null, parent, parent, child]);
      // Both children have asked for a tool.
      expect(toolCallsOf(handle)).toEqual([1, 1, 1, 0]);

      expect(result).toMatchObject({ status: 'completed', recreations: 1, toolRounds: 2, toolCalls: 2 });
      expect(result.orphans).toEqual([{ id: orphan }]);
      expect(result.attempts).toEqual([
        expect.objectContaining({
          earlierRefs: [{ id: parent }, { id: child }],
          ref: { id: last },
          adopted: false,
        }),
      ]);
      expect(count.executions(handle.workflowId)).toHaveLength(2);
      expect(result.calls.submitToolOutputs).toBe(3);
      expectCosts(handle, result, [parent, child, last]);
    });

    it('by a submit, of which the first tells of itself only when the last has gone on', async () => {
      const id = newRunId();
      addWebhookFault(harness, id, `webhook:${dialect.toolsEvent}`, { kind: 'lose' }, { after: 1 });
      // So that it has not ended by then: the end.
      addWebhookFault(harness, id, `webhook:${dialect.toolsEvent}`, { kind: 'lose' }, { after: 2 });
      const handle = await startWith({ kind: 'drop_reply' }, rounds(1, 2), { policy: hasty }, id);
      const log = logOf(harness, id);
      await until(async () => log.providerRuns().length === 4 || undefined);
      await deliverLost(harness, id);
      await deliverLost(harness, id);
      const result = await handle.result();

      const [parent, orphan, child, last] = log.providerRuns();
      expect(result).toMatchObject({ status: 'completed', recreations: 1, toolRounds: 2, toolCalls: 2 });
      expect(result.orphans).toEqual([{ id: orphan }]);
      expect(count.executions(id)).toHaveLength(2);
      expectCosts(handle, result, [parent, child, last]);
    });

    it('by a create: only what the last has made is acted on, and both are counted', async () => {
      const id = newRunId();
      addFault(harness, id, endpoints.create, { kind: 'drop_reply' });
      addWebhookFault(harness, id, `webhook:${dialect.toolsEvent}`, { kind: 'lose' });
      before.set(`${id}/1`, () => deliverLost(harness, id));
      const input = { input: 'Count', tools: ['count'], request: scripted(rounds(1)), policy: hasty };
      const handle = await harness.start(input, id);
      const result = await handle.result();

      const log = logOf(harness, id);
      const [orphan, first, last, ...others] = log.providerRuns();
      expect(others).toEqual([]);
      expect(log.counts()[endpoints.create]).toBe(3);
      expect(parentsOf(handle)).toEqual([null, null, first]);
      expect(toolCallsOf(handle)).toEqual([1, 1, 0]);

      expect(result).toMatchObject({ status: 'completed', recreations: 1, toolRounds: 1, toolCalls: 1 });
      expect(result.orphans).toEqual([{ id: orphan }]);
      expect(result.attempts).toEqual([
        expect.objectContaining({
          number: 1,
          earlierRefs: [{ id: first }],
          ref: { id: last },
          adopted: false,
        }),
      ]);
      expect(count.executions(id)).toHaveLength(1);
      expectCosts(handle, result, [first, last]);
    });
  });

/** The run's responses as the provider has them, in the order of their creation. */
function responsesOf({ workflowId }: Pick<RunHandle, 'workflowId'>): ResponseObject[] {
  return harness.simulator.responses().filter(({ metadata }) => metadata?.['durable_run_id'] === workflowId);
}

function parentsOf(handle: RunHandle): (string | null | undefined)[] {
  return responsesOf(handle).map((response) => response.previous_response_id);
}

/** How many tool calls each of the responses asks for. */
function toolCallsOf(handle: RunHandle): number[] {
  return responsesOf(handle).map(
    ({ output }) => output.filter(({ type }) => type === 'function_call').length,
  );
}

/** The attempt has cost what these have, and the run what all have, as the provider tells it. */
function expectCosts(handle: RunHandle, result: RunResult, ofAttempt: readonly (string | undefined)[]): void {
  const tokens = responsesOf(handle)
    .filter(({ id }) => ofAttempt.includes(id))
    .reduce((total, { usage }) => total + (usage?.total_tokens ?? 0), 0);
  expect(tokens).toBeGreaterThan(0);
  expect(result.attempts.map(({ usage }) => usage?.totalTokens)).toEqual([tokens]);
  expect(result.usage.totalTokens).toBe(tokensSpent(harness, handle.workflowId));
  expect(result.usage.totalTokens).toBeGreaterThan(tokens);
}
