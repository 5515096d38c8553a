import type { RunChange } from '../runs/engine.ts';

/** Passes the status changes of a run on to whoever streams it. */
export class RunFeed {
  readonly #listeners = new Map<string, Set<(change: RunChange) => void>>();

  tell(change: RunChange): void {
    for (const listener of this.#listeners.get(change.run.id) ?? []) listener(change);
  }

  /** Calls `listener` for every later change of the run; returns what ends that. */
  subscribe(runId: string, listener: (change: RunChange) => void): () => void {
    const listeners = this.#listeners.get(runId) ?? new Set();
    this.#listeners.set(runId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(runId);
    };
  }
}
