import * as z from 'zod';
import type { ToolSettings } from '../core/activities.ts';
import type { JsonObject } from '../core/json.ts';

/** What a tool's execution is given besides its arguments. */
export interface ToolContext {
  readonly callId: string;
  /**
   * The same for every try of one call, and for its repetition after a restart (unless the tool sets `reuseAfterRestart` to
   * false: then a repetition is a new call). Pass it on to whatever you act upon.
   */
  readonly idempotencyKey: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Aborted when nobody waits for the output any more. */
  readonly signal: AbortSignal;
}

export interface ToolOptions<Parameters extends z.ZodObject> {
  /** What the model calls it; letters, digits, `_` and `-`, at most 64. Also the activity's type in the Web UI. */
  readonly name: string;
  /** What the model reads to decide when to call it. */
  readonly description: string;
  /** The arguments. What the model sends is validated; what does not fit goes back to the model as an error. */
  readonly parameters: Parameters;
  /** Does the work. Anything but a string is sent to the model as JSON. Throw to be tried again. */
  execute(given: z.output<Parameters>, context: ToolContext): unknown;
  /** Longest duration of one try, in ms; 60,000 by default. */
  readonly timeoutMs?: number;
  /** By default 3 attempts, the second after 1 s, the third after 2 s more. */
  readonly retry?: Partial<ToolSettings['retry']>;
  /** Whether a finished call's output answers the same call after a restart; true by default. */
  readonly reuseAfterRestart?: boolean;
}

/** A tool as the worker keeps it: the types of its parameters are its own business. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments. */
  readonly parameters: JsonObject;
  readonly settings: ToolSettings;
  execute(argumentsJson: string, context: ToolContext): Promise<ToolExecution>;
}

export type ToolExecution =
  | { readonly kind: 'executed'; readonly output: string }
  /** The arguments do not fit: nothing was done. */
  | { readonly kind: 'invalid_arguments'; readonly message: string };

const defaultRetry: ToolSettings['retry'] = {
  maximumAttempts: 3,
  initialMs: 1_000,
  factor: 2,
  maximumMs: 30_000,
};
/** What Temporal takes: anything else would be refused when a run wants to execute the tool, again and again. */
const settingsSchema = z.object({
  timeoutMs: z.int().min(1),
  retry: z.object({
    maximumAttempts: z.int().min(1),
    initialMs: z.int().min(1),
    factor: z.number().min(1),
    maximumMs: z.int().min(1),
  }),
  reuseAfterRestart: z.boolean(),
}) satisfies z.ZodType<ToolSettings>;

const jsonObjectSchema = z.record(z.string(), z.json());

/** Defines a tool that models can call. Throws a TypeError when its name or its schema cannot be offered to a model. */
export function defineTool<Parameters extends z.ZodObject>(options: ToolOptions<Parameters>): Tool {
  const { name, description, parameters } = options;
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
    throw new TypeError(
      `Tool name '${name}': expected 1 to 64 letters, digits, '_' or '-', as OpenAI does. Rename it.`,
    );
  }
  const settings = settingsSchema.safeParse({
    timeoutMs: options.timeoutMs ?? 60_000,
    retry: { ...defaultRetry, ...options.retry },
    reuseAfterRestart: options.reuseAfterRestart ?? true,
  });
  if (!settings.success) throw new TypeError(`Tool '${name}': ${z.prettifyError(settings.error)}`);
  return {
    name,
    description,
    parameters: jsonObjectSchema.parse(z.toJSONSchema(parameters)),
    settings: settings.data,
    async execute(argumentsJson, context) {
      const given = parseArguments(parameters, argumentsJson);
      if (!given.ok) return { kind: 'invalid_arguments', message: given.message };
      return { kind: 'executed', output: formatOutput(await options.execute(given.value, context)) };
    },
  };
}

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

function parseArguments<Parameters extends z.ZodObject>(
  schema: Parameters,
  argumentsJson: string,
): Parsed<z.output<Parameters>> {
  let value: unknown;
  try {
    // Models send an empty string for a tool without parameters.
    value = argumentsJson.trim() === '' ? {} : JSON.parse(argumentsJson);
  } catch {
    return { ok: false, message: 'The arguments are not valid JSON.' };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the arguments'}: ${issue.message}`,
  );
  return { ok: false, message: `The arguments do not fit the tool's schema. ${problems.join('; ')}` };
}

function formatOutput(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? 'done';
  } catch {
    // A bigint, a circle: the tool has acted, and must not be tried again for the sake of how it says so.
    return String(value);
  }
}
