import { createHash, randomBytes } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Chance that can be repeated. Every draw has a name and depends on the seed and that name alone, not on what was drawn
 * in between: requests that come in another order do not change each other's luck.
 */
export class Chance {
  readonly seed: string;

  constructor(seed: string = randomBytes(9).toString('base64url')) {
    this.seed = seed;
  }

  /** A number from 0 up to, not including, 1. */
  fraction(name: string): number {
    return this.bytes(name).readUIntBE(0, 6) / 2 ** 48;
  }

  /** Up to 32 letters and digits. */
  text(name: string, length: number): string {
    return Array.from(this.bytes(name).subarray(0, length), (byte) =>
      ALPHABET.charAt(byte % ALPHABET.length),
    ).join('');
  }

  /** 32 bytes. */
  bytes(name: string): Buffer {
    return createHash('sha256').update(`${this.seed}\n${name}`).digest();
  }
}
