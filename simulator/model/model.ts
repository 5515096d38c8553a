import type OpenAI from 'openai';
import { solveArithmetic } from './arithmetic.ts';
import type { ModelCall, ModelTool } from './call.ts';
import { planRounds } from './plan.ts';
import { formatAnswer } from './structured.ts';

/** What the model can see. */
export interface ModelInput {
  messages: readonly { role: 'user' | 'assistant'; text: string }[];
  tools: readonly ModelTool[];
  toolChoice: OpenAI.Beta.Threads.Run['tool_choice'];
  responseFormat: OpenAI.Beta.Threads.Run['response_format'];
  /** False: one call a round. */
  parallel: boolean;
  /** The tool rounds so far. */
  rounds: readonly { calls: readonly ModelCall[]; outputs: readonly string[] }[];
}

export type ModelDecision = { kind: 'calls'; calls: ModelCall[] } | { kind: 'answer'; text: string };

/** How many finished calls an answer cites. */
const CITED_CALLS = 10;
/** How much of a prompt is understood; bounds the work on hostile input. */
const LONGEST_PROMPT = 4000;

/**
 * The model that needs no model: it calls the tools the last user message asks for, else does arithmetic, else says
 * what it was asked. Pure: the same input always gives the same decision.
 */
export function decide(input: ModelInput): ModelDecision {
  const prompt =
    input.messages
      .findLast((message) => message.role === 'user')
      ?.text.trim()
      .slice(0, LONGEST_PROMPT) ?? '';
  const calls = nextCalls(input, prompt);
  if (calls.length > 0) return { kind: 'calls', calls };
  return { kind: 'answer', text: formatAnswer(answer(input, prompt), input.responseFormat) };
}

function nextCalls(input: ModelInput, prompt: string): ModelCall[] {
  const { toolChoice, rounds } = input;
  if (toolChoice === 'none') return [];
  const named = toolChoice !== null && typeof toolChoice === 'object' ? toolChoice.function?.name : undefined;
  const tools = named === undefined ? input.tools : input.tools.filter((tool) => tool.name === named);
  const plan = planRounds(prompt, tools, {
    parallel: input.parallel,
    lastOutputs: rounds.at(-1)?.outputs ?? [],
    // A choice that forces a call is about the first turn; otherwise the model could never answer.
    force: named !== undefined || toolChoice === 'required',
  });
  return plan[rounds.length] ?? [];
}

function answer(input: ModelInput, prompt: string): string {
  const done = input.rounds.flatMap((round) =>
    round.calls.map((call, index) => `${call.name}(${call.arguments}) = ${round.outputs[index] ?? ''}`),
  );
  if (done.length > 0) {
    const earlier = done.length > CITED_CALLS ? ` (after ${done.length - CITED_CALLS} earlier calls)` : '';
    return `Here is what I found${earlier}: ${done.slice(-CITED_CALLS).join('; ')}.`;
  }
  const solved = solveArithmetic(prompt);
  if (solved !== undefined) return `${solved}.`;
  if (prompt === '') return 'Hello! How can I help you?';
  const quoted = prompt.length > 200 ? `${prompt.slice(0, 199)}…` : prompt;
  return `You said: "${quoted}". This is the simulator's answer.`;
}
