import * as z from 'zod';
import { callKinds } from '../core/calls.ts';
import type { RunReport } from '../core/report.ts';
import type { AttemptOutcome, RunResult, RunStatus } from '../core/result.ts';
import { getSnapshotSchemas } from '../core/snapshotSchema.ts';

const { refSchema, usageSchema } = getSnapshotSchemas();

/*
 * What comes back from Temporal was written by a worker of any version, or by another workflow altogether. Fields that
 * this version does not know are left out; those that it needs have to be there.
 */

export const runStatusSchema = z.enum({
  completed: 'completed',
  failed: 'failed',
  incomplete: 'incomplete',
  cancelled: 'cancelled',
  expired: 'expired',
  lost: 'lost',
  timed_out: 'timed_out',
  queued_too_long: 'queued_too_long',
  thread_busy: 'thread_busy',
  not_created: 'not_created',
  invalid_input: 'invalid_input',
} as const satisfies { readonly [Status in RunStatus]: Status });

const outcomeSchema = z.enum({
  completed: 'completed',
  failed: 'failed',
  incomplete: 'incomplete',
  cancelled: 'cancelled',
  expired: 'expired',
  lost: 'lost',
  queued_too_long: 'queued_too_long',
  gave_up: 'gave_up',
} as const satisfies { readonly [Outcome in AttemptOutcome]: Outcome });

const errorSchema = z.object({ code: z.string(), message: z.string() });
const attemptSchema = z.object({
  number: z.number(),
  ref: refSchema,
  earlierRefs: z.array(refSchema),
  outcome: outcomeSchema,
  error: errorSchema.exactOptional(),
  usage: usageSchema.nullable(),
  createdAtMs: z.number(),
  endedAtMs: z.number(),
  adopted: z.boolean(),
});

const timingsSchema = z.object({
  startedAtMs: z.number(),
  createdAtMs: z.number().nullable(),
  providerEndedAtMs: z.number().nullable(),
});

/** What a result and a report have in common. */
const factsSchema = z.object({
  id: z.string(),
  provider: z.string(),
  account: z.string(),
  model: z.string().nullable(),
  text: z.string().nullable(),
  parsed: z.json(),
  refusal: z.string().nullable(),
  items: z.array(z.json()).nullable(),
  omittedBytes: z.number().nullable(),
  error: errorSchema.nullable(),
  attempts: z.array(attemptSchema),
  usage: usageSchema,
  calls: z.partialRecord(z.enum(callKinds), z.number()),
  toolRounds: z.number(),
  toolCalls: z.number(),
  toolCallsReused: z.number(),
  recreations: z.number(),
  orphans: z.array(refSchema),
  learntFrom: z.enum(['webhook', 'check']).nullable(),
});

export const runResultSchema = factsSchema.extend({
  status: runStatusSchema,
  timings: timingsSchema.extend({ endedAtMs: z.number() }),
}) satisfies z.ZodType<RunResult>;

export const runReportSchema = factsSchema.extend({
  status: z.union([z.literal('running'), runStatusSchema]),
  doing: z.string(),
  current: z
    .object({
      number: z.number(),
      ref: refSchema,
      status: z.string(),
      createdAtMs: z.number(),
      expiresAtMs: z.number().nullable(),
    })
    .nullable(),
  timings: timingsSchema.extend({ endedAtMs: z.number().nullable() }),
}) satisfies z.ZodType<RunReport>;
