import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, isObject, jsonBytes, parseJson } from '../../core/json.ts';

/** The same value with the keys of every object in the opposite order. */
function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, part]) => [key, reverseKeys(part)]),
  );
}

describe('canonicalJson', () => {
  test.each([
    ['{"b":1,"a":2}', '{"a":2,"b":1}'],
    ['{ "a" : [ 3, 1, 2 ] }', '{"a":[3,1,2]}'],
    ['{"a":{"z":0,"y":{"x":null,"b":false}}}', '{"a":{"y":{"b":false,"x":null},"z":0}}'],
    ['[{"b":1,"a":2}]', '[{"a":2,"b":1}]'],
    ['"text"', '"text"'],
    ['1.0', '1'],
    ['null', 'null'],
    ['{"__proto__":1,"a":{"__proto__":[]}}', '{"__proto__":1,"a":{"__proto__":[]}}'],
    ['', ''],
    ['{"a":', '{"a":'],
    ['not json', 'not json'],
  ])('%s', (text, canonical) => {
    expect(canonicalJson(text)).toBe(canonical);
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(JSON.stringify(reverseKeys(value)))).toBe(canonicalJson(JSON.stringify(value)));
      }),
    );
  });

  test('keeps the value, and is its own canonical form', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const canonical = canonicalJson(text);
        const before: unknown = JSON.parse(JSON.stringify(JSON.parse(text)));
        expect(JSON.parse(canonical)).toEqual(before);
        expect(canonicalJson(canonical)).toBe(canonical);
      }),
    );
  });

  test('tells different values apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [first, second]: unknown[] = [a, b].map((value): unknown => JSON.parse(JSON.stringify(value)));
        const same = canonicalJson(JSON.stringify(a)) === canonicalJson(JSON.stringify(b));
        expect(same).toBe(isDeepStrictEqual(first, second));
      }),
    );
  });

  test('never throws, whatever the model wrote', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(canonicalJson(text)).toBeTypeOf('string');
      }),
    );
  });

  // It is called in the workflow, where what is thrown would be thrown again for ever.
  test('does not throw for JSON that is nested too deeply to be written again', () => {
    const text = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(canonicalJson(text)).toBe(text);
  });
});

describe('parseJson', () => {
  test.each<[string, unknown]>([
    ['{"a":[1,null]}', { a: [1, null] }],
    [' "text" ', 'text'],
    ['0', 0],
    ['null', null],
    ['', null],
    ['{', null],
    ['undefined', null],
    ['{} and more', null],
  ])('%j is %j', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });
});

test('jsonBytes is what a text takes in JSON, whatever is in it', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'é', '漢', '😀', '"', '\\', '\n', '\u0000', '\ud800', '\udc00'),
  });
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (given) => {
      expect(jsonBytes(given)).toBe(Buffer.byteLength(JSON.stringify(given)) - 2);
    }),
  );
});

test.each<[unknown, boolean]>([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  ['{}', false],
  [undefined, false],
])('isObject(%j) is %s', (value, expected) => {
  expect(isObject(value)).toBe(expected);
});
