import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunStatus } from '../../core/result.ts';
import type { ScriptSource } from '../../simulator/index.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import {
  addFault,
  failureOf,
  historyOf,
  logOf,
  newRunId,
  openThreads,
  providerRun,
  quickPolicy,
  reached,
  scripted,
  webhookPolicy,
  type RunHandle,
} from './support.ts';

interface Ending {
  readonly name: string;
  readonly script: ScriptSource;
  readonly status: Exclude<RunStatus, 'completed'>;
  readonly type: string;
  readonly code: string;
  readonly text?: string;
}

/** Ends that the provider itself gives a run, and that nothing follows. */
const endings: readonly Ending[] = [
  {
    name: 'failed for a reason that no restart mends',
    script: { error: { code: 'invalid_prompt', message: 'Not this prompt.' } },
    status: 'failed',
    type: 'run.failed',
    code: 'invalid_prompt',
  },
  {
    name: 'incomplete, with the text that there is',
    script: { reason: 'max_completion_tokens', answer: 'half of it' },
    status: 'incomplete',
    type: 'run.incomplete',
    code: 'max_completion_tokens',
    text: 'half ',
  },
  {
    name: 'expired, with no attempt left',
    script: { end: 'expired' },
    status: 'expired',
    type: 'run.expired',
    code: 'run.expired',
  },
  {
    name: 'cancelled by the provider',
    script: { end: 'cancelled' },
    status: 'cancelled',
    type: 'run.cancelled',
    code: 'run.cancelled',
  },
];

const modes = [
  { mode: 'polling', policy: quickPolicy, webhooks: false, learntFrom: 'check' },
  { mode: 'webhook', policy: webhookPolicy, webhooks: true, learntFrom: 'webhook' },
] as const;

describe.each(modes)('by $mode', ({ policy, webhooks, learntFrom }) => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness({ webhooks });
  });
  afterAll(() => harness.stop());

  it.concurrent.each(endings)(
    'a run that ended $name fails as $type',
    async ({ script, status, type, code, text }) => {
      const handle = await harness.start({
        input: 'Hello',
        request: scripted({ ...script, usage: { prompt: 7, completion: 3 } }),
        policy: policy({ restarts: { maximumAttempts: 1 } }),
      });
      const failure = await failureOf(handle);

      expect(failure).toMatchObject({ type, nonRetryable: true });
      const { result } = failure;
      expect(result).toMatchObject({
        id: handle.workflowId,
        status,
        text: text ?? null,
        learntFrom,
        usage: { totalTokens: 10 },
      });
      expect(result.error?.code).toBe(code);
      expect(failure.message).toContain(result.error?.message);
      expect(result.attempts).toEqual([expect.objectContaining({ number: 1, outcome: status })]);
      expect(logOf(harness, handle.workflowId).statuses().at(-1)).toBe(status);
      expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
    },
  );

  it.concurrent('a run that somebody else cancels is waited for while it is cancelling', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'in_progress', cancelMs: 120 }),
      policy: policy(),
    });
    await reached(harness, handle.workflowId, 'in_progress');
    await cancelFromOutside(harness, handle);
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.cancelled');
    expect(result.error?.message).toContain('not by us');
    expect(result.calls.cancel).toBeUndefined();
    expect(logOf(harness, handle.workflowId).statuses().slice(-2)).toEqual(['cancelling', 'cancelled']);
  });

  it.concurrent('a run goes on after a status that nobody knows', async () => {
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: scripted({ status: 'pondering', unknownMs: 100 }),
      policy: policy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', learntFrom });
    expect(logOf(harness, handle.workflowId).statuses()).toEqual([
      'queued',
      'pondering',
      'in_progress',
      'completed',
    ]);
  });

  it.concurrent('a status that nobody knows and that never ends is bounded by the deadline', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ status: 'pondering' }),
      policy: policy({ deadlines: { totalMs: 1_200 } }),
    });
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(result.attempts).toEqual([expect.objectContaining({ outcome: 'gave_up' })]);
    expect(logOf(harness, handle.workflowId).active()).toEqual([]);
  });
});

describe('a run that the provider has forgotten', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness({ webhooks: false });
  });
  afterAll(() => harness.stop());

  it.concurrent('is lost, not looked for for ever', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'in_progress' }),
      policy: quickPolicy({ wait: { initialMs: 80 } }),
    });
    await reached(harness, handle.workflowId, 'in_progress');
    const report = await handle.query('runReport');
    expect(report).toMatchObject({ status: 'running' });
    await deleteThread(harness, handle);
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.lost');
    expect(result).toMatchObject({ status: 'lost', attempts: [{ outcome: 'lost', usage: null }] });
    expect(result.error?.code).toBe('run.lost');
    // The first look that finds it gone is the last one.
    const gone = logOf(harness, handle.workflowId)
      .entries()
      .filter((entry) => entry.kind === 'request' && entry.status === 404);
    expect(gone).toHaveLength(1);
  });

  it.concurrent('is lost too when the outputs of its tools find it gone', async () => {
    const id = newRunId();
    for (const on of ['runs.submitToolOutputs', 'runs.cancel'] as const) {
      addFault(harness, id, on, { kind: 'status', status: 404 }, { times: null });
    }
    const handle = await harness.start(
      {
        input: 'Hello',
        tools: ['add'],
        request: scripted({ rounds: [[{ name: 'add', arguments: { a: 1, b: 1 } }]] }),
        policy: quickPolicy(),
      },
      id,
    );
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.lost');
    expect(result.attempts).toEqual([expect.objectContaining({ outcome: 'lost' })]);
  });
});

describe('a workflow id', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness.stop());

  it.concurrent('of a run that is going starts no second one', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ workMs: 300 }),
      policy: webhookPolicy(),
    });
    await expect(harness.start({ input: 'Hello' }, handle.workflowId)).rejects.toThrow(
      WorkflowExecutionAlreadyStartedError,
    );
    await handle.result();
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
  });

  it.concurrent('that is used again makes a run of its own', async () => {
    const thread = await openThreads(harness).create();
    const input = { input: 'Hello', request: { thread_id: thread.id }, policy: webhookPolicy() };
    const first = await harness.start(input);
    const before = await first.result();
    const second = await harness.start(input, first.workflowId);
    const after = await second.result();

    expect(after.attempts[0]?.ref.id).not.toBe(before.attempts[0]?.ref.id);
    expect((await historyOf(second)).signals).toBe(1);
  });
});

async function cancelFromOutside(harness: Harness, handle: RunHandle): Promise<void> {
  const { id, threadId } = providerRun(harness, handle.workflowId);
  await openThreads(harness).runs.cancel(id, { thread_id: threadId });
}

async function deleteThread(harness: Harness, handle: RunHandle): Promise<void> {
  await openThreads(harness).delete(providerRun(harness, handle.workflowId).threadId);
}
