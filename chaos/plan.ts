import { injections as allInjections } from './injections/index.ts';
import type { Injection, PlannedInjection } from './injections/injection.ts';
import { kinds as allKinds, type KindOfRun, type RunSketch } from './kinds.ts';
import type { Random } from './random.ts';

/** One run of the campaign. */
export interface RunPlan extends RunSketch {
  readonly id: string;
  readonly kind: string;
  /** How long after the run before it is started, at the earliest. */
  readonly afterMs: number;
}

/** One fault of the campaign. */
export interface FaultPlan extends PlannedInjection {
  readonly name: string;
  /** How long after the fault before, at the earliest. */
  readonly afterMs: number;
}

/** What is to happen, all of it: the seed decides it, and nothing else does. */
export interface CampaignPlan {
  readonly runs: readonly RunPlan[];
  /** As many as there is time for: they end when all runs have been started. */
  readonly faults: Iterable<FaultPlan>;
}

/** What a campaign chooses from; by default all there is. */
export interface Repertoire {
  readonly kinds?: readonly KindOfRun[];
  readonly injections?: readonly Injection[];
}

/** Between two injections, in the mean, at the least. */
const faultEveryMs = 800;

/**
 * @param random of the campaign's seed
 * @param startEveryMs between the starts of two runs, in the mean
 */
export function planCampaign(
  random: Random,
  runCount: number,
  startEveryMs: number,
  { kinds = allKinds, injections = allInjections }: Repertoire = {},
): CampaignPlan {
  return {
    runs: planRuns(random.fork('runs'), runCount, startEveryMs, kinds),
    faults: { [Symbol.iterator]: () => planFaults(random.fork('faults'), injections) },
  };
}

function planRuns(
  random: Random,
  count: number,
  startEveryMs: number,
  kinds: readonly KindOfRun[],
): RunPlan[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = random.pickWeighted(kinds);
    const provider = random.pick(kind.providers);
    const id = `chaos-${String(index + 1).padStart(String(count).length, '0')}-${kind.name}`;
    const afterMs = Math.floor(2 * random.fraction() * startEveryMs);
    const sketch = kind.build(id, provider, random);
    return { ...sketch, input: { ...sketch.input, provider }, provider, id, kind: kind.name, afterMs };
  });
}

/** Each sort once, so that a short campaign has them all, and then by their weights. */
function* planFaults(random: Random, injections: readonly Injection[]): Generator<FaultPlan, undefined> {
  const unseen = new Set(injections);
  while (injections.length > 0) {
    const afterMs = random.integer(faultEveryMs / 4, (faultEveryMs * 7) / 4);
    const injection = unseen.size > 0 ? random.pick([...unseen]) : random.pickWeighted(injections);
    unseen.delete(injection);
    yield { ...injection.plan(random), name: injection.name, afterMs };
  }
}
