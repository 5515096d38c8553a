import * as z from 'zod';
import type { Snapshot } from './snapshot.ts';
import type { Usage } from './usage.ts';

/* Snapshots, and their parts, as they come back out of what others have stored: a signal, a result, a failure's details. */

const refSchema = z.object({
  id: z.string().min(1),
  containerId: z.string().exactOptional(),
  readWith: z.string().exactOptional(),
});

const tagSchema = z.object({
  workflowId: z.string(),
  executionId: z.string(),
  attempt: z.int().min(1),
  round: z.int().min(0),
});

const usageSchema = z.object({
  inputTokens: z.number(),
  cachedTokens: z.number(),
  cacheWriteTokens: z.number(),
  outputTokens: z.number(),
  reasoningTokens: z.number(),
  totalTokens: z.number(),
}) satisfies z.ZodType<Usage>;

const output = z.object({
  text: z.string(),
  isJson: z.literal(true).exactOptional(),
  refusal: z.string().exactOptional(),
  items: z.array(z.json()).exactOptional(),
  omittedBytes: z.number().exactOptional(),
});

const toolCall = z.object({
  callId: z.string(),
  name: z.string(),
  arguments: z.string(),
  omittedBytes: z.number().exactOptional(),
});

const facts = {
  ref: refSchema,
  tag: tagSchema.exactOptional(),
  model: z.string().exactOptional(),
  expiresAtMs: z.number().exactOptional(),
  endedAtMs: z.number().exactOptional(),
  usage: usageSchema.exactOptional(),
};

const snapshotSchema = z.discriminatedUnion('status', [
  z.object({ ...facts, status: z.enum(['queued', 'in_progress', 'cancelling', 'cancelled', 'expired']) }),
  z.object({ ...facts, status: z.literal('requires_action'), toolCalls: z.array(toolCall) }),
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
]) satisfies z.ZodType<Snapshot>;

const schemas = { refSchema, tagSchema, usageSchema, snapshotSchema };

/** The schemas of what others have stored. A function gives them, because of `workflows/shared.ts`. */
export const getSnapshotSchemas = (): typeof schemas => schemas;
