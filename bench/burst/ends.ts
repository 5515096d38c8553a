import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { RunsClient } from '../../client/index.ts';
import { totalCalls } from '../../core/calls.ts';
import { mapSideBySide } from '../../scripts/mapSideBySide.ts';
import type { HeldRun } from './heldRuns.ts';
import { atATime } from '../load/options.ts';

/** Waits until so many runs have ended, by Temporal's own list; gives false when the time was not enough. */
export async function waitUntilEnded(given: {
  readonly client: Client;
  readonly count: number;
  readonly timeoutMs: number;
  readonly progress: (done: number) => void;
}): Promise<boolean> {
  const { client, count, timeoutMs, progress } = given;
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs) {
    const { count: ended } = await client.workflow.count("ExecutionStatus != 'Running'");
    progress(ended);
    if (ended >= count) return true;
    await sleep(500);
  }
  return false;
}

/** How the runs ended. */
export interface Ends {
  readonly completed: number;
  /** How many runs say that they cost so many provider calls. */
  readonly byCalls: ReadonlyMap<number, number>;
  /** Runs that have more than one attempt. */
  readonly restarted: number;
}

/** Reads the results; a run that has not completed counts as one that did not. */
export async function readEnds(client: Client, held: readonly HeldRun[]): Promise<Ends> {
  const runs = new RunsClient(client);
  const byCalls = new Map<number, number>();
  let completed = 0;
  let restarted = 0;
  await mapSideBySide(held, atATime, async ({ workflowId }) => {
    const result = await runs
      .getHandle(workflowId)
      .result({ signal: AbortSignal.timeout(10_000) })
      .catch(() => undefined);
    if (result?.status !== 'completed') return;
    completed += 1;
    if (result.attempts.length > 1) restarted += 1;
    const calls = totalCalls(result.calls);
    byCalls.set(calls, (byCalls.get(calls) ?? 0) + 1);
  });
  return { completed, byCalls, restarted };
}
