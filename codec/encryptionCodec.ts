import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { encryptedEncoding, PayloadDecryptionError } from './errors.ts';
import type { PayloadKey, PayloadKeys } from './payloadKeys.ts';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const cipherName = 'aes-256-gcm';
/** Those of GCM itself (NIST SP 800-38D): with 96 random bits a key is good for 2^32 payloads. */
const ivBytes = 12;
const tagBytes = 16;

/** As in the samples of Temporal's SDKs. */
const keyIdField = 'encryption-key-id';

/**
 * Encrypts whole payloads, metadata included, with AES-256-GCM. The data of an encrypted payload is the IV, the encrypted protobuf
 * message `Payload`, and the tag; the name of the key is authenticated with it. What is not encrypted is decoded as it is, so that
 * encryption can be switched on while runs are open.
 */
export class EncryptionCodec implements PayloadCodec {
  readonly #keys: PayloadKeys;

  constructor(keys: PayloadKeys) {
    this.#keys = keys;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const key = this.#keys.encryptWith;
    return key === undefined ? payloads : payloads.map((payload) => encrypt(payload, key));
  }

  /** @throws {PayloadDecryptionError} when one of them is encrypted, and cannot be decrypted */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) =>
      readField(payload, 'encoding') === encryptedEncoding ? this.#decrypt(payload) : payload,
    );
  }

  #decrypt(payload: Payload): Payload {
    const keyId = readField(payload, keyIdField);
    const { data } = payload;
    const { decryptWith } = this.#keys;
    const fail = (problem: PayloadDecryptionError['problem']) =>
      new PayloadDecryptionError(
        problem,
        keyId,
        decryptWith.map(({ id }) => id),
      );
    if (keyId === null || !data || data.length < ivBytes + tagBytes) throw fail('malformed');
    const key = decryptWith.find(({ id }) => id === keyId);
    if (key === undefined) throw fail('unknown_key');
    const message = decrypt(data, key);
    if (message === undefined) throw fail('not_authentic');
    return PayloadMessage.decode(message);
  }
}

function encrypt(payload: Payload, { id, key }: PayloadKey): Payload {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(cipherName, key, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(id));
  const encrypted = [cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()];
  return {
    metadata: { encoding: Buffer.from(encryptedEncoding), [keyIdField]: Buffer.from(id) },
    data: Buffer.concat([iv, ...encrypted, cipher.getAuthTag()]),
  };
}

/** undefined: this key has not encrypted it, or it has been changed since. */
function decrypt(data: Uint8Array, { id, key }: PayloadKey): Buffer | undefined {
  const iv = data.subarray(0, ivBytes);
  const decipher = createDecipheriv(cipherName, key, iv, { authTagLength: tagBytes })
    .setAAD(Buffer.from(id))
    .setAuthTag(data.subarray(-tagBytes));
  const start = decipher.update(data.subarray(ivBytes, -tagBytes));
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    return undefined;
  }
}

function readField({ metadata }: Payload, name: string): string | null {
  const value = metadata?.[name];
  return value ? Buffer.from(value).toString() : null;
}
