import type { Chance } from './random.ts';

/** What ids begin with; the API's own prefixes. */
export type IdPrefix =
  | 'resp'
  | 'conv'
  | 'fc'
  | 'fco'
  | 'rs'
  | 'asst'
  | 'thread'
  | 'msg'
  | 'run'
  | 'step'
  | 'call'
  | 'vs'
  | 'evt'
  | 'wh'
  | 'whe'
  | 'req'
  | 'fault';

/** Makes ids. One owner, so that the same seed gives the same ones. */
export type IdFactory = (prefix: IdPrefix) => string;

const LENGTH = 24;

/**
 * Ids such as `run_Zk3…` (24 letters and digits). Every prefix has a sequence of its own, so that the nth run's id does
 * not depend on how many requests there were before it; without a seed they are unique over restarts.
 */
export function makeIds(chance: Chance): IdFactory {
  const made = new Map<IdPrefix, number>();
  return (prefix) => {
    const count = (made.get(prefix) ?? 0) + 1;
    made.set(prefix, count);
    return `${prefix}_${chance.text(`id ${prefix} ${count}`, LENGTH)}`;
  };
}
