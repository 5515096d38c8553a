import { z } from 'zod';
import { badRequest } from '../errors.ts';
import type { Metadata } from '../assistants/objects.ts';
import { responseScript, runScript } from './format.ts';
import type { ResponseScript, Script } from './format.ts';

/** The metadata key that carries a script. */
export const SCRIPT_KEY = 'simulator';

/** A script that was read: one entry for each attempt, the last of which repeats. */
export interface Attempts<S> {
  /** Attempts are counted by the value of this metadata key; undefined: by thread, conversation or chain. */
  by?: string | undefined;
  attempts: readonly S[];
}

/**
 * Reads the script for runs in `metadata`, if there is one.
 * @throws ApiError 400 that says what is wrong: a mistyped script must not pass for the default behaviour.
 */
export function readScript(metadata: Metadata | null): Attempts<Script> | undefined {
  return read(runScript, metadata);
}

/** {@link readScript} for responses. */
export function readResponseScript(metadata: Metadata | null): Attempts<ResponseScript> | undefined {
  return read(responseScript, metadata);
}

/** The script of the attempt that has `earlier` before it. */
export function scriptForAttempt<S extends object>(source: Attempts<S>, earlier: number): S | undefined {
  return source.attempts[Math.min(earlier, source.attempts.length - 1)];
}

/** The calls of the round after `finishedRounds`, or undefined when the script has no more rounds. */
export function scriptedRound(
  script: Pick<Script, 'rounds' | 'repeat'>,
  finishedRounds: number,
): { name: string; arguments: string }[] | undefined {
  const rounds = script.rounds ?? [];
  if (finishedRounds >= rounds.length * (script.repeat ?? 1)) return undefined;
  return rounds[finishedRounds % rounds.length]?.map((call) => ({
    name: call.name,
    arguments: pad(
      typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
      call.argumentsLength,
    ),
  }));
}

/** The text of the final message: the script's, else the model's, at the length that the script wants. */
export function scriptedAnswer(script: Pick<Script, 'answer' | 'answerLength'>, modelAnswer: string): string {
  return pad(script.answer ?? modelAnswer, script.answerLength);
}

function pad(text: string, length = 0): string {
  return text.padEnd(length);
}

function read<S extends z.ZodType>(format: S, metadata: Metadata | null): z.output<S> | undefined {
  const text = metadata?.[SCRIPT_KEY];
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalidScript('it is not valid JSON');
  }
  const parsed = format.safeParse(json);
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
