import { CancelledFailure } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../core/policy.ts';
import { tagToMetadata } from '../../core/tag.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { runReportQuery } from '../../workflows/messages.ts';
import {
  addFault,
  causeOf,
  chainOf,
  countActivities,
  dialect,
  doing,
  historyOf,
  logOf,
  newRunId,
  openThreads,
  seen,
  until,
  webhookPolicy,
  type RunHandle,
} from './support.ts';

const { PENDING_ACTIVITY_STATE_CANCEL_REQUESTED } = temporal.api.enums.v1.PendingActivityState;

/* A file of its own: these tests move the simulator's time on by hand. */

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

describe.runIf(dialect.hasThreads)('a thread held by a run whose create was lost, and comes late', () => {
  const heldMs = 3_600_000;
  const patient = { calls: { timeoutMs: 60_000 }, deadlines: { totalMs: 24 * 3_600_000 } };

  /** A run whose first create was lost on its way. Its second is on its way, too, when what the first has made comes to be. */
  async function startLate(given: PolicyInput): Promise<{ handle: RunHandle; madeId: string }> {
    const { id: threadId } = await openThreads(harness).create();
    const workflowId = newRunId();
    addFault(harness, workflowId, 'runs.create', { kind: 'reset' });
    addFault(harness, workflowId, 'runs.create', { kind: 'delay', ms: heldMs, when: 'before' });
    const handle = await harness.start(
      {
        input: 'Hello',
        request: { thread_id: threadId },
        policy: webhookPolicy({ ...patient, ...given, whenThreadBusy: 'wait' }),
      },
      workflowId,
    );
    await seen(harness, workflowId, (entry) => entry.kind === 'fault' && entry.fault === 'delay');
    const { firstExecutionRunId: executionId } = await historyOf(handle);
    const tag = tagToMetadata({ workflowId, executionId, attempt: 1, round: 0 });
    const { id: madeId } = await openThreads(harness).runs.create(threadId, {
      assistant_id: 'asst_simulator',
      metadata: {
        ...tag,
        simulator: JSON.stringify({ workMs: 2 * heldMs, expiresAfterMs: 4 * heldMs, answer: 'late' }),
      },
    });
    return { handle, madeId };
  }

  it('is freed when the run is cancelled: what the first create has made is cancelled at the provider', async () => {
    const { handle, madeId } = await startLate({ cancel: { confirmMs: 20_000 } });
    await handle.cancel();
    // Only then the second create is refused: the run has heard of the cancel.
    await until(async () => {
      const { raw } = await handle.describe();
      const [create] = raw.pendingActivities ?? [];
      return create?.state === PENDING_ACTIVITY_STATE_CANCEL_REQUESTED ? true : undefined;
    });
    await harness.simulator.advance(heldMs);
    expect(await causeOf(handle)).toBeInstanceOf(CancelledFailure);

    expect(logOf(harness, handle.workflowId).statuses(madeId).at(-1)).toBe('cancelled');
    expect(logOf(harness, handle.workflowId).active()).toEqual([]);
    const { attempts, calls } = await handle.query(runReportQuery);
    expect(attempts).toEqual([
      expect.objectContaining({ ref: expect.objectContaining({ id: madeId }), adopted: true }),
    ]);
    expect(calls).toMatchObject({ create: 2, cancel: 1 });
  });

  it('is looked at before the run continues as new: nothing is sent once more', async () => {
    // It is due after the second create, and not before.
    const { handle, madeId } = await startLate({ continueAsNew: { afterEvents: 23 } });
    await harness.simulator.advance(heldMs);
    await doing(handle, /^waiting/);
    await harness.simulator.advance(2 * heldMs);
    expect(await handle.result()).toMatchObject({ status: 'completed', text: 'late', calls: { create: 2 } });

    const creates = (await chainOf(harness, handle)).map((history) => countActivities(history)['createRun']);
    expect(creates).toEqual([2, undefined]);
    expect(logOf(harness, handle.workflowId).providerRuns()).toEqual([madeId]);
  });
});
