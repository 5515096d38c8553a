import { ValueError } from '@temporalio/common';

/** As in the samples of Temporal's SDKs. */
export const encryptedEncoding = 'binary/encrypted';

/** Why an encrypted payload could not be decrypted. */
export type DecryptionProblem = 'unknown_key' | 'not_authentic' | 'malformed' | 'no_codec';

/** A payload is encrypted, and cannot be decrypted here. */
export class PayloadDecryptionError extends Error {
  override readonly name = 'PayloadDecryptionError';
  readonly problem: DecryptionProblem;
  /** What the payload says that its key is called; null when it says nothing. */
  readonly keyId: string | null;

  constructor(
    problem: DecryptionProblem,
    keyId: string | null,
    knownIds: readonly string[],
    options?: ErrorOptions,
  ) {
    super(explain(problem, keyId === null ? 'none' : `'${keyId.slice(0, 64)}'`, knownIds), options);
    this.problem = problem;
    this.keyId = keyId;
  }
}

function explain(problem: DecryptionProblem, keyId: string, knownIds: readonly string[]): string {
  switch (problem) {
    case 'unknown_key': {
      const known = knownIds.length === 0 ? 'there is none' : `there are ${knownIds.join(', ')}`;
      return (
        `The payload is encrypted with the key ${keyId}, which this process does not have: ${known}. ` +
        'Add that key to PAYLOAD_ENCRYPTION_KEYS (after the one that encrypts).'
      );
    }
    case 'not_authentic':
      return (
        `The payload says that it is encrypted with the key ${keyId}, but that key does not decrypt it: expected what was encrypted ` +
        'with it, unchanged. Check that all processes have the same key under this name, and who can write to Temporal.'
      );
    case 'malformed':
      return (
        `The payload says that it is encrypted (key: ${keyId}), but not as this project does it: expected a key's name and at least 28 ` +
        'bytes. It may be the work of another codec.'
      );
    case 'no_codec':
      return (
        'The payload is encrypted, and this Temporal client has nothing to decrypt it with. Make the client with ' +
        '`dataConverter: createDataConverter(readPayloadKeys(process.env))`, both of durable-runs/codec.'
      );
  }
}

/** The same error, but for that of a client without a codec, which says only that it does not know the encoding. */
export function explainEncrypted(error: unknown): unknown {
  const isUnread = error instanceof ValueError && error.message === `Unknown encoding: ${encryptedEncoding}`;
  return isUnread ? new PayloadDecryptionError('no_codec', null, [], { cause: error }) : error;
}
