import type { IdFactory } from '../ids.ts';
import { decide } from '../model/model.ts';
import type { ModelCall, ModelTool } from '../model/call.ts';
import type { ModelInput } from '../model/model.ts';
import { countTokens } from '../model/tokens.ts';
import { scriptedAnswer, scriptedRound } from '../script/read.ts';
import type { ResponseScript } from '../script/format.ts';
import { outputText, textOf } from './items.ts';
import type {
  IncompleteReason,
  Item,
  OutputItem,
  OutputMessage,
  ResponseError,
  ResponseUsage,
} from './objects.ts';
import type { TurnInput } from './record.ts';
import type { ResponseBody } from './schemas.ts';
import { roundsOf } from './toolLoop.ts';
import { REASONING_TOKENS, reasons, usageOf } from './usage.ts';

/** What comes of a response: how it ends, with what output, at what price (null when it is not told). */
export interface Turn {
  end:
    | { status: 'completed' }
    | { status: 'failed'; error: ResponseError }
    | { status: 'incomplete'; reason: IncompleteReason }
    | { status: 'cancelled' };
  output: OutputItem[];
  usage: ResponseUsage | null;
}

/** Decides by script, else by model, what a response answers. */
export function takeTurn(response: TurnInput, script: ResponseScript, nextId: IdFactory): Turn {
  const { body } = response;
  const context = [...response.history, ...response.input];
  const rounds = roundsOf(context);
  const think = (): OutputItem[] =>
    reasons(body)
      ? [{ id: nextId('rs'), type: 'reasoning', summary: [], encrypted_content: 'c2ltdWxhdGVk' }]
      : [];
  const completed = (output: OutputItem[], text: string): Turn => ({
    end: { status: 'completed' },
    output: [...think(), ...output],
    usage: usageOf(response, script, text),
  });
  const call = (calls: readonly ModelCall[]): Turn =>
    completed(
      calls.map((made) => ({
        id: nextId('fc'),
        type: 'function_call',
        status: 'completed',
        call_id: nextId('call'),
        ...made,
      })),
      JSON.stringify(calls),
    );
  const message = (
    part: OutputMessage['content'][number],
    status: 'completed' | 'incomplete',
  ): OutputItem => ({ id: nextId('msg'), type: 'message', status, role: 'assistant', content: [part] });

  const scripted = scriptedRound(script, rounds.length);
  if (scripted) return call(scripted);
  const decision = decide({ ...modelInput(body, context), rounds, ...(script.rounds && { tools: [] }) });
  if (decision.kind === 'calls') return call(decision.calls);

  const answer = scriptedAnswer(script, decision.text);
  const cutOff = (reason: IncompleteReason, length: number): Turn => {
    const part = answer.slice(0, length);
    return {
      end: { status: 'incomplete', reason },
      output: [...think(), ...(part === '' ? [] : [message(outputText(part), 'incomplete')])],
      usage: usageOf(response, script, part),
    };
  };
  const { refusal } = script;
  const finish = (): Turn =>
    refusal === undefined
      ? completed([message(outputText(answer), 'completed')], answer)
      : completed([message({ type: 'refusal', refusal }, 'completed')], refusal);
  // Usage is not told of what failed or was cancelled, unless the script says so.
  const untold = script.usage ? usageOf(response, script, '') : null;
  switch (script.end ?? (script.error ? 'failed' : script.reason ? 'incomplete' : undefined)) {
    case 'failed':
      return { end: { status: 'failed', error: errorOf(script) }, output: [], usage: untold };
    case 'cancelled':
      return { end: { status: 'cancelled' }, output: [], usage: untold };
    case 'incomplete':
      return cutOff(script.reason ?? 'max_output_tokens', Math.ceil(answer.length / 2));
    case 'completed':
      return finish();
    case undefined: {
      const limit = (body.max_output_tokens ?? Infinity) - (reasons(body) ? REASONING_TOKENS : 0);
      return countTokens(answer) > limit ? cutOff('max_output_tokens', Math.max(0, limit * 4)) : finish();
    }
  }
}

/** The official message of each error code, used unless the script has its own. */
const ERROR_MESSAGES: Partial<Record<ResponseError['code'], string>> = {
  rate_limit_exceeded:
    'Rate limit reached for gpt-sim in organization org-simulator on tokens per min (TPM). Please try again later.',
  invalid_prompt: 'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
};

function errorOf(script: ResponseScript): ResponseError {
  const code = script.error?.code ?? 'server_error';
  const usual = ERROR_MESSAGES[code] ?? 'An error occurred while processing your request.';
  return { code, message: script.error?.message ?? usual };
}

/** The request in the words of the model that Assistants runs have too. */
function modelInput(body: ResponseBody, context: readonly Item[]): ModelInput {
  const choice = body.tool_choice ?? 'auto';
  const functions = (body.tools ?? []).flatMap((tool): ModelTool[] =>
    tool.type === 'function'
      ? [{ name: tool.name, description: tool.description ?? '', parameters: tool.parameters ?? {} }]
      : [],
  );
  const allowed =
    typeof choice === 'object' && choice.type === 'allowed_tools'
      ? functions.filter(({ name }) => choice.tools.some((tool) => tool.name === name))
      : functions;
  const format = body.text?.format;
  return {
    messages: context.flatMap((item) =>
      item.type === 'message' && (item.role === 'user' || item.role === 'assistant')
        ? [{ role: item.role, text: textOf(item) }]
        : [],
    ),
    tools: allowed,
    toolChoice:
      typeof choice === 'string'
        ? choice
        : choice.type === 'function'
          ? { type: 'function', function: { name: choice.name } }
          : choice.mode,
    responseFormat:
      format?.type === 'json_schema'
        ? { type: 'json_schema', json_schema: { name: format.name, schema: format.schema } }
        : (format ?? { type: 'text' }),
    parallel: body.parallel_tool_calls ?? true,
    rounds: [],
  };
}
