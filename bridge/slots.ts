/** However badly it goes, so many are let in: they are what finds out that it goes well again. */
const fewest = 4;

/**
 * Lets so many in at a time. Nobody waits for a slot: whoever is turned away comes again.
 *
 * How many is found out: half as many after work that found too much going on, one more each time that all slots have been used well.
 * With a fixed number, whoever is behind us and slow would have all of them in its queue, would answer none in time, and would be asked for
 * all of it again.
 */
export class Slots {
  readonly #most: number;
  readonly #onFull: (slots: number) => void;
  #limit: number;
  #taken = 0;
  #hasTold = false;
  /** Counts the times that slots were taken away: what was let in before that tells of the number that there was then. */
  #era = 0;

  /**
   * @param most at the beginning, and at any time
   * @param onFull told when somebody is turned away, once until half of the slots are free again
   */
  constructor(most: number, onFull: (slots: number) => void) {
    this.#most = most;
    this.#limit = most;
    this.#onFull = onFull;
  }

  /**
   * What `work` gives; undefined, without a call, when there is no slot.
   *
   * @param wasTooMuch whether what it gave shows that there was too much going on; work that throws shows nothing
   */
  async run<T>(work: () => Promise<T>, wasTooMuch: (result: T) => boolean): Promise<T | undefined> {
    if (this.#taken >= Math.floor(this.#limit)) {
      if (!this.#hasTold) this.#onFull(Math.floor(this.#limit));
      this.#hasTold = true;
      return undefined;
    }
    this.#taken += 1;
    const era = this.#era;
    // Few that go well say nothing of many.
    const isBusy = this.#taken > this.#limit / 2;
    try {
      const result = await work();
      if (era === this.#era) this.#learn(wasTooMuch(result), isBusy);
      return result;
    } finally {
      this.#taken -= 1;
      if (this.#taken <= this.#limit / 2) this.#hasTold = false;
    }
  }

  #learn(wasTooMuch: boolean, isBusy: boolean): void {
    if (wasTooMuch) {
      this.#limit = Math.max(Math.min(fewest, this.#most), Math.floor(this.#limit) / 2);
      this.#era += 1;
    } else if (isBusy) {
      this.#limit = Math.min(this.#most, this.#limit + 1 / this.#limit);
    }
  }
}
