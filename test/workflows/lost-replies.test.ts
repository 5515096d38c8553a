import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../core/policy.ts';
import type { RunResult } from '../../core/result.ts';
import type { FaultRuleInput, ScriptSource, Simulator } from '../../simulator/index.ts';
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
  newRunId,
  recordingTool,
  scripted,
  tokensSpent,
  until,
  webhookPolicy,
  type RunHandle,
} from './support.ts';

/* Replies of submits that are lost; those of creates are in create.test.ts, but for what two of them leave behind. */

type HttpFault = Exclude<FaultRuleInput, { on: `webhook:${string}` }>['fault'];

type ResponseObject = ReturnType<Simulator['responses']>[number];

const { endpoints, requestsBeforeSubmit } = dialect;

const count = recordingTool('count');

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
    policy = {},
    earlier = 0,
    times = 1,
  }: { policy?: PolicyInput; earlier?: number; times?: number | null } = {},
): Promise<RunHandle> {
  const id = newRunId();
  addFault(harness, id, endpoints.submit, fault, { after: requestsBeforeSubmit + earlier, times });
  const request = scripted(script);
  return harness.start({ input: 'Count', tools: ['count'], request, policy: webhookPolicy(policy) }, id);
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
  const lost: readonly { name: string; fault: HttpFault }[] = [
    { name: 'was lost with the connection', fault: { kind: 'drop_reply' } },
    { name: 'was lost as the connection was reset', fault: { kind: 'reset', when: 'after' } },
    { name: 'was cut off', fault: { kind: 'truncate' } },
    { name: 'was cut off with the connection', fault: { kind: 'truncate', cut: true } },
    { name: 'was a page of HTML', fault: { kind: 'html', status: 502, when: 'after' } },
    { name: 'was a page of HTML that says 200', fault: { kind: 'html', status: 200, when: 'after' } },
    { name: 'was an error of the server', fault: { kind: 'status', status: 500, when: 'after' } },
  ];
  /** Long enough not to be over before it is looked for. */
  const lasting = { queueMs: 4_000 };

  it.each(lost)('$name is not sent again: what it has done is found', async ({ fault }) => {
    const handle = await startWith(fault, { ...lasting, ...rounds(1) });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 1, toolCalls: 1 });
    expect(result).toMatchObject({ recreations: 0, orphans: [] });
    expect(result.attempts).toEqual([expect.objectContaining({ number: 1, adopted: true })]);
    expect(count.executions(handle.workflowId)).toHaveLength(1);
    expect(submitsOf(handle)).toBe(1);
    expect(logOf(harness, handle.workflowId).providerRuns()).toEqual(
      result.attempts.flatMap(({ earlierRefs, ref }) => [...earlierRefs, ref].map(({ id }) => id)),
    );
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(madeBy(1));
    expect(result.usage.totalTokens).toBe(tokensSpent(harness, handle.workflowId));
    const activities = countActivities(await historyOf(handle));
    expect(activities).toMatchObject({ submitToolOutputs: 1, findRun: 1 });
    expect(activities['retrieveRun']).toBeUndefined();
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
        policy: { lostCreate: { settleMs: 700 } },
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
      policy: { lostCreate: { settleMs: 30_000 } },
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', recreations: 0, orphans: [], learntFrom: 'webhook' });
    expect(result.attempts).toEqual([expect.objectContaining({ adopted: true })]);
    expect(submitsOf(handle)).toBe(1);
    expect(countActivities(await historyOf(handle))['findRun']).toBeUndefined();
  });
});

describe.concurrent('a submit of which nobody knows whether it worked', () => {
  const unknown: readonly { name: string; fault: HttpFault }[] = [
    { name: 'the connection was reset', fault: { kind: 'reset' } },
    { name: 'the server failed', fault: { kind: 'status', status: 500 } },
    { name: 'a proxy answered', fault: { kind: 'html', status: 502 } },
  ];
  /** No webhook will come of it: waiting for one is in vain. */
  const lostCreate = { webhookMs: 50 };
  /** A submit that still waits to be made is no risk; one that nobody can look for is. */
  const risked = dialect.makesNewRefs ? 1 : 0;

  it.each(unknown)('($name) is sent again, and its tools are not executed again', async ({ fault }) => {
    const handle = await startWith(fault, rounds(1), { policy: { lostCreate } });
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
  });

  it.runIf(dialect.makesNewRefs).each(unknown)(
    '($name) is not sent again where the policy forbids it',
    async ({ fault }) => {
      const policy = { lostCreate: { ...lostCreate, whenNotFound: 'fail' } } as const;
      const handle = await startWith(fault, rounds(1), { policy });
      const { type, result } = await failureOf(handle);

      expect(type).toBe('run.failed');
      expect(result).toMatchObject({ attempts: [{ outcome: 'gave_up' }], recreations: 0, toolCalls: 1 });
      expect(result.error?.code).toMatch(/^provider\./);
      expect(submitsOf(handle)).toBe(1);
      expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
    },
  );

  it('is sent only so often', async () => {
    const policy = { lostCreate: { ...lostCreate, settleMs: 1 }, calls: { maximumAttempts: 2 } };
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
    /** The second is made before the first can tell of itself. */
    const hasty = { lostCreate: { settleMs: 1, webhookMs: 1 } };
    const slow = { queueMs: 1_500 };

    it('by a submit: only what the last has made is acted on, and both are counted', async () => {
      const handle = await startWith({ kind: 'drop_reply' }, { ...slow, ...rounds(1, 2) }, { policy: hasty });
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
      addFault(harness, id, endpoints.submit, { kind: 'drop_reply' }, { after: requestsBeforeSubmit });
      addWebhookFault(harness, id, `webhook:${dialect.toolsEvent}`, { kind: 'lose' }, { after: 1 });
      const request = scripted({ ...slow, ...rounds(1, 2) });
      const handle = await harness.start(
        { input: 'Count', tools: ['count'], request, policy: webhookPolicy(hasty) },
        id,
      );
      const log = logOf(harness, id);
      await until(async () => log.providerRuns().length === 4 || undefined);
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
      const request = scripted({ ...slow, ...rounds(1) });
      const handle = await harness.start(
        { input: 'Count', tools: ['count'], request, policy: webhookPolicy(hasty) },
        id,
      );
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
