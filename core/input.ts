import * as z from 'zod';
import { accountsChoice } from './activities.ts';
import { utf8Bytes } from './json.ts';
import { getPolicySchema } from './policy.ts';
import { maximumWorkflowIdLength } from './tag.ts';

/**
 * The one argument of the `openaiRun` workflow: plain JSON, so that any Temporal client can start a run. Unknown keys are
 * refused, for a policy that was misspelt would silently be the default.
 */
const runInputSchema = z.strictObject({
  /** Which OpenAI API the run goes through; by default the account's choice. */
  provider: z.string().min(1).default(accountsChoice),
  /** Which of the worker's accounts pays for it. Only the name enters Temporal. */
  account: z.string().min(1).default('default'),
  /** The user's message. */
  input: z.string().min(1, 'expected the text of the message').max(256_000),
  /** Names of tools from the worker's registry that are offered to the model, beside or instead of what its request has. */
  tools: z.array(z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/)).default([]),
  /** Fields for the provider's create call, as its SDK types them; the provider checks them. */
  request: z
    .record(z.string(), z.json())
    .refine((request) => utf8Bytes(JSON.stringify(request)) <= 250_000, 'at most 250 kB as JSON')
    .default({}),
  policy: getPolicySchema().prefault({}),
});

/** A run's input as a user writes it: only `input` is required. */
export type RunInput = z.input<typeof runInputSchema>;
/** A run's input with all defaults filled in. */
export type ResolvedRunInput = z.output<typeof runInputSchema>;

export type InputCheck =
  { readonly ok: true; readonly input: ResolvedRunInput } | { readonly ok: false; readonly message: string };

/** Checks a run's input; the message lists every problem with its place in the input. */
export function checkRunInput(value: unknown): InputCheck {
  if (isNestedTooDeeply(value))
    return {
      ok: false,
      message: `The run's input is not valid: it is nested more than ${maximumDepth} deep.`,
    };
  const parsed = runInputSchema.safeParse(value);
  if (parsed.success) return { ok: true, input: parsed.data };
  const problems = parsed.error.issues.map((issue) => {
    const place = issue.path.length > 0 ? issue.path.join('.') : 'the input';
    return `${place}: ${issue.message}`;
  });
  return { ok: false, message: `The run's input is not valid. ${problems.join('; ')}` };
}

/** Why a workflow id cannot be used for a run, or undefined when it can. */
export function checkWorkflowId(workflowId: string): string | undefined {
  if (workflowId.length <= maximumWorkflowIdLength) return undefined;
  return (
    `The workflow id has ${workflowId.length} characters; at most ${maximumWorkflowIdLength} fit into ` +
    `the provider's metadata, where it leads webhooks back to the run. Choose a shorter one.`
  );
}

/** What is nested by the thousands can be read, and neither checked nor written again: the stack ends. */
const maximumDepth = 200;

function isNestedTooDeeply(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth >= maximumDepth || Object.values(value).some((part) => isNestedTooDeeply(part, depth + 1));
}
