import { z } from 'zod';
import { ENDPOINTS } from '../http/endpoints.ts';
import { RUN_EVENT_TYPES } from '../webhooks/events.ts';

/**
 * The faults there are: a line here, a line where it is applied (`faults/http.ts` or `faults/delivery.ts`), and a line
 * in the README's table make a new one. Durations are simulated milliseconds.
 *
 * `when` says on which side of the work the fault lies: `before` it (nothing was done) or `after` it (done, but the
 * caller cannot know).
 */
const when = z.enum(['before', 'after']);

/** Faults of an HTTP request. */
export const httpFault = z.discriminatedUnion('kind', [
  /** The reply comes late. */
  z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0), when: when.default('after') }),
  /** An error in the API's envelope; what is not given is the usual text of that status. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.number().int().min(400).max(599),
    code: z.string().nullable().optional(),
    type: z.string().optional(),
    message: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    when: when.default('before'),
  }),
  /** The work is done, then the connection is closed without a reply. */
  z.strictObject({ kind: z.literal('drop_reply') }),
  /** The connection is reset before the work. */
  z.strictObject({ kind: z.literal('reset') }),
  /** An HTML page, as a proxy in between would answer. */
  z.strictObject({
    kind: z.literal('html'),
    status: z.number().int().min(200).max(599).default(502),
    when: when.default('before'),
  }),
  /** The first half of the reply's JSON. */
  z.strictObject({ kind: z.literal('truncate') }),
]);

/** Faults of one try to deliver a webhook. */
export const webhookFault = z.discriminatedUnion('kind', [
  /** The event is never delivered (any more). */
  z.strictObject({ kind: z.literal('lose') }),
  /** The same event is sent so many times in all. */
  z.strictObject({ kind: z.literal('double'), times: z.number().int().min(2).max(100).default(2) }),
  /** The try is made late. */
  z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0) }),
  /** Signed with another secret. */
  z.strictObject({ kind: z.literal('bad_signature') }),
  /** Properly signed an hour ago: outside the tolerance of 5 minutes. */
  z.strictObject({ kind: z.literal('old_timestamp') }),
]);

export type HttpFault = z.infer<typeof httpFault>;
export type WebhookFault = z.infer<typeof webhookFault>;

const commonRule = {
  id: z.string().min(1).optional(),
  match: z
    .strictObject({ metadata: z.record(z.string(), z.string()).optional(), threadId: z.string().optional() })
    .optional(),
  /** How often it is applied; null for ever. */
  times: z.number().int().min(1).nullable().default(1),
  /** How many matching requests or tries are let through first. */
  after: z.number().int().min(0).default(0),
};

/** A rule for requests to an endpoint (`runs.create`), to any (`*`), or to routes that do not exist (`unknown`). */
export const httpRule = z.strictObject({
  ...commonRule,
  on: z.enum(['*', 'unknown', ...ENDPOINTS]),
  fault: httpFault,
});

/** A rule for deliveries of a type of event (`webhook:thread.run.completed`), or of any (`webhook:*`). */
export const webhookRule = z.strictObject({
  ...commonRule,
  on: z.enum(['webhook:*', ...RUN_EVENT_TYPES.map((type) => `webhook:${type}` as const)]),
  fault: webhookFault,
});

/** A rule as users write it. */
export type FaultRuleInput = z.input<typeof httpRule> | z.input<typeof webhookRule>;
