import * as fc from 'fast-check';

/** Values that servers trip over. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  fc.constantFrom<unknown>(
    null,
    '',
    -1,
    0,
    1e308,
    -0.5,
    9_007_199_254_740_994,
    true,
    [],
    {},
    [[]],
    '\u0000',
    '\ud800',
    '__proto__',
    { ['__proto__']: { polluted: true } },
    'x'.repeat(5000),
    Array.from({ length: 300 }, (_, index) => index),
  ),
);

const hostileKey = fc.constantFrom(
  '__proto__',
  'constructor',
  'polluted',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  'simulator',
  'stream',
  'then',
);

/** What is done to a body: a value in it replaced, removed, or given a key that has no business there. */
export const mutation = fc.record({
  /** Which place, counted over all places in the body. */
  place: fc.nat({ max: 200 }),
  change: fc.oneof(
    fc.record({ kind: fc.constant('replace' as const), value: hostileValue }),
    fc.record({ kind: fc.constant('remove' as const) }),
    fc.record({ kind: fc.constant('add' as const), key: hostileKey, value: hostileValue }),
  ),
});
export type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

/** The JSON text of `body` with the mutation done: text, since only text can hold an own `__proto__`. */
export function mutate(body: object, { place, change }: Mutation): string {
  const total = countPlaces(body);
  let left = place % total;
  const write = (value: unknown): string | undefined => {
    const here = left === 0;
    left -= 1;
    if (here && change.kind === 'replace') return JSON.stringify(change.value);
    if (here && change.kind === 'remove') return undefined;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map((item: unknown) => write(item) ?? 'null').join(',')}]`;
    const pairs = Object.entries(value).flatMap(([key, item]) => {
      const text = write(item);
      return text === undefined ? [] : [`${JSON.stringify(key)}:${text}`];
    });
    if (here && change.kind === 'add')
      pairs.push(`${JSON.stringify(change.key)}:${JSON.stringify(change.value)}`);
    return `{${pairs.join(',')}}`;
  };
  return write(body) ?? '';
}

function countPlaces(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + countPlaces(item), 1);
}
