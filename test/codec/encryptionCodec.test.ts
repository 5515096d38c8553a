import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EncryptionCodec } from '../../codec/encryptionCodec.ts';
import { PayloadDecryptionError } from '../../codec/errors.ts';
import { noPayloadKeys } from '../../codec/payloadKeys.ts';
import { keysOf, newEntry } from './support.ts';

const oldKey = newEntry('old');
const newKey = newEntry('new');
const codec = new EncryptionCodec(keysOf(newKey));

function payloadOf(value: unknown): Payload {
  const payload = defaultPayloadConverter.toPayload(value);
  if (payload === undefined) throw new Error('There is no payload for this value.');
  return payload;
}

async function encrypted(value: unknown, by = codec): Promise<Payload> {
  const [payload] = await by.encode([payloadOf(value)]);
  if (payload === undefined) throw new Error('Nothing was encoded.');
  return payload;
}

async function decrypted(payload: Payload, by = codec): Promise<unknown> {
  const [decoded] = await by.decode([payload]);
  if (decoded === undefined) throw new Error('Nothing was decoded.');
  return defaultPayloadConverter.fromPayload(decoded);
}

async function problemOf(payload: Payload, by = codec): Promise<PayloadDecryptionError> {
  const error: unknown = await by.decode([payload]).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PayloadDecryptionError) return error;
  throw new Error('It was decrypted.');
}

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

describe('the codec', () => {
  test('gives back what it was given: any JSON, bytes, and nothing', async () => {
    const values = fc.oneof(fc.jsonValue(), fc.uint8Array(), fc.constant(undefined));
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const back = await decrypted(await encrypted(value));
        // Of a payload's own kinds, JSON has no −0.
        expect(back instanceof Uint8Array ? new Uint8Array(back) : JSON.stringify(back)).toEqual(
          value instanceof Uint8Array ? value : JSON.stringify(value),
        );
      }),
    );
  });

  test('gives back payloads with metadata of any kind, in their order', async () => {
    const metadata = fc.dictionary(
      fc.string(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      { noNullPrototype: true },
    );
    const payloads = fc.array(
      fc.record({ metadata, data: fc.uint8Array().map((bytes) => Buffer.from(bytes)) }),
    );
    await fc.assert(
      fc.asyncProperty(payloads, async (given) => {
        const plain = await codec.decode(await codec.encode(given));
        // Protobuf makes no difference between no bytes and no data.
        const back = plain.map(({ metadata: fields, data }) => ({
          metadata: fields,
          data: Buffer.from(data ?? []),
        }));
        expect(back).toEqual(given);
      }),
    );
  });

  test('shows nothing of a payload but its length, and the name of the key', async () => {
    const { metadata, data } = await encrypted('attack at dawn');
    expect(Object.entries(metadata ?? {}).map(([name, value]) => [name, text(value)])).toEqual([
      ['encoding', 'binary/encrypted'],
      ['encryption-key-id', 'new'],
    ]);
    expect(text(data)).not.toMatch(/attack|json/);
    const again = await encrypted('attack at dawn');
    expect(again.data).not.toEqual(data);
    expect(again.data).toHaveLength(data?.length ?? 0);
  });

  test('adds less than 200 bytes, whatever the size', async () => {
    for (const length of [0, 10, 1_999_000]) {
      const plain = payloadOf('x'.repeat(length));
      const { metadata, data } = await encrypted('x'.repeat(length));
      const added = [...Object.entries(metadata ?? {}).flat(), data ?? ''].reduce(
        (sum, part) => sum + part.length,
        0,
      );
      expect(added - (plain.data?.length ?? 0)).toBeLessThan(200);
    }
  });

  test('reads what was not encrypted', async () => {
    expect(await decrypted(payloadOf({ a: 1 }))).toEqual({ a: 1 });
    expect(await codec.decode([])).toEqual([]);
  });

  test('without a key, or with none in its place, encrypts nothing', async () => {
    const payload = payloadOf('plain');
    expect(await new EncryptionCodec(noPayloadKeys).encode([payload])).toEqual([payload]);
    const off = new EncryptionCodec(keysOf('none', newKey));
    expect(await off.encode([payload])).toEqual([payload]);
    expect(await decrypted(await encrypted('secret'), off)).toBe('secret');
  });
});

