import * as z from 'zod';
import { callKinds } from './calls.ts';
import type { WakeUp } from './wakeUp.ts';

/*
 * A signal is untrusted: anybody who may write to the namespace can send one, and a bridge of another version may say things differently.
 * What cannot be read must not stop the run.
 */

const ref = z.object({ id: z.string().min(1), containerId: z.string().exactOptional() });
const tag = z.object({ workflowId: z.string(), executionId: z.string(), attempt: z.int().min(1) });
const output = z.object({ text: z.string() });
const facts = {
  ref,
  tag: tag.exactOptional(),
  model: z.string().exactOptional(),
  expiresAtMs: z.number().exactOptional(),
  endedAtMs: z.number().exactOptional(),
  usage: z
    .object({ inputTokens: z.number(), outputTokens: z.number(), totalTokens: z.number() })
    .exactOptional(),
};
const toolCalls = z.array(z.object({ callId: z.string(), name: z.string(), arguments: z.string() }));

const snapshot = z.discriminatedUnion('status', [
  z.object({ ...facts, status: z.enum(['queued', 'in_progress', 'cancelling', 'cancelled', 'expired']) }),
  z.object({ ...facts, status: z.literal('requires_action'), toolCalls }),
  z.object({ ...facts, status: z.literal('completed'), output }),
  z.object({
    ...facts,
    status: z.literal('failed'),
    error: z.object({ code: z.string(), message: z.string() }),
  }),
  z.object({
    ...facts,
    status: z.literal('incomplete'),
    reason: z.string(),
    output: output.exactOptional(),
  }),
  z.object({ ...facts, status: z.literal('lost'), message: z.string() }),
  z.object({ ...facts, status: z.literal('unknown'), reported: z.string() }),
]);

const wakeUp = z.object({
  webhookId: z.string().min(1),
  eventType: z.string(),
  ref,
  tag: tag.exactOptional(),
  snapshot: snapshot.exactOptional(),
  calls: z.partialRecord(z.enum(callKinds), z.int().min(0)).exactOptional(),
});

/** A wake-up out of a signal's payload; undefined when it cannot be read. A snapshot that cannot be read leaves a hint to look. */
export function readWakeUp(payload: unknown): WakeUp | undefined {
  const whole = wakeUp.safeParse(payload);
  if (whole.success) return whole.data;
  return wakeUp.omit({ snapshot: true, calls: true }).safeParse(payload).data;
}
