import * as z from 'zod';
import type { RunOutput, Snapshot, ToolCall } from '../../core/snapshot.ts';
import { tagFromMetadata } from '../../core/tag.ts';
import { noUsage } from '../../core/usage.ts';
import { unexpectedReply } from '../problem.ts';
import { redact } from '../secrets.ts';
import { parseReply } from '../untrusted.ts';

/*
 * A `thread.run` object as an untrusted reply: only what is used is looked at, and only what cannot be done without is required.
 * Servers that are compatible with OpenAI's leave fields out, or send null for them.
 */

/** Unix time; above this there are no dates. */
const seconds = z.number().nonnegative().max(8.64e12).nullish().catch(null);
const text = z.string().nullish().catch(null);

const runSchema = z.object({
  id: z.string().min(1),
  thread_id: z.string().min(1),
  status: z.string().min(1),
  model: text,
  metadata: z.unknown().optional(),
  expires_at: seconds,
  completed_at: seconds,
  failed_at: seconds,
  cancelled_at: seconds,
  last_error: z.object({ code: text, message: text }).nullish().catch(null),
  incomplete_details: z.object({ reason: text }).nullish().catch(null),
  usage: z
    .object({
      prompt_tokens: z.number().nonnegative(),
      completion_tokens: z.number().nonnegative(),
      total_tokens: z.number().nonnegative(),
    })
    .nullish()
    .catch(null),
  required_action: z.unknown().optional(),
  /** `auto`, or an object. */
  response_format: z.object({ type: text }).nullish().catch(null),
});

/** A run object that has been read. */
export type RunObject = z.output<typeof runSchema>;

const requiredActionSchema = z.object({
  type: z.literal('submit_tool_outputs'),
  submit_tool_outputs: z.object({
    tool_calls: z
      .array(
        z.object({
          id: z.string().min(1),
          function: z.object({ name: z.string(), arguments: z.string() }),
        }),
      )
      .min(1),
  }),
});

/** Reads a run object, or throws a ProblemError that says what is wrong with it. */
export function parseRun(value: unknown): RunObject {
  return parseReply(runSchema, 'a run object', value);
}

const runsSchema = z.object({ data: z.array(z.unknown()) });

/** Reads a page of run objects, or throws a ProblemError: a reply that is no list does not say that there are none. */
export function parseRuns(page: unknown): RunObject[] {
  const parsed = runsSchema.safeParse(page);
  if (!parsed.success) throw unexpectedReply('a list of runs', 'something else');
  return parsed.data.data.map(parseRun);
}

/** True when the snapshot of this run is not complete without the messages of its thread. */
export function needsOutput(run: RunObject): boolean {
  return run.status === 'completed' || run.status === 'incomplete';
}

/** What a run object says, in this project's words. `output` is what the run wrote, where it has been read. */
export function toSnapshot(run: RunObject, output?: RunOutput): Snapshot {
  const tag = tagFromMetadata(run.metadata);
  const endedAt = run.completed_at ?? run.failed_at ?? run.cancelled_at;
  const facts = {
    ref: { id: run.id, containerId: run.thread_id },
    ...(tag === undefined ? {} : { tag }),
    ...(run.model ? { model: run.model } : {}),
    ...(run.expires_at ? { expiresAtMs: run.expires_at * 1000 } : {}),
    ...(endedAt ? { endedAtMs: endedAt * 1000 } : {}),
    ...(run.usage
      ? {
          usage: {
            ...noUsage,
            inputTokens: run.usage.prompt_tokens,
            outputTokens: run.usage.completion_tokens,
            totalTokens: run.usage.total_tokens,
          },
        }
      : {}),
  };
  switch (run.status) {
    case 'queued':
    case 'in_progress':
    case 'cancelling':
    case 'cancelled':
    case 'expired':
      return { ...facts, status: run.status };
    case 'requires_action': {
      const toolCalls = readToolCalls(run.required_action);
      return toolCalls === undefined
        ? { ...facts, status: 'unknown', reported: 'requires_action' }
        : { ...facts, status: 'requires_action', toolCalls };
    }
    case 'completed':
      return { ...facts, status: 'completed', output: describeOutput(run, output) ?? { text: '' } };
    case 'incomplete': {
      const reason = run.incomplete_details?.reason ?? 'unknown';
      const partial = describeOutput(run, output);
      return {
        ...facts,
        status: 'incomplete',
        reason,
        ...(partial === undefined ? {} : { output: partial }),
      };
    }
    case 'failed': {
      const { code, message } = run.last_error ?? {};
      return {
        ...facts,
        status: 'failed',
        error: { code: code ?? 'unknown', message: redact(message ?? 'The provider gave no reason.') },
      };
    }
    default:
      return { ...facts, status: 'unknown', reported: run.status };
  }
}

function describeOutput(run: RunObject, output: RunOutput | undefined): RunOutput | undefined {
  const isJson = run.response_format?.type === 'json_schema' || run.response_format?.type === 'json_object';
  return output !== undefined && isJson ? { ...output, isJson } : output;
}

/**
 * The calls, each id once: the id is what makes a call. undefined for an action of a kind that we do not know: nothing can be done
 * about it but wait.
 */
function readToolCalls(requiredAction: unknown): ToolCall[] | undefined {
  const calls = requiredActionSchema.safeParse(requiredAction).data?.submit_tool_outputs.tool_calls;
  return calls
    ?.filter(({ id }, index) => calls.findIndex((call) => call.id === id) === index)
    .map((call) => ({ callId: call.id, name: call.function.name, arguments: call.function.arguments }));
}

const messagesSchema = z.object({
  data: z.array(
    z.object({
      role: z.string(),
      run_id: z.string().nullish(),
      content: z.array(z.unknown()),
    }),
  ),
});

const textPartSchema = z.object({ type: z.literal('text'), text: z.object({ value: z.string() }) });

/** The text of the newest message that this run wrote, from a page of messages in descending order. */
export function readOutput(page: unknown, runId: string): RunOutput {
  const parsed = messagesSchema.safeParse(page);
  if (!parsed.success) throw unexpectedReply('a list of messages', 'something else');
  const message = parsed.data.data.find(
    (candidate) => candidate.role === 'assistant' && (candidate.run_id ?? runId) === runId,
  );
  const parts = (message?.content ?? []).map((part) => textPartSchema.safeParse(part));
  return { text: parts.flatMap((part) => (part.success ? [part.data.text.value] : [])).join('\n') };
}
