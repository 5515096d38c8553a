/**
 * Bounds what is kept of things that have ended: when there are more than `max` of them, the one that ended first is
 * forgotten. What has not ended is not its business and never goes.
 */
export class Retention {
  readonly #max: number;
  readonly #forget: (id: string) => void;
  /** In the order of their ends. */
  readonly #ended = new Set<string>();

  constructor(max: number, forget: (id: string) => void) {
    this.#max = max;
    this.#forget = forget;
  }

  /** Says that something has ended; said again, it counts as having ended now. */
  ended(id: string): void {
    this.#ended.delete(id);
    this.#ended.add(id);
    while (this.#ended.size > this.#max) {
      const [oldest] = this.#ended;
      if (oldest === undefined) return;
      this.#ended.delete(oldest);
      this.#forget(oldest);
    }
  }

  /** Says that something is gone already. */
  gone(id: string): void {
    this.#ended.delete(id);
  }

  clear(): void {
    this.#ended.clear();
  }
}
