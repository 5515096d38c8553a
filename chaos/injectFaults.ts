import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from './injections/injection.ts';
import type { FaultPlan } from './plan.ts';
import type { InjectedFault } from './record.ts';

/** A slow machine must not spend all it has on faults: so many runs are started before the next, as long as there are any to come. */
const runsPerFault = 6;
const lookMs = 50;

/** Injects one fault after the other, whatever still lasts of those before, until the scene calms down; resolves when all are over. */
export async function injectFaults(
  faults: Iterable<FaultPlan>,
  scene: Scene,
  startedRuns: () => number,
  elapsedMs: () => number,
  done: (fault: InjectedFault) => void,
): Promise<void> {
  const injecting: Promise<void>[] = [];
  for (const fault of faults) {
    await sleep(fault.afterMs, undefined, { signal: scene.calm }).catch(() => undefined);
    const wanted = Math.min(scene.runCount, (injecting.length + 1) * runsPerFault);
    while (startedRuns() < wanted && !scene.calm.aborted) await sleep(lookMs);
    if (scene.calm.aborted) break;
    injecting.push(injectAndSay(fault, scene, elapsedMs, done));
  }
  // A repertoire without any has nothing to wait for but the calm.
  if (!scene.calm.aborted)
    await new Promise((resolve) => scene.calm.addEventListener('abort', resolve, { once: true }));
  await Promise.all(injecting);
}

async function injectAndSay(
  fault: FaultPlan,
  scene: Scene,
  elapsedMs: () => number,
  done: (fault: InjectedFault) => void,
): Promise<void> {
  done(await inject(fault, scene, elapsedMs));
}

/** Injects a fault, and says when, and what came of it: a fault that cannot be injected is no violation. */
async function inject(fault: FaultPlan, scene: Scene, elapsedMs: () => number): Promise<InjectedFault> {
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
