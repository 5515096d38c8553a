import { setTimeout as sleep } from 'node:timers/promises';
import { RunNotCompletedError, type RunHandle, type RunsClient } from '../client/index.ts';
import type { RunPlan } from './plan.ts';
import { persist } from './stage/persist.ts';
import type { Stage } from './stage/stage.ts';

const lookMs = 500;

/**
 * Plays one run's user: starts it at its time, cancels it if that is the plan, and waits for its end.
 *
 * @param started called when Temporal has it
 * @throws the signal's reason, when the campaign's time is over before
 */
export async function driveRun(
  plan: RunPlan,
  {
    runs,
    stage,
    started,
    aborted,
  }: {
    readonly runs: RunsClient;
    readonly stage: Stage;
    readonly started: () => void;
    readonly aborted: AbortSignal;
  },
): Promise<void> {
  await sleep(plan.startAtMs, undefined, { signal: aborted });
  if (plan.faults !== undefined) await stage.simulator.addFaults(plan.faults);
  // The id makes it idempotent: a start whose reply was lost is just repeated.
  const handle = await persist(() => runs.start(plan.input, { id: plan.id }), aborted);
  started();
  if (plan.cancelled) await cancelWhenMade(handle, aborted);
  await persist(() => waitForEnd(handle, aborted), aborted);
}

async function cancelWhenMade(handle: RunHandle, aborted: AbortSignal): Promise<void> {
  for (;;) {
    const report = await persist(() => handle.report(), aborted);
    if (report.knownFrom === 'worker' && report.current !== null) break;
    if (report.status !== 'running') return;
    await sleep(lookMs);
  }
  await persist(() => handle.cancel(), aborted);
}

async function waitForEnd(handle: RunHandle, aborted: AbortSignal): Promise<void> {
  try {
    await handle.result({ signal: aborted });
  } catch (error) {
    if (!(error instanceof RunNotCompletedError)) throw error;
  }
}
