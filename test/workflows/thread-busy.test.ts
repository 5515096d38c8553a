import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tagToMetadata } from '../../core/tag.ts';
import { createClient } from '../../providers/account.ts';
import type { ScriptSource } from '../../simulator/index.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { openaiRun } from '../../workflows/openaiRun.ts';
import {
  addFault,
  countActivities,
  dialect,
  doing,
  failureOf,
  historyOf,
  logOf,
  newRunId,
  openThreads,
  scripted,
  until,
  webhookPolicy,
} from './support.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe.runIf(dialect.hasThreads).concurrent("a thread that somebody else's run holds", () => {
  it('is waited for', async () => {
    const { threadId, runId } = await busyThread({ stuck: 'in_progress', cancelTo: 'completed' });
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: { thread_id: threadId },
      policy: webhookPolicy({ whenThreadBusy: 'wait' }),
    });
    await doing(handle, /^the thread is busy/);
    await openThreads(harness).runs.cancel(runId, { thread_id: threadId });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', recreations: 0 });
    expect(result.calls.create).toBe(2);
    expect(result.calls.cancel).toBeUndefined();
    expect(statusOf(runId)).toBe('completed');
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
    expect((await historyOf(handle)).timers[0]).toBe(`the thread is busy: waiting 500 ms for ${runId}`);
  });

  it('is freed by a cancel, where the policy says so', async () => {
    const { threadId, runId } = await busyThread({ stuck: 'in_progress' });
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: { thread_id: threadId },
      policy: webhookPolicy({ whenThreadBusy: 'cancel' }),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', calls: { create: 2, cancel: 1 } });
    expect(statusOf(runId)).toBe('cancelled');
  });

  it('fails the run, where the policy says so', async () => {
    const { threadId, runId } = await busyThread({ stuck: 'in_progress' });
    const handle = await harness.start({
      input: 'Hello',
      request: { thread_id: threadId },
      policy: webhookPolicy({ whenThreadBusy: 'fail' }),
    });
    const { type, message, result } = await failureOf(handle);

    expect(type).toBe('run.thread_busy');
    expect(message).toContain(runId);
    expect(result).toMatchObject({
      error: { code: 'provider.thread_busy' },
      calls: { create: 1 },
      attempts: [],
    });
    expect(statusOf(runId)).toBe('in_progress');
  });

  it('is asked for again only after a pause when the run that should hold it has ended', async () => {
    const { threadId, runId } = await busyThread({ queueMs: 0, workMs: 0 });
    await harness.simulator.log.waitFor(
      (entry) => entry.runId === runId && 'to' in entry && entry.to === 'completed',
    );
    const id = newRunId();
    const message = `Thread ${threadId} already has an active run ${runId}.`;
    addFault(harness, id, 'runs.create', { kind: 'status', status: 400, message }, { times: 2 });
    const handle = await harness.start(
      { input: 'Hello', request: { thread_id: threadId }, policy: webhookPolicy() },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', calls: { create: 3 } });
    expect((await historyOf(handle)).timers).toContain(`the thread is busy: waiting 500 ms for ${runId}`);
  });

  it('is waited for no longer than the total deadline', async () => {
    const { threadId, runId } = await busyThread({ stuck: 'in_progress' });
    const handle = await harness.start({
      input: 'Hello',
      request: { thread_id: threadId },
      policy: webhookPolicy({ deadlines: { totalMs: 300 } }),
    });
    const { type } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(statusOf(runId)).toBe('in_progress');
  });
});