describe('keys take turns', () => {
  const before = new EncryptionCodec(keysOf(oldKey));
  const announced = new EncryptionCodec(keysOf(oldKey, newKey));
  const after = new EncryptionCodec(keysOf(newKey, oldKey));

  test('who has both reads both, and writes with the first', async () => {
    for (const writer of [before, announced, after]) {
      const payload = await encrypted('secret', writer);
      expect(text(payload.metadata?.['encryption-key-id'])).toBe(writer === after ? 'new' : 'old');
      expect(await decrypted(payload, announced)).toBe('secret');
      expect(await decrypted(payload, after)).toBe('secret');
    }
  });

  test('a key that is not there is named, with what to do', async () => {
    const error = await problemOf(await encrypted('secret', after), before);
    expect(error).toMatchObject({ problem: 'unknown_key', keyId: 'new' });
    expect(error.message).toMatch(
      /key 'new'.*does not have: there are old\. Add that key to PAYLOAD_ENCRYPTION_KEYS/,
    );
    const none = await problemOf(await encrypted('secret'), new EncryptionCodec(noPayloadKeys));
    expect(none.message).toContain('there is none');
  });

  test('a key of the same name and other bytes is found out', async () => {
    const impostor = new EncryptionCodec(keysOf(newEntry('new')));
    expect(await problemOf(await encrypted('secret'), impostor)).toMatchObject({ problem: 'not_authentic' });
  });

  test('the name of the key is authenticated, too', async () => {
    const [, base64 = ''] = newKey.split(':');
    const twoNames = new EncryptionCodec(keysOf(newKey, `other:${base64}`));
    const { data, metadata } = await encrypted('secret');
    const renamed = {
      data: data ?? null,
      metadata: { ...metadata, 'encryption-key-id': Buffer.from('other') },
    };
    expect(await problemOf(renamed, twoNames)).toMatchObject({ problem: 'not_authentic', keyId: 'other' });
  });
});

describe('what has been changed is refused', () => {
  test('in any bit of its data', async () => {
    const { metadata, data } = await encrypted({ amount: 100 });
    const bytes = Buffer.from(data ?? []);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(await problemOf({ metadata: metadata ?? null, data: changed })).toMatchObject({
        problem: 'not_authentic',
      });
    }
  });

  test('cut short or drawn out', async () => {
    const { metadata = null, data } = await encrypted('secret');
    const bytes = Buffer.from(data ?? []);
    for (let length = 0; length < bytes.length; length += 1) {
      const problem = length < 28 ? 'malformed' : 'not_authentic';
      expect(await problemOf({ metadata, data: bytes.subarray(0, length) })).toMatchObject({ problem });
    }
    expect(await problemOf({ metadata, data: Buffer.concat([bytes, Buffer.from('x')]) })).toMatchObject({
      problem: 'not_authentic',
    });
  });

  test('what another codec has encrypted is told from ours', async () => {
    const metadata = { encoding: Buffer.from('binary/encrypted') };
    expect(await problemOf({ metadata, data: Buffer.alloc(100) })).toMatchObject({
      problem: 'malformed',
      keyId: null,
    });
    expect(await problemOf({ metadata })).toMatchObject({ problem: 'malformed' });
  });

  test('no error quotes what was encrypted', async () => {
    const { metadata = null, data } = await encrypted('a very secret text');
    const error = await problemOf({ metadata, data: Buffer.from(data ?? []).fill(0, 0, 12) });
    expect(error.message).not.toMatch(/secret text/);
  });
});
