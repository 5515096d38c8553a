import type { RunEvidence } from '../evidence/types.ts';
import type { InjectedFault } from '../record.ts';

/** How long it took, after faults of one name, until the next run ended. In ms. */
export interface Recovery {
  readonly fault: string;
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
}

/** Runs may be open, and none of them due to end: then this says more of them than of the fault. */
const disruptive = /^(kill|pause|restart|cut|hold up|provider)/;

/**
 * The time to recover, by the sort of fault: from the beginning of each that takes something away to the first end of a run after it, of whatever
 * run. All faults of a campaign overlap, so this is the time for all that was broken at that moment.
 */
export function measureRecovery(
  faults: readonly InjectedFault[],
  runs: readonly RunEvidence[],
  startedAtMs: number,
): Recovery[] {
  const ends = runs
    .flatMap(({ end }) => (end.kind === 'ended' && end.result !== null ? end.result.timings.endedAtMs : []))
    .map((endedAtMs) => endedAtMs - startedAtMs)
    .toSorted((a, b) => a - b);
  const counted = faults.filter(({ name, problem }) => problem === null && disruptive.test(name));
  return [...Map.groupBy(counted, ({ name }) => name)]
    .flatMap(([fault, group]) => {
      const took = group
        .flatMap(({ atMs }) => {
          const next = ends.find((endMs) => endMs > atMs);
          return next === undefined ? [] : [Math.round(next - atMs)];
        })
        .toSorted((a, b) => a - b);
      if (took.length === 0) return [];
      const at = (share: number): number => took[Math.ceil(share * took.length) - 1] ?? 0;
      return { fault, count: took.length, median: at(0.5), p99: at(0.99), longest: at(1) };
    })
    .toSorted((a, b) => a.fault.localeCompare(b.fault));
}
