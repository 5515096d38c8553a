import { z } from 'zod';
import { badRequest } from '../errors.ts';
import type { Metadata } from '../assistants/objects.ts';

/** The metadata key that carries a script. */
export const SCRIPT_KEY = 'simulator';

const durationMs = z.number().min(0);

const scriptedCall = z.strictObject({
  name: z.string().min(1),
  /** An object, or a string that is sent as it is (for JSON that is none). */
  arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).default({}),
});

const fields = {
  /** How long the run reads `queued`, also after each submit. */
  queueMs: durationMs,
  /** How long the run reads `in_progress` before each tool round and before its end. */
  workMs: durationMs,
  /** How long the run reads `cancelling`. */
  cancelMs: durationMs,
  /** From creation to expiry, whatever the status. */
  expiresAfterMs: durationMs,
  /** `expires_at` passes, but the run never says so: it stays as it is. */
  silentExpiry: z.boolean(),
  /** After a submit the run still reads `requires_action` with the same calls for so long, and goes on afterwards. */
  staleAfterSubmitMs: durationMs,
  /** The tool calls of each round, instead of what the model would call. */
  rounds: z.array(z.array(scriptedCall).min(1)),
  /** `rounds` is gone through so many times. */
  repeat: z.number().int().min(1).max(10_000),
  end: z.enum(['completed', 'failed', 'incomplete', 'expired', 'cancelled']),
  /** The text of the final message. */
  answer: z.string(),
  /** `last_error` of a failed run; implies `"end": "failed"`. */
  error: z.strictObject({
    code: z.enum(['server_error', 'rate_limit_exceeded', 'invalid_prompt']),
    message: z.string().optional(),
  }),
  /** Why a run is incomplete; implies `"end": "incomplete"`. */
  reason: z.enum(['max_completion_tokens', 'max_prompt_tokens']),
  /** The run never leaves this status by itself (expiry and cancel still work). */
  stuck: z.enum(['queued', 'in_progress', 'cancelling']),
  /** A status shown instead of the first `in_progress`, for `unknownMs` (for ever without it). */
  status: z.string().min(1),
  unknownMs: durationMs,
  /** A cancel does not win: after `cancelling` the run ends so. */
  cancelTo: z.enum(['completed', 'failed']),
  /** The run's token counts, instead of the computed ones. */
  usage: z.strictObject({ prompt: z.number().int().min(0), completion: z.number().int().min(0) }),
} as const;

const attempt = z.strictObject(fields).partial();

const scriptSource = attempt.extend({
  /** What differs for the 1st, 2nd, nth run; the last entry repeats. */
  attempts: z.array(attempt).min(1).optional(),
  /** Count runs by the value of this metadata key, instead of by thread. */
  by: z.string().optional(),
});

/** What one run is told to do. Everything absent is the simulator's default. */
export type Script = z.infer<typeof attempt>;
/** The script as written: a {@link Script}, and what differs from run to run. */
export type ScriptSource = z.infer<typeof scriptSource>;

/**
 * Reads the script in `metadata`, if there is one.
 * @throws ApiError 400 that says what is wrong: a mistyped script must not pass for the default behaviour.
 */
export function readScript(metadata: Metadata | null): ScriptSource | undefined {
  const text = metadata?.[SCRIPT_KEY];
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalidScript('it is not valid JSON');
  }
  const parsed = scriptSource.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalidScript(z.prettifyError(parsed.error).replaceAll('\n', ' '));
}

function invalidScript(why: string): Error {
  return badRequest(
    `Invalid 'metadata.${SCRIPT_KEY}': not a script of the simulator: ${why}. See the simulator's README for the format.`,
    `metadata.${SCRIPT_KEY}`,
    'invalid_script',
  );
}

/** The script of the run that has `earlierRuns` before it. */
export function scriptForAttempt(source: ScriptSource, earlierRuns: number): Script {
  const { attempts, by: _by, ...common } = source;
  if (!attempts) return common;
  return { ...common, ...attempts[Math.min(earlierRuns, attempts.length - 1)] };
}

/** The calls of the round after `finishedRounds`, or undefined when the script has no more rounds. */
export function scriptedRound(
  script: Script,
  finishedRounds: number,
): { name: string; arguments: string }[] | undefined {
  const rounds = script.rounds ?? [];
  if (finishedRounds >= rounds.length * (script.repeat ?? 1)) return undefined;
  return rounds[finishedRounds % rounds.length]?.map((call) => ({
    name: call.name,
    arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
  }));
}
