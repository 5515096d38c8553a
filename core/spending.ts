import type { RunProgress } from './progress.ts';
import { isSameRef, type ProviderRef, type Snapshot } from './snapshot.ts';
import { addUsage, noUsage, type Usage } from './usage.ts';

/** Notes what the provider says that something of this run has cost; the last word counts. */
export function recordUsage(progress: RunProgress, { ref, usage }: Snapshot): void {
  if (usage === undefined) return;
  const known = progress.spent.find((entry) => isSameRef(entry.ref, ref));
  if (known === undefined) progress.spent.push({ ref, usage });
  else known.usage = usage;
}

/** What these refs have cost together, as far as the provider has said; null when it has said nothing of any. */
export function usageOf(progress: RunProgress, refs: readonly ProviderRef[]): Usage | null {
  const known = progress.spent.filter(({ ref }) => refs.some((wanted) => isSameRef(wanted, ref)));
  return known.length === 0 ? null : known.reduce((sum, { usage }) => addUsage(sum, usage), noUsage);
}

/** Everything that the run has cost so far, orphans and abandoned attempts included. */
export function totalUsage(progress: RunProgress): Usage {
  return progress.spent.reduce((sum, { usage }) => addUsage(sum, usage), noUsage);
}
