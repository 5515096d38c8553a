import { setTimeout as sleep } from 'node:timers/promises';
import type { RunPlan } from './plan.ts';
import type { Stage } from './stage/stage.ts';

/** Waits until the provider does nothing more, but for what nobody can stop, and all webhooks have been taken. */
export async function settle(
  { simulator }: Stage,
  runs: readonly RunPlan[],
  tooLate: AbortSignal,
): Promise<void> {
  const unstoppable = new Set(runs.filter(({ expected }) => expected.mayEndUntold).map(({ id }) => id));
  while (!tooLate.aborted) {
    const { tags, deliveries } = await simulator.report();
    const active = tags
      .filter(({ tag }) => !unstoppable.has(tag.durable_run_id))
      .flatMap(({ runs: made }) => made.filter(({ endedSeq }) => endedSeq === null));
    if (active.length === 0 && (deliveries['pending'] ?? 0) === 0) return;
    await sleep(1_000);
  }
}
