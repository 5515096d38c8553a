import { badRequest } from '../errors.ts';
import type { Context } from '../http/context.ts';
import type { RunRecord, RunSettings } from '../runs/record.ts';
import { readScript, scriptForAttempt } from '../script/read.ts';
import type { Script } from '../script/format.ts';
import type { NewMessage } from '../store.ts';
import type { AssistantObject } from './objects.ts';
import type { RunBody } from './schemas.ts';

/**
 * Creates a run on a thread that exists, with what the assistant gives and the body overrides.
 * @throws ApiError 404 for an unknown assistant, 400 when another run locks the thread.
 */
export function createRun(
  context: Context,
  threadId: string,
  body: RunBody,
  additionalMessages: readonly NewMessage[],
): RunRecord {
  const { store, engine } = context;
  const assistant = store.assistant(body.assistant_id);
  const active = engine.activeRun(threadId);
  if (active) throw badRequest(`Thread ${threadId} already has an active run ${active.id}.`);
  const script = chooseScript(context, threadId, body, assistant);
  for (const message of additionalMessages) store.addMessage(threadId, message);
  return engine.create({
    threadId,
    settings: settingsOf(body, assistant),
    metadata: body.metadata ?? {},
    script,
  });
}

/** The run's own script, else the thread's, else the assistant's; the entry for this attempt. */
function chooseScript(context: Context, threadId: string, body: RunBody, assistant: AssistantObject): Script {
  const { store, engine } = context;
  const source =
    readScript(body.metadata ?? null) ??
    readScript(store.thread(threadId).metadata) ??
    readScript(assistant.metadata);
  if (!source) return {};
  const { by } = source;
  const earlier =
    by === undefined
      ? engine.runsOf(threadId)
      : engine.runs().filter((run) => run.metadata[by] === body.metadata?.[by]);
  return scriptForAttempt(source, earlier.length) ?? {};
}

function settingsOf(body: RunBody, assistant: AssistantObject): RunSettings {
  const instructions = body.instructions ?? assistant.instructions ?? '';
  const additional = body.additional_instructions;
  return {
    assistantId: assistant.id,
    model: body.model ?? assistant.model,
    instructions: additional ? `${instructions}\n\n${additional}`.trim() : instructions,
    tools: body.tools ?? assistant.tools,
    temperature: body.temperature ?? assistant.temperature ?? 1,
    topP: body.top_p ?? assistant.top_p ?? 1,
    max_prompt_tokens: body.max_prompt_tokens ?? null,
    max_completion_tokens: body.max_completion_tokens ?? null,
    truncation_strategy: body.truncation_strategy ?? { type: 'auto', last_messages: null },
    tool_choice: body.tool_choice ?? 'auto',
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    response_format: body.response_format ?? assistant.response_format ?? 'auto',
  };
}
