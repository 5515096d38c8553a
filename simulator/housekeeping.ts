import type { Log, LogEntry } from './log.ts';
import { Retention } from './retention.ts';
import type { RunEngine } from './runs/engine.ts';
import { isTerminal } from './runs/record.ts';
import type { Store } from './store.ts';

/**
 * Keeps memory bounded: of ended runs and of threads without an active run, `maxObjects` each are kept. What ended (or
 * was last used) first goes first; what is active never goes. A thread takes its messages and runs with it.
 */
export class Housekeeping {
  readonly #engine: RunEngine;
  readonly #store: Store;
  readonly #runs: Retention;
  readonly #threads: Retention;

  constructor(deps: { log: Log; engine: RunEngine; store: Store; maxObjects: number }) {
    const { engine, store, maxObjects } = deps;
    this.#engine = engine;
    this.#store = store;
    this.#runs = new Retention(maxObjects, (id) => engine.forget(id));
    this.#threads = new Retention(maxObjects, (id) => this.#forgetThread(id));
    deps.log.subscribe((entry) => this.#note(entry));
  }

  reset(): void {
    for (const retention of [this.#runs, this.#threads]) retention.clear();
  }

  #note(entry: LogEntry): void {
    if (entry.kind === 'request' && entry.endpoint === 'threads.create' && entry.threadId !== null)
      return this.#idle(entry.threadId);
    if (entry.kind === 'request' && entry.endpoint === 'threads.delete' && entry.threadId !== null)
      return this.#threads.gone(entry.threadId);
    if (entry.kind !== 'run') return;
    const run = this.#engine.findRun(entry.runId);
    if (run === undefined) return;
    if (!isTerminal(run.state)) return this.#threads.gone(run.threadId);
    this.#runs.ended(run.id);
    this.#idle(run.threadId);
  }

  #idle(threadId: string): void {
    const there = this.#store.findThread(threadId) !== undefined;
    if (there && this.#engine.activeRun(threadId) === undefined) this.#threads.ended(threadId);
  }

  #forgetThread(id: string): void {
    for (const run of this.#engine.runsOf(id)) {
      this.#runs.gone(run.id);
      this.#engine.forget(run.id);
    }
    if (this.#store.findThread(id) !== undefined) this.#store.deleteThread(id);
  }
}
