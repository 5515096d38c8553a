import { createSecretKey, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { readEnvironment, type Environment } from '../config/environment.ts';

/** A key of AES-256, and the name by which payloads say that they need it. A KeyObject shows its bytes in no log. */
export interface PayloadKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The keys of a process: one encrypts, and all decrypt, so that one can take the place of another. */
export interface PayloadKeys {
  /** undefined: what is written is not encrypted. */
  readonly encryptWith: PayloadKey | undefined;
  readonly decryptWith: readonly PayloadKey[];
}

/** Encrypts nothing, and decrypts nothing. */
export const noPayloadKeys: PayloadKeys = { encryptWith: undefined, decryptWith: [] };

/** Stands in the place of the first key where nothing is to be encrypted. */
const nothing = 'none';
const keyBytes = 32;

const expected =
  'expected keys such as 2026-11:…, with commas between them, the one that encrypts first: a name of letters, digits, dots, ' +
  'underscores and hyphens, a colon, and 32 bytes in base64 (openssl rand -base64 32 makes them)';

const payloadKeysVariable = z
  .string()
  .superRefine((text, context) => {
    for (const problem of explainKeys(splitEntries(text))) context.addIssue(problem);
  })
  .transform((text) => toPayloadKeys(splitEntries(text)))
  .default(noPayloadKeys);

/** The variables of payload encryption: all that take part in runs have to read them. */
export const payloadKeysVariables = { PAYLOAD_ENCRYPTION_KEYS: payloadKeysVariable };

/**
 * The payload keys of `PAYLOAD_ENCRYPTION_KEYS`, such as `2026-11:base64,2026-05:base64`: the first encrypts. With `none` in its place
 * nothing is encrypted, and the keys after it decrypt. Not set, there are none.
 *
 * @throws {ConfigurationError} with everything that is wrong with them, and without them
 */
export function readPayloadKeys(environment: Environment): PayloadKeys {
  return readEnvironment(z.object(payloadKeysVariables), environment).PAYLOAD_ENCRYPTION_KEYS;
}

function splitEntries(text: string): readonly string[] {
  return text.split(',').map((entry) => entry.trim());
}

function splitEntry(entry: string): readonly [id: string, base64: string | undefined] {
  const colon = entry.indexOf(':');
  return colon === -1 ? [entry, undefined] : [entry.slice(0, colon), entry.slice(colon + 1)];
}

/** What is wrong, without a word of what was given: whoever forgets the name has a key in its place. */
function explainKeys(entries: readonly string[]): readonly string[] {
  const ids = entries.map((entry) => splitEntry(entry)[0]);
  return entries.flatMap((entry, index) => {
    if (entry === nothing && index === 0) return [];
    const [id, base64] = splitEntry(entry);
    const which = `${expected}. Entry ${index + 1} of ${entries.length}`;
    if (entry === '') return [`${which} is empty: remove the comma`];
    if (id === nothing) return [`${which} is called '${nothing}', which only stands first and has no key`];
    if (base64 === undefined) return [`${which} has no colon`];
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id)) return [`${which} has no such name`];
    if (!isKey(base64)) return [`${which} has no 32 bytes in base64 after its colon`];
    return ids.indexOf(id) === index ? [] : [`${which} has the name of another`];
  });
}

function isKey(base64: string): boolean {
  return /^[A-Za-z0-9+/]+=$/.test(base64) && Buffer.from(base64, 'base64').length === keyBytes;
}

function toPayloadKeys(entries: readonly string[]): PayloadKeys {
  const decryptWith = entries.flatMap((entry) => {
    const [id, base64] = splitEntry(entry);
    return base64 === undefined ? [] : [{ id, key: createSecretKey(base64, 'base64') }];
  });
  return { encryptWith: entries[0] === nothing ? undefined : decryptWith[0], decryptWith };
}
