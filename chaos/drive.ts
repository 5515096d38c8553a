import { setTimeout as sleep } from 'node:timers/promises';
import { RunNotCompletedError, type RunHandle, type RunsClient } from '../client/index.ts';
import type { RunPlan } from './plan.ts';
import { persist } from './stage/persist.ts';
import type { Stage } from './stage/stage.ts';

/**
 * Plays one run's user: starts it, cancels it if that is the plan, and waits for its end.
 *
 * @throws the signal's reason, when the campaign's time is over before
 */
export async function driveRun(
  plan: RunPlan,
  {
    runs,
    stage,
    aborted,
  }: {
    readonly runs: RunsClient;
    readonly stage: Stage;
    readonly aborted: AbortSignal;
  },
): Promise<void> {
  if (plan.faults !== undefined) await stage.simulator.addFaults(plan.faults);
  // The id makes it idempotent: a start whose reply was lost is just repeated.
  const handle = await persist(() => runs.start(plan.input, { id: plan.id }), aborted);
  if (plan.cancelAfterMs !== undefined) {
    await sleep(plan.cancelAfterMs, undefined, { signal: aborted });
    await persist(() => handle.cancel(), aborted);
  }
  await persist(() => waitForEnd(handle, aborted), aborted);
}

async function waitForEnd(handle: RunHandle, aborted: AbortSignal): Promise<void> {
  try {
    await handle.result({ signal: aborted });
  } catch (error) {
    if (!(error instanceof RunNotCompletedError)) throw error;
  }
}
