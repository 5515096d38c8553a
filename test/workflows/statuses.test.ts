import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunStatus } from '../../core/result.ts';
import { createClient } from '../../providers/account.ts';
import type { ResponseScriptSource, ScriptSource } from '../../simulator/index.ts';
import { runReportQuery, wakeUpSignal } from '../../workflows/messages.ts';
import { demonstrationTools } from '../../tools/demonstration.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import {
  addFault,
  deadlineMs,
  dialect,
  doing,
  failureOf,
  historyOf,
  logOf,
  madeIds,
  newRunId,
  openThreads,
  providerRun,
  quickPolicy,
  reached,
  recordingTool,
  type RunHandle,
  scripted,
  until,
  webhookPolicy,
} from './support.ts';

interface Ending {
  readonly name: string;
  readonly script: ScriptSource | ResponseScriptSource;
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
    script: { ...dialect.incomplete, answer: 'half of it' },
    status: 'incomplete',
    type: 'run.incomplete',
    code: dialect.incomplete.reason,
    text: 'half ',
  },
  {
    name: `${dialect.restartable.outcome}, with no attempt left`,
    script: dialect.restartable.script,
    status: dialect.restartable.outcome,
    type: `run.${dialect.restartable.outcome}`,
    code: dialect.restartable.code,
  },
  {
    name: 'cancelled by the provider',
    script: { end: 'cancelled' },
    status: 'cancelled',
    type: 'run.cancelled',
    code: 'run.cancelled',
  },
];

/** Ends that only responses have. */
const responseEndings: readonly Ending[] = [
  {
    name: 'incomplete because of a content filter',
    script: { reason: 'content_filter', answer: 'half of it' },
    status: 'incomplete',
    type: 'run.incomplete',
    code: 'content_filter',
    text: 'half ',
  },
  ...(
    ['rate_limit_exceeded', 'bio_policy', 'misalignment_policy_violation', 'vector_store_timeout'] as const
  ).map((code): Ending => ({
    name: `failed with ${code}`,
    script: { error: { code, message: 'So it is.' } },
    status: 'failed',
    type: 'run.failed',
    code,
  })),
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

  it.concurrent.each([...endings, ...(dialect.provider === 'response' ? responseEndings : [])])(
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
    expect(logOf(harness, handle.workflowId).statuses()).toEqual([
      'queued',
      'in_progress',
      ...dialect.cancelled,
    ]);
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
      policy: policy({ deadlines: { totalMs: deadlineMs } }),
    });
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(result.attempts).toEqual([expect.objectContaining({ outcome: 'gave_up' })]);
    expect(logOf(harness, handle.workflowId).active()).toEqual([]);
  });
});

describe('a run that the provider has forgotten', () => {
  let harness: Harness;
  const forgetful = recordingTool('forgetful', async (n, { idempotencyKey }) => {
    await deleteAtProvider(harness, idempotencyKey.split('/')[0] ?? '');
    return n;
  });
  beforeAll(async () => {
    harness = await startHarness({ webhooks: false, tools: [...demonstrationTools, forgetful.tool] });
  });
  afterAll(() => harness.stop());

  it.concurrent('is lost, not looked for for ever', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'in_progress' }),
      policy: quickPolicy({ wait: { initialMs: 80 } }),
    });
    // A check has read it: from then on a 404 is believed at once.
    await until(async () => {
      const { current } = await handle.query(runReportQuery);
      return current?.status === 'in_progress' ? true : undefined;
    });
    await forget(harness, handle.workflowId);
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.lost');
    expect(result).toMatchObject({ status: 'lost', attempts: [{ outcome: 'lost', usage: null }] });
    expect(result.error?.code).toBe('run.lost');
    // What it said itself, and what is known of it.
    expect(result.error?.message).toMatch(
      /^404 .*It was last heard of as (queued|in_progress), and made [\d.]+ m?s ago\.$/,
    );
    // The first look that finds it gone is the last one.
    const gone = logOf(harness, handle.workflowId)
      .entries()
      .filter((entry) => entry.kind === 'request' && entry.status === 404);
    expect(gone).toHaveLength(1);
  });

  it.concurrent('is lost too when the outputs of its tools find it gone', async () => {
    const id = newRunId();
    const gone = { kind: 'status', status: 404 } as const;
    addFault(harness, id, dialect.endpoints.submit, gone, {
      times: null,
      after: dialect.requestsBeforeSubmit,
    });
    addFault(harness, id, dialect.endpoints.cancel, gone, { times: null });
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
    expect(result.error?.message).toMatch(
      /It was last heard of as requires_action, and made [\d.]+ m?s ago\.$/,
    );
  });

  it.concurrent('while its tools were executed is lost, and nothing takes its place', async () => {
    const id = newRunId();
    const handle = await harness.start(
      {
        input: 'Hello',
        tools: ['forgetful'],
        request: scripted({ rounds: [[{ name: 'forgetful', arguments: { n: 1 } }]] }),
        policy: quickPolicy(),
      },
      id,
    );
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.lost');
    expect(result.attempts).toEqual([expect.objectContaining({ outcome: 'lost' })]);
    expect(result.error?.message).toMatch(
      /It was last heard of as requires_action, and made [\d.]+ m?s ago\.$/,
    );
    expect(result.calls.submitToolOutputs).toBe(1);
    expect(logOf(harness, id).providerRuns()).toEqual(madeIds(result));
  });

  it.runIf(dialect.provider === 'response').concurrent('although it had completed is lost', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ retainMs: 0 }),
      policy: webhookPolicy(),
    });
    const { current } = await doing(handle, /^waiting/);
    await reached(harness, handle.workflowId, 'completed');
    await until(async () =>
      harness.simulator.responses().some(({ id }) => id === current?.ref.id) ? undefined : true,
    );
    // Of what has never been read, so many 404s in a row are believed: it might only be new.
    for (let looks = 1; looks <= 3; looks += 1) {
      await handle.signal(wakeUpSignal, {
        webhookId: `wh_late_${looks}`,
        eventType: 'response.completed',
        ref: current?.ref ?? { id: '' },
      });
      await until(async () => {
        const { calls } = await handle.query(runReportQuery);
        return calls.retrieve === looks ? true : undefined;
      });
    }
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.lost');
    expect(result).toMatchObject({ status: 'lost', text: null, calls: { create: 1, retrieve: 3 } });
    expect(result.error?.message).toMatch(
      /^404 .*It was last heard of as queued, and made [\d.]+ m?s ago\.$/,
    );
    // It may have been paid for: nothing is made in its place.
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
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
    const request = dialect.hasThreads ? { thread_id: (await openThreads(harness).create()).id } : {};
    const input = { input: 'Hello', request, policy: webhookPolicy() };
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
  if (dialect.hasThreads) await openThreads(harness).runs.cancel(id, { thread_id: threadId });
  else await createClient(harness.account).responses.cancel(id);
}

/** Has the provider answer for the run as if it had never been: it does so itself where what still works can be deleted. */
async function forget(harness: Harness, workflowId: string): Promise<void> {
  if (dialect.hasThreads) return deleteAtProvider(harness, workflowId);
  addFault(harness, workflowId, dialect.endpoints.retrieve, { kind: 'status', status: 404 }, { times: null });
}

/** Deletes the run's thread, or a response that has ended. */
async function deleteAtProvider(harness: Harness, workflowId: string): Promise<void> {
  const { id, threadId } = providerRun(harness, workflowId);
  if (dialect.hasThreads) await openThreads(harness).delete(threadId);
  else await createClient(harness.account).responses.delete(id);
}
