import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './encryptionCodec.ts';
import type { PayloadKeys } from './payloadKeys.ts';

/** For `bundleWorkflowCode`, when a bundle is to be used with encryption. */
export const failureConverterPath: string = fileURLToPath(
  new URL(`./failureConverter${extname(import.meta.filename)}`, import.meta.url),
);

/**
 * What clients and workers exchange payloads with Temporal by. Without a key it encrypts nothing, and says of an encrypted payload
 * which key is missing.
 */
export function createDataConverter(keys: PayloadKeys): DataConverter {
  return {
    payloadCodecs: [new EncryptionCodec(keys)],
    ...(keys.encryptWith === undefined ? {} : { failureConverterPath }),
  };
}
