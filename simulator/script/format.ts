import { z } from 'zod';

// The script format: JSON that says what a run or a response is told to do. What both understand comes first; a key or a
// value that has no meaning for one of them is refused there, because a script that is ignored passes for a default.

const durationMs = z.number().min(0);
const tokens = z.number().int().min(0);
/** Scripts are short, what a model writes may not be; more than this helps no test, and costs memory. */
const paddedLength = z.number().int().min(1).max(10_000_000);

const scriptedCall = z.strictObject({
  name: z.string().min(1),
  /** An object, or a string that is sent as it is (for JSON that is none). */
  arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).default({}),
  /** The arguments are padded with spaces to so many characters; JSON stays what it is. */
  argumentsLength: paddedLength.optional(),
});

const shared = {
  /** How long it reads `queued`: a run also after each submit, a response only in the background. */
  queueMs: durationMs,
  /** How long it reads `in_progress` before each tool round and before its end. */
  workMs: durationMs,
  /** How long a run reads `cancelling`; how long a response reads `cancelled` before `cancelTo`. */
  cancelMs: durationMs,
  /** The tool calls of each round, instead of what the model would call. */
  rounds: z.array(z.array(scriptedCall).min(1)),
  /** `rounds` is gone through so many times. */
  repeat: z.number().int().min(1).max(10_000),
  /** The text of the final message. */
  answer: z.string(),
  /** The final message is padded with spaces to so many characters. */
  answerLength: paddedLength,
  /** A status shown instead of the first `in_progress`, for `unknownMs` (for ever without it). */
  status: z.string().min(1),
  unknownMs: durationMs,
  /** A cancel does not win: after `cancelling` (a run) or `cancelled` (a response) it ends so. */
  cancelTo: z.enum(['completed', 'failed']),
  /** The header `openai-poll-after-ms` of its reads. */
  pollAfterMs: z.number().int().min(0),
} as const;

const runFields = {
  ...shared,
  /** From creation to expiry, whatever the status. */
  expiresAfterMs: durationMs,
  /** `expires_at` passes, but the run never says so: it stays as it is. */
  silentExpiry: z.boolean(),
  /** After a submit the run still reads `requires_action` with the same calls for so long, and goes on afterwards. */
  staleAfterSubmitMs: durationMs,
  end: z.enum(['completed', 'failed', 'incomplete', 'expired', 'cancelled']),
  /** `last_error` of a failed run; implies `"end": "failed"`. */
  error: z.strictObject({
    code: z.enum(['server_error', 'rate_limit_exceeded', 'invalid_prompt']),
    message: z.string().optional(),
  }),
  /** Why a run is incomplete; implies `"end": "incomplete"`. */
  reason: z.enum(['max_completion_tokens', 'max_prompt_tokens']),
  /** The run never leaves this status by itself (expiry and cancel still work). */
  stuck: z.enum(['queued', 'in_progress', 'cancelling']),
  /** The run's token counts, instead of the computed ones. */
  usage: z.strictObject({ prompt: tokens, completion: tokens }),
} as const;

const responseFields = {
  ...shared,
  end: z.enum(['completed', 'failed', 'incomplete', 'cancelled']),
  /** `error` of a failed response; implies `"end": "failed"`. */
  error: z.strictObject({
    code: z.enum([
      'server_error',
      'rate_limit_exceeded',
      'invalid_prompt',
      'data_residency_mismatch',
      'bio_policy',
      'misalignment_policy_violation',
      'vector_store_timeout',
    ]),
    message: z.string().optional(),
  }),
  /** Why a response is incomplete; implies `"end": "incomplete"`. */
  reason: z.enum(['max_output_tokens', 'content_filter']),
  /** The final message is a refusal, in these words. */
  refusal: z.string().min(1),
  /** The response never leaves this status by itself (cancel still works). */
  stuck: z.enum(['queued', 'in_progress']),
  /** The response is gone so long after its end, stored or not. */
  retainMs: durationMs,
  /** The response's token counts, instead of the computed ones; also on one that failed or was cancelled. */
  usage: z.strictObject({
    prompt: tokens,
    completion: tokens,
    cached: tokens.optional(),
    cacheWrite: tokens.optional(),
    reasoning: tokens.optional(),
  }),
} as const;

/** Chooses among attempts: what differs for the 1st, 2nd, nth; and what tells them apart (see the README). */
const by = z.string().optional();

const runAttempt = z.strictObject(runFields).partial();
const responseAttempt = z.strictObject(responseFields).partial();

/** A run's script as written, turned into its list of attempts. */
export const runScript = runAttempt
  .extend({ attempts: z.array(runAttempt).min(1).optional(), by })
  .transform(({ attempts, by: tag, ...common }) => ({
    by: tag,
    attempts: attempts?.map((attempt) => ({ ...common, ...attempt })) ?? [common],
  }));

/** A response's script as written, turned into its list of attempts. */
export const responseScript = responseAttempt
  .extend({ attempts: z.array(responseAttempt).min(1).optional(), by })
  .transform(({ attempts, by: tag, ...common }) => ({
    by: tag,
    attempts: attempts?.map((attempt) => ({ ...common, ...attempt })) ?? [common],
  }));

/** What one run is told to do. Everything absent is the simulator's default. */
export type Script = z.output<typeof runAttempt>;
/** What one response is told to do. Everything absent is the simulator's default. */
export type ResponseScript = z.output<typeof responseAttempt>;
/** A script for runs as users write it. */
export type ScriptSource = z.input<typeof runScript>;
/** A script for responses as users write it. */
export type ResponseScriptSource = z.input<typeof responseScript>;