describe.runIf(dialect.hasThreads).concurrent('a thread that our own run holds', () => {
  it('is not created on: that very run is adopted', async () => {
    const { id: threadId } = await openThreads(harness).create();
    // The start is put off, so that the run whose create nobody remembers can be made with the right tag.
    const workflowId = newRunId();
    const handle = await harness.client.workflow.start(openaiRun, {
      taskQueue: harness.taskQueue,
      workflowId,
      startDelay: 500,
      args: [
        {
          input: 'Hello',
          request: { thread_id: threadId },
          policy: webhookPolicy({ whenThreadBusy: 'cancel' }),
        },
      ],
    });
    const tag = tagToMetadata({ workflowId, executionId: handle.firstExecutionRunId, attempt: 1, round: 0 });
    const made = await openThreads(harness).runs.create(threadId, {
      assistant_id: 'asst_simulator',
      metadata: { ...tag, ...metadataOf({ workMs: 1_500, answer: 'ours' }) },
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: 'ours' });
    expect(result.attempts).toEqual([expect.objectContaining({ adopted: true })]);
    expect(result.attempts[0]?.ref.id).toBe(made.id);
    expect(logOf(harness, workflowId).providerRuns()).toEqual([made.id]);
  });

  it('from an earlier attempt is freed whatever the policy, and although the first look fails', async () => {
    const id = newRunId();
    // The first cancel fails for good, so the expired attempt still holds the thread when the next one is created.
    addFault(harness, id, 'runs.cancel', { kind: 'status', status: 500 });
    // One look at the expired attempt when its time is up; the next read is that of the run that holds the thread.
    addFault(harness, id, 'runs.retrieve', { kind: 'status', status: 500 }, { after: 1 });
    const handle = await harness.start(
      {
        input: 'What is 2+2?',
        request: scripted({
          attempts: [{ silentExpiry: true, expiresAfterMs: 0, stuck: 'in_progress' }, {}],
        }),
        policy: webhookPolicy({
          calls: { maximumAttempts: 1 },
          cancel: { confirmMs: 0 },
          whenThreadBusy: 'wait',
        }),
      },
      id,
    );
    const result = await handle.result();

    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['expired', 'completed']);
    expect(result.calls.cancel).toBe(2);
    expect(logOf(harness, id).statuses(result.attempts[0]?.ref.id).at(-1)).toBe('cancelled');
  });
});

describe.runIf(dialect.hasConversations).concurrent('a conversation that another response holds', () => {
  it('is asked for again until it is free', async () => {
    const { conversation, responseId } = await busyConversation();
    const id = newRunId();
    const handle = await harness.start(
      {
        input: 'What is 2+2?',
        request: { conversation },
        policy: webhookPolicy({ calls: { initialMs: 20, maximumMs: 40, maximumAttempts: 1_000 } }),
      },
      id,
    );
    await refused(id, 3);
    await createClient(harness.account).responses.cancel(responseId);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', recreations: 0 });
    expect(result.calls.create).toBeGreaterThan(3);
    expect(result.calls.create).toBe(createsOf(id).length);
    expect(logOf(harness, id).providerRuns()).toEqual(result.attempts.map(({ ref }) => ref.id));
    expect(countActivities(await historyOf(handle))).toEqual({ createRun: 1 });
  });

  it('fails the run when it stays so', async () => {
    const { conversation } = await busyConversation();
    const handle = await harness.start({
      input: 'Hello',
      request: { conversation },
      policy: webhookPolicy({ calls: { maximumAttempts: 3 } }),
    });
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.not_created');
    expect(result).toMatchObject({
      error: { code: 'provider.conflict' },
      calls: { create: 3 },
      attempts: [],
    });
    expect(result.error?.message).toContain('conversation');
  });
});

/** Waits until so many of the run's creates have been refused. */
async function refused(workflowId: string, times: number): Promise<void> {
  await until(async () => {
    const refusals = createsOf(workflowId).filter(({ status }) => status === 400);
    return refusals.length >= times ? true : undefined;
  });
}

/** The run's own: the log of a conversation has those of the others, too. */
function createsOf(workflowId: string): { status: number | null }[] {
  return logOf(harness, workflowId)
    .entries()
    .filter((entry) => entry.kind === 'request')
    .filter(({ endpoint, metadata }) => {
      return endpoint === dialect.endpoints.create && metadata['durable_run_id'] === workflowId;
    });
}

async function busyConversation(): Promise<{ conversation: string; responseId: string }> {
  const { conversations, responses } = createClient(harness.account);
  const { id: conversation } = await conversations.create();
  const { id: responseId } = await responses.create({
    model: 'gpt-sim',
    background: true,
    input: 'Hello',
    conversation,
    metadata: metadataOf({ stuck: 'in_progress' }),
  });
  return { conversation, responseId };
}

async function busyThread(script: ScriptSource): Promise<{ threadId: string; runId: string }> {
  const { id: threadId } = await openThreads(harness).create();
  const run = await openThreads(harness).runs.create(threadId, {
    assistant_id: 'asst_simulator',
    metadata: metadataOf(script),
  });
  return { threadId, runId: run.id };
}

function metadataOf(script: ScriptSource): Record<string, string> {
  return { simulator: JSON.stringify(script) };
}

function statusOf(runId: string): string | undefined {
  return harness.simulator.runs().find((run) => run.id === runId)?.status;
}
