import { z } from 'zod';
import { ENDPOINTS } from '../http/endpoints.ts';
import { EVENT_TYPES } from '../webhooks/catalogue.ts';
import { retryAfter } from './retryAfter.ts';

/**
 * The faults there are: a line here, a line where it is applied (`faults/http.ts` or `faults/delivery.ts`), and a line
 * in the README's table make a new one. Durations are simulated milliseconds unless they say otherwise.
 *
 * `when` says on which side of the work the fault lies: `before` it (nothing was done) or `after` it (done, but the
 * caller cannot know).
 */
const when = z.enum(['before', 'after']);
const ms = z.number().min(0);

/** Faults of an HTTP request. */
export const httpFault = z.discriminatedUnion('kind', [
  /** The reply comes late. */
  z.strictObject({ kind: z.literal('delay'), ms, when: when.default('after') }),
  /** An error in the API's envelope; what is not given is usual for its code, else for its status. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.number().int().min(400).max(599),
    code: z.string().nullable().optional(),
    type: z.string().optional(),
    message: z.string().optional(),
    retryAfter: retryAfter.optional(),
    /** The header `x-should-retry`, which clients obey before they look at the status. */
    shouldRetry: z.boolean().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    when: when.default('before'),
  }),
  /** The work is done, then the connection is closed without a reply. */
  z.strictObject({ kind: z.literal('drop_reply') }),
  /** The connection is reset (TCP RST). */
  z.strictObject({ kind: z.literal('reset'), when: when.default('before') }),
  /** The connection is reset before the work, and new ones are refused for so long; `ms` is real time. */
  z.strictObject({ kind: z.literal('refuse'), ms: ms.max(600_000) }),
  /** An HTML page, as a proxy in between would answer. */
  z.strictObject({
    kind: z.literal('html'),
    status: z.number().int().min(200).max(599).default(502),
    when: when.default('before'),
  }),
  /** The first half of the reply's JSON: as if it were all of it, or with the connection cut in the middle. */
  z.strictObject({ kind: z.literal('truncate'), cut: z.boolean().default(false) }),
  /** A stream of events is cut after so many of them. */
  z.strictObject({ kind: z.literal('cut_stream'), afterEvents: z.number().int().min(0).default(1) }),
  /** The reply's object shows this status, which nobody knows. */
  z.strictObject({ kind: z.literal('unknown_status'), status: z.string().min(1).default('hibernating') }),
  /** What the request creates (or cancels) stays in this status for ever; a run may still expire or be cancelled. */
  z.strictObject({
    kind: z.literal('stuck'),
    status: z.enum(['queued', 'in_progress', 'cancelling']).default('in_progress'),
  }),
  /** The reply waits until a webhook about the same run or response has reached a receiver: `early` for the webhook. */
  z.strictObject({
    kind: z.literal('after_webhook'),
    type: z.enum(EVENT_TYPES).optional(),
    /** When no webhook comes the reply is sent after so long. */
    withinMs: ms.default(60_000),
  }),
]);

/** Faults of one try to deliver a webhook. */
export const webhookFault = z.discriminatedUnion('kind', [
  /** The event is never delivered (any more). */
  z.strictObject({ kind: z.literal('lose') }),
  /** The same event is sent so many times in all. */
  z.strictObject({ kind: z.literal('double'), times: z.number().int().min(2).max(100).default(2) }),
  /** The try is made late. */
  z.strictObject({ kind: z.literal('delay'), ms }),
  /** The try is made after the endpoint's next one. */
  z.strictObject({ kind: z.literal('out_of_order'), withinMs: ms.default(60_000) }),
  /** Signed with another secret. */
  z.strictObject({ kind: z.literal('bad_signature') }),
  /** Properly signed an hour ago: outside the tolerance of 5 minutes. */
  z.strictObject({ kind: z.literal('old_timestamp') }),
  /** Properly signed in an hour: outside the tolerance too. */
  z.strictObject({ kind: z.literal('future_timestamp') }),
  /**
   * The receiver is taken to have answered so, whatever it says (`null`: not at all); `delivered: false` keeps the event
   * from it.
   */
  z.strictObject({
    kind: z.literal('receiver_error'),
    status: z.number().int().min(300).max(599).nullable().default(500),
    delivered: z.boolean().default(true),
  }),
]);

/** A fault with its defaults, as it is applied. */
export type HttpFault = z.output<typeof httpFault>;
export type WebhookFault = z.output<typeof webhookFault>;
/** A fault as users write it. */
export type HttpFaultInput = z.input<typeof httpFault>;
export type WebhookFaultInput = z.input<typeof webhookFault>;

const commonRule = {
  id: z.string().min(1).optional(),
  match: z
    .strictObject({
      metadata: z.record(z.string(), z.string()).optional(),
      threadId: z.string().optional(),
      /** Of a run or a response. */
      runId: z.string().optional(),
    })
    .optional(),
  /** How often it is applied; null for ever. By default once, with a rate for ever. */
  times: z.number().int().min(1).nullable().optional(),
  /** How many matching requests or tries are let through first. */
  after: z.number().int().min(0).default(0),
  /** How many of those that match are hit, 0 to 1; which ones is the seed's choice. */
  rate: z.number().min(0).max(1).optional(),
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
  on: z.enum(['webhook:*', ...EVENT_TYPES.map((type) => `webhook:${type}` as const)]),
  fault: webhookFault,
});

/** A rule as users write it. */
export type FaultRuleInput = z.input<typeof httpRule> | z.input<typeof webhookRule>;
