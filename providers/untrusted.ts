import * as z from 'zod';
import type { JsonObject } from '../core/json.ts';
import { invalidRequest, unexpectedReply } from './problem.ts';

/** Checks a user's request, or throws a ProblemError that names each field and what is wrong with it. */
export function checkRequest<Schema extends z.ZodType>(
  schema: Schema,
  request: JsonObject,
): z.output<Schema> {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${['request', ...path].join('.')}: ${message}`,
  );
  throw invalidRequest(problems.join('; '));
}

/** Reads what a provider has sent with HTTP 2xx, or throws a ProblemError that says what is wrong with it. */
export function parseReply<Schema extends z.ZodType>(
  schema: Schema,
  what: string,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw unexpectedReply(what, `one where ${problems.join('; ')}`);
}

/** A number as a number or as text; null when it is something else, negative, or of no use as a count. */
export const looseNumber = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,15}(\.\d{1,15})?$/)
      .transform(Number),
  ])
  .refine((number) => number >= 0 && number <= Number.MAX_SAFE_INTEGER)
  .nullish()
  .catch(null);

/** A text; null when it is something else. */
export const looseText = z.string().nullish().catch(null);

/**
 * A reply as it came over the wire. What the SDK makes of it is no help with servers that differ a little from OpenAI's: it
 * takes whatever has no `data` for an empty list, and trips over a response without `output`.
 */
export async function readJson(call: { asResponse(): Promise<Response> }): Promise<unknown> {
  const response = await call.asResponse();
  return response.json();
}
