import type { Clock, Timer } from '../clock.ts';

interface Held {
  endpointId: string;
  timer: Timer;
  go: () => void;
}

/** Holds tries back until another one of the same endpoint was made: the fault `out_of_order`. */
export class Overtaking {
  readonly #clock: Clock;
  readonly #held = new Set<Held>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `go` after the next try that goes to the endpoint, and after `withinMs` (simulated) at the latest. */
  hold(endpointId: string, withinMs: number, go: () => void): void {
    const timer = this.#clock.after(withinMs, () => this.#release(held));
    const held: Held = { endpointId, timer, go };
    this.#held.add(held);
  }

  /** A try that was not held went to the endpoint, and was answered. */
  passed(endpointId: string): void {
    for (const held of this.#held) {
      if (held.endpointId === endpointId) this.#release(held);
    }
  }

  clear(): void {
    for (const held of this.#held) held.timer.cancel();
    this.#held.clear();
  }

  #release(held: Held): void {
    if (!this.#held.delete(held)) return;
    held.timer.cancel();
    held.go();
  }
}
