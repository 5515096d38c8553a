/**
 * Encryption of everything that runs leave in Temporal, for clients and workers of your own.
 *
 * @module
 */
export { createDataConverter, failureConverterPath } from './dataConverter.ts';
export { EncryptionCodec } from './encryptionCodec.ts';
export { PayloadDecryptionError, type DecryptionProblem } from './errors.ts';
export { readPayloadKeys, type PayloadKey, type PayloadKeys } from './payloadKeys.ts';
