/** A pending action. `place` is where it sits in its queue; -1 once it has left it. */
export interface Pending {
  readonly dueAtMs: number;
  readonly order: number;
  readonly action: () => void;
  place: number;
}

/**
 * Pending actions by due time, then by the order in which they were added: a binary heap. Removal is logarithmic too,
 * because most timers (every run's expiry) are cancelled long before they are due and must not pile up until then.
 */
export class TimerQueue {
  #heap: Pending[] = [];
  #added = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** How many were ever added: an action's `order` is below it. */
  get added(): number {
    return this.#added;
  }

  add(dueAtMs: number, action: () => void): Pending {
    const pending: Pending = { dueAtMs, order: this.#added, action, place: this.#heap.length };
    this.#added += 1;
    this.#heap.push(pending);
    this.#up(pending);
    return pending;
  }

  /** The next one due. */
  first(): Pending | undefined {
    return this.#heap[0];
  }

  /** Does nothing when it is not in the queue any more. */
  remove(pending: Pending): void {
    const { place } = pending;
    if (this.#heap[place] !== pending) return;
    pending.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === pending) return;
    this.#put(last, place);
    this.#up(last);
    this.#down(last);
  }

  clear(): void {
    for (const pending of this.#heap) pending.place = -1;
    this.#heap = [];
  }

  #put(pending: Pending, place: number): void {
    this.#heap[place] = pending;
    pending.place = place;
  }

  #up(pending: Pending): void {
    for (;;) {
      const above = this.#heap[(pending.place - 1) >> 1];
      if (pending.place === 0 || above === undefined || !isBefore(pending, above)) return;
      const { place } = above;
      this.#put(above, pending.place);
      this.#put(pending, place);
    }
  }

  #down(pending: Pending): void {
    for (;;) {
      const left = this.#heap[pending.place * 2 + 1];
      const right = this.#heap[pending.place * 2 + 2];
      const below = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (below === undefined || !isBefore(below, pending)) return;
      const { place } = below;
      this.#put(below, pending.place);
      this.#put(pending, place);
    }
  }
}

function isBefore(a: Pending, b: Pending): boolean {
  return a.dueAtMs === b.dueAtMs ? a.order < b.order : a.dueAtMs < b.dueAtMs;
}
