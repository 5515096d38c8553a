/** Lets so many through at a time, the others in the order in which they came. (A hundred thousand wait here: no array is shifted.) */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #next = 0;

  constructor(atATime: number) {
    this.#free = atATime;
  }

  /** Resolves when it is one's turn, which lasts until `end`. */
  async begin(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    const next = this.#waiting[this.#next];
    if (next === undefined) this.#free += 1;
    else {
      this.#next += 1;
      next();
    }
  }
}
