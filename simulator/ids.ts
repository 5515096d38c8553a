import { randomBytes } from 'node:crypto';

/** What ids begin with; the API's own prefixes. */
export type IdPrefix = 'asst' | 'thread' | 'msg' | 'run' | 'call' | 'evt' | 'wh' | 'req' | 'fault';

/** Makes ids. One owner, so that a seeded sequence can take its place. */
export type IdFactory = (prefix: IdPrefix) => string;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 24;

/** Random ids such as `run_Zk3…` (24 letters and digits), unique over restarts of the simulator. */
export function randomIds(): IdFactory {
  return (prefix) => {
    const letters = Array.from(randomBytes(LENGTH), (byte) => ALPHABET.charAt(byte % ALPHABET.length));
    return `${prefix}_${letters.join('')}`;
  };
}
