import type { Scene } from './injections/injection.ts';
import type { FaultPlan } from './plan.ts';
import type { InjectedFault } from './record.ts';

/** Injects a fault, and says when, and what came of it: a fault that cannot be injected is no violation. */
export async function injectFault(
  fault: FaultPlan,
  scene: Scene,
  elapsedMs: () => number,
): Promise<InjectedFault> {
  const { name, detail } = fault;
  const atMs = elapsedMs();
  try {
    await fault.inject(scene);
    return { name, detail, atMs, endedAtMs: elapsedMs(), problem: null };
  } catch (error) {
    const problem = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
    return { name, detail, atMs, endedAtMs: elapsedMs(), problem };
  }
}
