import type { MessageObject, RunError } from '../assistants/objects.ts';
import { decide } from '../model/model.ts';
import type { ModelCall, ModelTool } from '../model/call.ts';
import { countTokens } from '../model/tokens.ts';
import type { Store } from '../store.ts';
import type { RunRecord } from './record.ts';
import { scriptedAnswer, scriptedRound } from '../script/read.ts';
import type { Script } from '../script/format.ts';

/**
 * What the model did in one stretch of work, and what it spent on it. `deliver` appends its message to the thread and
 * gives its id; null when the thread is gone.
 */
export type Turn = { spent: { prompt: number; completion: number } } & (
  | { kind: 'calls'; calls: ModelCall[] }
  | { kind: 'completed'; deliver: () => string | null }
  | {
      kind: 'incomplete';
      reason: 'max_completion_tokens' | 'max_prompt_tokens';
      deliver: () => string | null;
    }
  | { kind: 'failed'; error: RunError }
  | { kind: 'expired' | 'cancelled' }
);

/** The official message of each error code, used unless the script has its own. */
const ERROR_MESSAGES: Record<RunError['code'], string> = {
  server_error: 'Sorry, something went wrong.',
  rate_limit_exceeded:
    'Rate limit reached for gpt-sim in organization org-simulator on tokens per min (TPM). Please try again later.',
  invalid_prompt: 'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
};

/** Decides by script, else by model, what a run does at the end of a stretch of work. */
export function takeTurn(run: RunRecord, script: Script, store: Store): Turn {
  // A thread may be deleted under a run; the run goes on with nothing to read and nowhere to write.
  const messages = store.findThread(run.threadId) ? store.messages(run.threadId) : [];
  const prompt = promptTokens(run, messages);
  const spentOn = (text: string): { prompt: number; completion: number } => ({
    prompt,
    completion: countTokens(text),
  });

  const scripted = scriptedRound(script, run.rounds.length);
  if (scripted) return { kind: 'calls', calls: scripted, spent: spentOn(JSON.stringify(scripted)) };

  const decision = decide({
    messages: messages.map((message) => ({ role: message.role, text: textOf(message) })),
    tools: script.rounds === undefined ? functionTools(run) : [],
    toolChoice: run.settings.tool_choice,
    responseFormat: run.settings.response_format,
    parallel: run.settings.parallel_tool_calls,
    rounds: run.rounds.map((round) => ({
      calls: round.calls.map((call) => call.function),
      outputs: round.outputs,
    })),
  });
  if (decision.kind === 'calls') return { ...decision, spent: spentOn(JSON.stringify(decision.calls)) };

  const answer = scriptedAnswer(script, decision.text);
  const spent = spentOn(answer);
  const end = script.end ?? (script.error ? 'failed' : script.reason ? 'incomplete' : undefined);
  const deliver = (text: string, incomplete: boolean) => (): string | null => {
    if (!store.findThread(run.threadId)) return null;
    const { id } = store.addMessage(run.threadId, {
      role: 'assistant',
      content: [{ type: 'text', text: { value: text, annotations: [] } }],
      assistantId: run.settings.assistantId,
      runId: run.id,
      incomplete,
    });
    return id;
  };
  const cutOff = (reason: 'max_completion_tokens' | 'max_prompt_tokens'): Turn => {
    const part = answer.slice(0, Math.ceil(answer.length / 2));
    return { kind: 'incomplete', reason, deliver: deliver(part, true), spent: spentOn(part) };
  };

  switch (end) {
    case 'failed': {
      const code = script.error?.code ?? 'server_error';
      return {
        kind: 'failed',
        error: { code, message: script.error?.message ?? ERROR_MESSAGES[code] },
        spent,
      };
    }
    case 'incomplete':
      return cutOff(script.reason ?? 'max_completion_tokens');
    case 'expired':
    case 'cancelled':
      return { kind: end, spent };
    case 'completed':
      return { kind: 'completed', deliver: deliver(answer, false), spent };
    case undefined: {
      const limited = exceededLimit(run, spent);
      return limited ? cutOff(limited) : { kind: 'completed', deliver: deliver(answer, false), spent };
    }
  }
}

function exceededLimit(
  { settings, spent }: RunRecord,
  next: { prompt: number; completion: number },
): 'max_completion_tokens' | 'max_prompt_tokens' | undefined {
  if (settings.max_prompt_tokens !== null && spent.prompt + next.prompt > settings.max_prompt_tokens) {
    return 'max_prompt_tokens';
  }
  if (
    settings.max_completion_tokens !== null &&
    spent.completion + next.completion > settings.max_completion_tokens
  ) {
    return 'max_completion_tokens';
  }
  return undefined;
}

/** Everything the model reads in one pass: instructions, thread, and the rounds so far. */
function promptTokens(run: RunRecord, messages: readonly MessageObject[]): number {
  const texts = [
    run.settings.instructions,
    ...messages.map(textOf),
    ...run.rounds.flatMap((round) => round.outputs),
  ];
  return texts.reduce((total, text) => total + countTokens(text), 0);
}

function textOf(message: MessageObject): string {
  return message.content.map((part) => (part.type === 'text' ? part.text.value : '')).join('\n');
}

function functionTools(run: RunRecord): ModelTool[] {
  return run.settings.tools.flatMap((tool) => (tool.type === 'function' ? [tool.function] : []));
}
