/** Lets so many in at a time. Nobody waits for a slot: whoever is turned away comes again. */
export class Slots {
  readonly #total: number;
  readonly #onFull: () => void;
  #taken = 0;
  #hasTold = false;

  /** @param onFull told when somebody is turned away, once until half of the slots are free again */
  constructor(total: number, onFull: () => void) {
    this.#total = total;
    this.#onFull = onFull;
  }

  /** What `work` gives; undefined, without a call, when there is no slot. */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#taken >= this.#total) {
      if (!this.#hasTold) this.#onFull();
      this.#hasTold = true;
      return undefined;
    }
    this.#taken += 1;
    try {
      return await work();
    } finally {
      this.#taken -= 1;
      if (this.#taken <= this.#total / 2) this.#hasTold = false;
    }
  }
}
