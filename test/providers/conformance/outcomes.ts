import type { Snapshot } from '../../../core/snapshot.ts';
import { describeProblem, type Problem } from '../../../providers/problem.ts';

/** What came of a call. */
export type Outcome<T> =
  { readonly kind: 'reply'; readonly reply: T } | { readonly kind: 'problem'; readonly problem: Problem };

export async function outcomeOf<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'reply', reply: await call };
  } catch (error) {
    return { kind: 'problem', problem: describeProblem(error) };
  }
}

/** What a call claims to have done at the provider: all of it, certainly nothing, or whatever. */
export type Claim = 'done' | 'none' | 'unknown';

export function claimOf(outcome: Outcome<unknown>): Claim {
  return outcome.kind === 'reply' ? 'done' : outcome.problem.details.effect;
}

/** A cancel claims to have done something when it says that the end is near; else it only tells where things are. */
export function claimOfCancel(outcome: Outcome<Snapshot>): Claim {
  if (outcome.kind === 'problem') return outcome.problem.details.effect;
  const { status } = outcome.reply;
  return status === 'cancelled' || status === 'cancelling' ? 'done' : 'unknown';
}

/** What may be claimed by a call, given what the server knows. */
export function honestClaims(hasHappened: boolean): readonly Claim[] {
  return hasHappened ? ['done', 'unknown'] : ['none', 'unknown'];
}
