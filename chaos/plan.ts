import { injections as allInjections } from './injections/index.ts';
import type { Injection, PlannedInjection } from './injections/injection.ts';
import { kinds as allKinds, type KindOfRun, type RunSketch } from './kinds.ts';
import type { Random } from './random.ts';

/** One run of the campaign. */
export interface RunPlan extends RunSketch {
  readonly id: string;
  readonly kind: string;
  /** From the campaign's start. */
  readonly startAtMs: number;
}

/** One fault of the campaign. */
export interface FaultPlan extends PlannedInjection {
  readonly name: string;
  readonly atMs: number;
}

/** What is to happen, all of it: the seed decides it, and nothing else does. */
export interface CampaignPlan {
  readonly runs: readonly RunPlan[];
  readonly faults: readonly FaultPlan[];
}

/** What a campaign chooses from; by default all there is. */
export interface Repertoire {
  readonly kinds?: readonly KindOfRun[];
  readonly injections?: readonly Injection[];
}

/** Between two injections, in the mean. */
const faultEveryMs = 1_200;

/**
 * @param random of the campaign's seed
 * @param spreadMs over which the runs are started, and the faults injected
 */
export function planCampaign(
  random: Random,
  runCount: number,
  spreadMs: number,
  { kinds = allKinds, injections = allInjections }: Repertoire = {},
): CampaignPlan {
  return {
    runs: planRuns(random.fork('runs'), runCount, spreadMs, kinds),
    faults: injections.length === 0 ? [] : planFaults(random.fork('faults'), spreadMs, injections),
  };
}

function planRuns(random: Random, count: number, spreadMs: number, kinds: readonly KindOfRun[]): RunPlan[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = random.pickWeighted(kinds);
    const provider = random.pick(kind.providers);
    const id = `chaos-${String(index + 1).padStart(String(count).length, '0')}-${kind.name}`;
    const startAtMs = Math.floor(((index + random.fraction()) * spreadMs) / count);
    const sketch = kind.build(id, provider);
    return { ...sketch, input: { ...sketch.input, provider }, provider, id, kind: kind.name, startAtMs };
  });
}

function planFaults(random: Random, spreadMs: number, injections: readonly Injection[]): FaultPlan[] {
  const faults: FaultPlan[] = [];
  for (let atMs = random.integer(0, faultEveryMs); atMs < spreadMs;) {
    const injection = random.pickWeighted(injections);
    faults.push({ ...injection.plan(random), name: injection.name, atMs });
    atMs += random.integer(faultEveryMs / 4, (faultEveryMs * 7) / 4);
  }
  return faults;
}
