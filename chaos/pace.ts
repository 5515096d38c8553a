import { setTimeout as sleep } from 'node:timers/promises';

interface Startable {
  /** How long after the one before it is started, at the earliest. */
  readonly afterMs: number;
}

/**
 * Starts one after the other, each when it is due and not too many are open: a machine that is slow gets fewer at a time, and not ever more.
 *
 * @returns when the last has been started: what waits for all their ends
 */
export async function startInTurn<T extends Startable>(
  all: readonly T[],
  { maximumOpen, aborted }: { readonly maximumOpen: number; readonly aborted: AbortSignal },
  play: (each: T) => Promise<void>,
): Promise<{ readonly done: Promise<unknown> }> {
  const open = new Set<Promise<void>>();
  const playing: Promise<void>[] = [];
  for (const each of all) {
    if (aborted.aborted) break;
    await sleep(each.afterMs);
    while (open.size >= maximumOpen) await Promise.race(open);
    const played = play(each).finally(() => open.delete(played));
    open.add(played);
    playing.push(played);
  }
  // In an object: a promise would be waited for together with this one.
  return { done: Promise.all(playing) };
}
