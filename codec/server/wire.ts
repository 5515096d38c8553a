import type { Payload } from '@temporalio/common';
import { JSONToPayload, payloadToJSON } from '@temporalio/common/lib/proto-utils.js';
import * as z from 'zod';

/** Payloads as protobuf's JSON has them: all bytes in base64. */
const bodySchema = z.object({
  payloads: z
    .array(
      z.looseObject({
        metadata: z.record(z.string(), z.base64()).nullish(),
        data: z.base64().nullish(),
      }),
    )
    // Protobuf's JSON leaves out what is empty, and the command line sends so what has no arguments.
    .nullish(),
});

/** The payloads of a request's body; undefined when it is no list of payloads. */
export function readPayloads(body: unknown): Payload[] | undefined {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return undefined;
  try {
    return (parsed.data.payloads ?? []).map(({ metadata, data, ...rest }) =>
      JSONToPayload({ ...rest, metadata: metadata ?? {}, data: data ?? '' }),
    );
  } catch {
    return undefined;
  }
}

export function writePayloads(payloads: readonly Payload[]): object {
  return { payloads: payloads.map(payloadToJSON) };
}
