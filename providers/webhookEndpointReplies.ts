import * as z from 'zod';
import { failureTypes } from '../core/failures.ts';
import { ProblemError, unexpectedReply } from './problem.ts';
import { parseReply, readJson } from './untrusted.ts';

/** An endpoint as the API shows it. Only its id and its URL are sure to be there. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly name: string | null;
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly createdAtMs: number | null;
}

/** Names are anybody's text, and go to a terminal: without control characters. */
const text = z.string().transform((value) => value.replaceAll(/\p{Cc}/gu, ''));

/** Taken as it is into an environment variable: nothing that would need quoting there. */
const secret = z.string().regex(/^[\x21-\x7e]+$/);

export const endpointSchema = z
  .object({
    id: text.pipe(z.string().min(1)),
    url: text,
    name: text.nullable().catch(null),
    event_types: z.array(text).catch([]),
    created_at: z.number().nullable().catch(null),
  })
  .transform(({ id, url, name, event_types: eventTypes, created_at: seconds }): WebhookEndpoint => ({
    id,
    name,
    url,
    eventTypes,
    createdAtMs: seconds === null ? null : seconds * 1000,
  }));

/** Without `has_more` it is the last page, as the SDK sees it. */
export const pageSchema = z.object({ data: z.array(endpointSchema), has_more: z.boolean().catch(false) });

export const eventTypesSchema = z.object({ data: z.array(z.string()) });

/** `success` is true for every answer of the receiver: its status is what counts. */
export const testSchema = z.object({ status_code: z.int() });

const secretSchema = z.object({ signing_secret: secret });
const what = 'a webhook endpoint with its signing secret';

export interface EndpointWithSecret {
  readonly endpoint: WebhookEndpoint;
  /** Shown by the API this once. */
  readonly signingSecret: string;
}

/** Reads the reply of a create or a rotation. */
export async function readWithSecret(reply: {
  asResponse(): Promise<Response>;
}): Promise<EndpointWithSecret> {
  const body = await readJson(reply).catch((error: unknown) => {
    // The SyntaxError quotes a part of the body, which may be a part of the secret.
    throw error instanceof SyntaxError ? unexpectedReply(what, 'a body that is not JSON') : error;
  });
  const endpoint = parseReply(endpointSchema, what, body);
  const given = secretSchema.safeParse(body);
  if (given.success) return { endpoint, signingSecret: given.data.signing_secret };
  throw new ProblemError({
    type: failureTypes.unexpectedReply,
    message:
      `the webhook endpoint ${endpoint.id} is there, but the reply held no signing secret that could be used. ` +
      'Rotate the secret to get another, or delete the endpoint',
    retry: { kind: 'never' },
    details: { effect: 'none' },
  });
}
