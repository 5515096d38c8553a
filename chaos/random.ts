/**
 * A stream of pseudo-random numbers that its seed decides: mulberry32 by Tommy Ettinger (public domain), begun with the FNV-1a hash of the
 * seed. Good enough to choose with, and the same on every machine.
 */
export class Random {
  readonly #seed: string;
  #state: number;

  constructor(seed: string) {
    this.#seed = seed;
    this.#state = hash(seed);
  }

  /** A stream of its own, which does not depend on how much has been drawn from this one. */
  fork(name: string): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** From 0 to 1, without 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  /** @throws {RangeError} when there is nothing to choose from */
  pick<T>(list: readonly T[]): T {
    const [chosen] = list.slice(this.integer(0, list.length - 1));
    if (chosen === undefined) throw new RangeError('There is nothing to choose from.');
    return chosen;
  }

  /** One of the list, each as likely as its weight says. */
  pickWeighted<T extends { readonly weight: number }>(list: readonly T[]): T {
    let left = this.fraction() * list.reduce((sum, { weight }) => sum + weight, 0);
    for (const candidate of list) {
      left -= candidate.weight;
      if (left < 0) return candidate;
    }
    return this.pick(list);
  }
}

function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const character of text) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return state;
}
