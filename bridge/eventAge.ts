import * as z from 'zod';

/** How long after an event a 404 for its object may only mean that the provider's replicas are not all there yet, in ms. */
const youngForMs = 5 * 60_000;

/** OpenAI's envelope gives Unix seconds. A server that gives milliseconds is in the far future, and so not believed. */
const eventSchema = z.object({ created_at: z.number().positive() });

/**
 * Whether an event has only just happened. Where it does not say when, or says something odd, the time of its delivery counts, which is new
 * with each: such a webhook is young for as long as the sender tries.
 *
 * @param sentAtMs the verified `webhook-timestamp`
 */
export function isYoung(event: unknown, sentAtMs: number, nowMs: number): boolean {
  const createdAtMs = (eventSchema.safeParse(event).data?.created_at ?? Infinity) * 1_000;
  const happenedAtMs = createdAtMs <= nowMs + youngForMs ? createdAtMs : sentAtMs;
  return nowMs - happenedAtMs < youngForMs;
}
