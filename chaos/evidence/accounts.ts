import type { RunResult } from '../../client/index.ts';
import type { Made } from '../stage/simulatorControl.ts';
import type { RunEvidence } from './types.ts';

/* What was made and spent at the provider, beside what the result of the run says of it. */

/** The evidence of a run that has ended, and can say what it has come to. */
export type Ended = RunEvidence & { readonly result: RunResult };

/** How many of the things made for a run its result does not know of. */
export function countUntold({ made, result }: Pick<Ended, 'made' | 'result'>): number {
  const known = knownIds(result);
  return made.filter(({ id }) => !known.has(id)).length;
}

/** What was made and is not in the result, or the other way round. */
export function findUnknown({ result, made, expected }: Ended): string[] {
  const known = knownIds(result);
  const existing = new Set(made.map(({ id }) => id));
  const untold = made.filter(({ id }) => !known.has(id)).map(({ id }) => id);
  // A call sent again may have left something behind, and so may one that nobody waited for any longer.
  const excused = result.recreations + (expected.mayEndUntold && result.status !== 'completed' ? 1 : 0);
  return [
    ...[...known].filter((id) => !existing.has(id)).map((id) => `${id} was never made`),
    ...(untold.length + result.orphans.length > excused
      ? [
          `made and not known: ${untold.join(', ') || 'none'}; orphans: ${result.orphans.length}; ` +
            `calls sent again: ${result.recreations}`,
        ]
      : []),
  ];
}

/**
 * What the provider tells of what completed is in the result, and nothing that was not spent. Of what failed or was cancelled a
 * provider may tell nothing; an orphan may be heard of without what it has cost.
 */
export function compareUsage({ result, made }: Ended): string[] {
  const known = knownIds(result);
  const orphans = new Set(result.orphans.map(({ id }) => id));
  const ours = made.filter(({ id }) => known.has(id));
  const most = spentOn(ours);
  const least = spentOn(ours.filter(({ id, status }) => status === 'completed' && !orphans.has(id)));
  const { totalTokens } = result.usage;
  return totalTokens < least || totalTokens > most
    ? [`${totalTokens} tokens in the result, ${least === most ? least : `${least} to ${most}`} spent`]
    : [];
}

function spentOn(made: readonly Made[]): number {
  return made.reduce((sum, { tokens }) => sum + tokens.total, 0);
}

/** The ids of everything that a result knows to have been made. */
export function knownIds({ attempts, orphans }: RunResult): Set<string> {
  const refs = [...attempts.flatMap(({ ref, earlierRefs }) => [...earlierRefs, ref]), ...orphans];
  return new Set(refs.map(({ id }) => id));
}
