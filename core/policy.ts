import * as z from 'zod';
import type { Backoff } from './backoff.ts';

/*
 * Everything a run's policy can say, with its defaults. `docs/policies.md` explains each; a test holds both together.
 * A default that changes changes what old histories replay to: see "Changing workflow code" in CONTRIBUTING.md.
 */

const ms = z
  .int()
  .min(0)
  .max(365 * 24 * 3600 * 1000);
const delayMs = ms.min(1);
const factor = z.number().min(1).max(10);
const attempts = z.int().min(1).max(1000);

/** How a run waits for its provider. `totalMs: null` leaves the end to the provider's expiry and the total deadline. */
export interface WaitPolicy extends Backoff {
  readonly mode: WaitMode;
  readonly totalMs: number | null;
}

export const waitModes = ['polling', 'relaxed', 'webhook'] as const;
export type WaitMode = (typeof waitModes)[number];

/** A webhook wakes a run in every mode; the modes differ in how often the run looks by itself. */
export const waitDefaults: Record<WaitMode, Omit<WaitPolicy, 'mode'>> = {
  /** 0.5 s × 1.5, at most 5 s apart, 60 s in total. */
  polling: { initialMs: 500, factor: 1.5, maximumMs: 5_000, totalMs: 60_000 },
  /** Never faster than 2.5 s: runs seldom finish sooner, and most checks of the default are saved. */
  relaxed: { initialMs: 2_500, factor: 1.5, maximumMs: 15_000, totalMs: 600_000 },
  /**
   * Webhooks are expected: the timer is the safety check for one that is lost. It never sleeps past the ten minutes after
   * which a provider may forget a result.
   */
  webhook: { initialMs: 30_000, factor: 2, maximumMs: 240_000, totalMs: null },
};

const waitSchema = z
  .strictObject({
    mode: z.enum(waitModes).default('polling'),
    initialMs: delayMs.optional(),
    factor: factor.optional(),
    maximumMs: delayMs.optional(),
    totalMs: delayMs.nullable().optional(),
  })
  .transform((given): WaitPolicy => {
    const defaults = waitDefaults[given.mode];
    return {
      mode: given.mode,
      initialMs: given.initialMs ?? defaults.initialMs,
      factor: given.factor ?? defaults.factor,
      maximumMs: given.maximumMs ?? defaults.maximumMs,
      totalMs: given.totalMs === undefined ? defaults.totalMs : given.totalMs,
    };
  });

/**
 * How long a lost reply is waited out where the provider cannot be asked, and only a webhook can tell what the call has made. A
 * webhook comes when the work is done, so this is how long that may take without being paid for twice.
 */
export const lostCreateWebhookDefaultsMs: Record<WaitMode, number> = {
  polling: 30_000,
  relaxed: 60_000,
  webhook: 600_000,
};

/** No call is sent more often than this when nobody can tell what the earlier ones have made: each may have been paid for. */
export const maximumLostReplies = 3;

const lostCreateSchema = z.strictObject({
  /** How long to wait before looking for the run: a request may still be on its way. */
  settleMs: delayMs.default(1_000),
  /** How long to wait for the run's webhook where the provider cannot be asked; by default by `wait.mode`. */
  webhookMs: ms.optional(),
  /** What follows when no run is found: create again, or fail rather than risk a second run. */
  whenNotFound: z.enum(['recreate', 'fail']).default('recreate'),
});

const sections = z.strictObject({
  wait: waitSchema.prefault({}),

  deadlines: z
    .strictObject({
      /** The whole run, restarts and tools included, from its start. */
      totalMs: delayMs.default(3_600_000),
      /** How long an attempt may stay `queued`; null: as long as the other deadlines let it. */
      queuedMs: delayMs.nullable().default(null),
      /** What follows when it did: cancel it and start anew (up to `restarts.maximumAttempts`), or cancel it and fail. */
      whenQueuedTooLong: z.enum(['restart', 'fail']).default('restart'),
    })
    .prefault({}),

  restarts: z
    .strictObject({
      /** Attempts in all, the first included: 1 never restarts. */
      maximumAttempts: attempts.default(3),
      /** A failed attempt is restarted for these `last_error` codes only; an expired one always is. */
      failedCodes: z.array(z.string()).default(['rate_limit_exceeded', 'server_error']),
      /** The delay before a failed attempt is restarted. An expired one is restarted at once. */
      initialMs: delayMs.default(2_000),
      factor: factor.default(2),
      maximumMs: delayMs.default(60_000),
    })
    .prefault({}),

  /** What to do when the thread already has an active run, which is not ours. */
  whenThreadBusy: z.enum(['wait', 'cancel', 'fail']).default('wait'),

  /** Provider calls: each try of an activity, and how errors that are worth it are retried. */
  calls: z
    .strictObject({
      timeoutMs: z.int().min(100).max(600_000).default(30_000),
      initialMs: delayMs.default(500),
      factor: factor.default(2),
      maximumMs: delayMs.default(30_000),
      maximumAttempts: attempts.default(12),
    })
    .prefault({}),

  /** A create whose reply was lost may or may not have made a run; so may a submit that makes something new. */
  lostCreate: lostCreateSchema.prefault({}),

  cancel: z
    .strictObject({
      /** How long to wait, after asking for a cancel, for the provider to say that the attempt has ended (and what it cost). */
      confirmMs: ms.default(10_000),
    })
    .prefault({}),

  continueAsNew: z
    .strictObject({
      /** Continue as new after so many history events; null: when Temporal suggests it. For tests. */
      afterEvents: z.int().min(10).nullable().default(null),
    })
    .prefault({}),
});

const policySchema = sections.transform(({ lostCreate, ...policy }) => ({
  ...policy,
  lostCreate: {
    ...lostCreate,
    webhookMs: lostCreate.webhookMs ?? lostCreateWebhookDefaultsMs[policy.wait.mode],
  },
}));

/** Checks a policy and fills in what it leaves out. A function gives it, because of `workflows/shared.ts`. */
export const getPolicySchema = (): typeof policySchema => policySchema;

/** A policy as a user writes it: everything optional. */
export type PolicyInput = z.input<typeof policySchema>;
/** A policy with every number filled in. */
export type Policy = z.output<typeof policySchema>;
