import type { RunSummary } from './summary.ts';

/** Something that must not happen, and between what it happened. */
export type Violation =
  /** Two of the tag were active at the same time. */
  | { kind: 'two_active'; tag: Record<string, string>; runIds: string[] }
  /** More than one was created for the same attempt of the tag; those that continue another do not count. */
  | { kind: 'created_twice'; tag: Record<string, string>; attempt: string; runIds: string[] }
  /** The outputs of one round were submitted more than once, accepted or not. */
  | { kind: 'submitted_twice'; runId: string; calls: string[]; accepted: number; refused: number };

/** What went wrong among the runs of one tag. */
export function violationsOfTag(
  tag: Record<string, string>,
  runs: readonly RunSummary[],
  attemptKey: string | undefined,
): Violation[] {
  return [...twoActive(tag, runs), ...createdTwice(tag, runs, attemptKey)];
}

/** What went wrong within single runs, whatever they are tagged with. */
export function violationsOfRuns(runs: readonly RunSummary[]): Violation[] {
  return runs.flatMap(({ id, rounds }) =>
    rounds
      .filter(({ accepted, refused }) => accepted + refused > 1)
      .map((round) => ({ kind: 'submitted_twice' as const, runId: id, ...round })),
  );
}

function twoActive(tag: Record<string, string>, runs: readonly RunSummary[]): Violation[] {
  const found: Violation[] = [];
  let longest: RunSummary | undefined;
  for (const run of runs) {
    if (longest !== undefined && (longest.endedSeq ?? Infinity) > run.createdSeq)
      found.push({ kind: 'two_active', tag, runIds: [longest.id, run.id] });
    if (longest === undefined || (run.endedSeq ?? Infinity) > (longest.endedSeq ?? Infinity)) longest = run;
  }
  return found;
}

function createdTwice(
  tag: Record<string, string>,
  runs: readonly RunSummary[],
  attemptKey: string | undefined,
): Violation[] {
  if (attemptKey === undefined) return [];
  const first = runs.filter((run) => run.previousId === null && run.metadata[attemptKey] !== undefined);
  const byAttempt = Map.groupBy(first, (run) => run.metadata[attemptKey] ?? '');
  return [...byAttempt]
    .filter(([, same]) => same.length > 1)
    .map(([attempt, same]) => ({ kind: 'created_twice', tag, attempt, runIds: same.map(({ id }) => id) }));
}
