import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readPayloadKeys } from '../../codec/payloadKeys.ts';
import { problemsOf } from '../config/support.ts';
import { keysOf, newEntry } from './support.ts';

const base64 = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

describe('payload keys', () => {
  test.each([{}, { PAYLOAD_ENCRYPTION_KEYS: '' }])(
    'there are none unless they are set: %j',
    (environment) => {
      expect(readPayloadKeys(environment)).toEqual({ encryptWith: undefined, decryptWith: [] });
    },
  );

  test('the first encrypts, and all decrypt', () => {
    const { encryptWith, decryptWith } = keysOf(newEntry('2026-11'), ` ${newEntry('2026-05')} `);
    expect(encryptWith?.id).toBe('2026-11');
    expect(decryptWith.map(({ id }) => id)).toEqual(['2026-11', '2026-05']);
    expect(decryptWith.map(({ key }) => key.symmetricKeySize)).toEqual([32, 32]);
  });

  test('with none in the first place nothing is encrypted', () => {
    const { encryptWith, decryptWith } = keysOf('none', newEntry('2026-05'));
    expect(encryptWith).toBeUndefined();
    expect(decryptWith.map(({ id }) => id)).toEqual(['2026-05']);
  });

  test.each([
    ['no name', base64, 'Entry 1 of 1 has no colon'],
    ['no key', 'a:', 'Entry 1 of 1 has no 32 bytes in base64 after its colon'],
    ['a short key', `a:${base64.slice(4)}`, 'Entry 1 of 1 has no 32 bytes'],
    ['a long key', `a:AAAA${base64}`, 'Entry 1 of 1 has no 32 bytes'],
    ['what is no base64', `a:${base64.replace('A', '!')}`, 'Entry 1 of 1 has no 32 bytes'],
    ['a name with a space', `a b:${base64}`, 'Entry 1 of 1 has no such name'],
    ['name and key the wrong way round', `${base64}:a`, 'Entry 1 of 1 has no such name'],
    ['a comma too many', `a:${base64},`, 'Entry 2 of 2 is empty'],
    ['a name twice', `a:${base64},a:${base64}`, 'Entry 2 of 2 has the name of another'],
    ['none in the second place', `a:${base64},none`, "Entry 2 of 2 is called 'none'"],
    ['a key called none', `none:${base64}`, "Entry 1 of 1 is called 'none'"],
  ])('refuses %s, and does not print it', (_what, text, problem) => {
    const problems = problemsOf(() => readPayloadKeys({ PAYLOAD_ENCRYPTION_KEYS: text }));
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems.join()).toMatch(/^PAYLOAD_ENCRYPTION_KEYS: .*; got a value of \d+ characters$/);
    expect(problems.join()).not.toMatch(/AAEC|AwQF|ODxAR/);
  });

  test('tells of every entry that is wrong', () => {
    const text = `a b:${base64},c:x`;
    expect(problemsOf(() => readPayloadKeys({ PAYLOAD_ENCRYPTION_KEYS: text }))).toHaveLength(2);
  });

  test('their bytes are in no log', () => {
    const keys = keysOf(`a:${base64}`);
    const hex = Buffer.from(base64, 'base64').toString('hex');
    for (const shown of [inspect(keys, { depth: 9, showHidden: true }), JSON.stringify(keys)]) {
      expect(shown).toContain('a');
      for (const bytes of [base64, hex, '00 01 02', '0,1,2']) expect(shown).not.toContain(bytes);
    }
  });
});
