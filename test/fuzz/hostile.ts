import * as fc from 'fast-check';

/*
 * What programs trip over. The same cases each time, so that a test fails for a change and not by chance; others, and more of them, with
 * `FUZZ_SEED=2 FUZZ_TIMES=10 npm test -- test/fuzz`.
 */

const { FUZZ_SEED = '1', FUZZ_TIMES = '1' } = process.env;

/** How a property is tried: so often, or as many times that as `FUZZ_TIMES` says. */
export function cases(count: number): { readonly seed: number; readonly numRuns: number } {
  return { seed: Number(FUZZ_SEED), numRuns: count * Number(FUZZ_TIMES) };
}

/** An array in an array in an array, as JSON: deep enough for what reads by recursion. */
export function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}

/** Values that hardly anything expects, as JSON. */
export const odd: readonly string[] = [
  'null',
  'true',
  '""',
  '-1',
  '0.5',
  '1e400',
  '9007199254740993',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '"\\u0000"',
  '"\\ud800"',
  '"__proto__"',
  '{"__proto__":{"polluted":true}}',
  '{"toString":null,"then":1}',
  JSON.stringify('x'.repeat(100_000)),
  JSON.stringify(Array.from({ length: 2_000 }, (_, index) => index)),
  nested(5_000),
  `{"a":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
];

/** A value as JSON text: only as text can it have an own `__proto__`, or be nested more deeply than can be written. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...odd) },
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
);

/** What is done to one place of a JSON value, counted over all of its places. */
const mutation = fc.record({
  place: fc.nat({ max: 10_000 }),
  change: fc.oneof(
    { weight: 3, arbitrary: hostileJson.map((json) => ({ kind: 'replace' as const, json })) },
    fc.constant({ kind: 'remove' as const }),
    fc
      .tuple(fc.constantFrom('__proto__', 'constructor', 'then', 'length', 'type', 'id', ''), hostileJson)
      .map(([key, json]) => ({ kind: 'add' as const, key, json })),
  ),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

/** The JSON text of a value of the base with something wrong in one place of it; now and then it is something else altogether. */
export function mutated(base: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.tuple(base, mutation).map(([value, change]) => mutate(value, change)) },
    hostileJson,
  );
}

function mutate(base: unknown, { place, change }: Mutation): string {
  let left = place % countPlaces(base);
  const write = (value: unknown): string | undefined => {
    const isHere = left === 0;
    left -= 1;
    if (isHere && change.kind === 'replace') return change.json;
    if (isHere && change.kind === 'remove') return undefined;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map((item: unknown) => write(item) ?? 'null').join(',')}]`;
    const pairs = Object.entries(value).flatMap(([key, part]) => {
      const json = write(part);
      return json === undefined ? [] : [`${JSON.stringify(key)}:${json}`];
    });
    if (isHere && change.kind === 'add') pairs.push(`${JSON.stringify(change.key)}:${change.json}`);
    return `{${pairs.join(',')}}`;
  };
  return write(base) ?? 'null';
}

function countPlaces(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, part) => sum + countPlaces(part), 1);
}

const wrong: readonly string[] = [
  'null',
  '""',
  '-1',
  '{}',
  nested(5_000),
  JSON.stringify('x'.repeat(20_000)),
];

/** Each place of a value missing, null and of every wrong type, one at a time. */
export function everyFlaw(base: unknown): string[] {
  const flaws: Mutation['change'][] = [
    { kind: 'remove' },
    ...wrong.map((json) => ({ kind: 'replace' as const, json })),
  ];
  return Array.from({ length: countPlaces(base) }, (_, place) => place).flatMap((place) =>
    flaws.map((change) => mutate(base, { place, change })),
  );
}

/** Whether something has changed what every object has. */
export function isPolluted(): boolean {
  return Object.keys(Object.prototype).length > 0 || 'polluted' in {};
}
