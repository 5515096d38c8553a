import { buildCalls } from './arguments.ts';
import type { ModelCall, ModelTool } from './call.ts';
import { splitClauses, splitStages, stems } from './words.ts';

interface PlanOptions {
  parallel: boolean;
  /** The outputs of the round before the next one: what "the result" means there. */
  lastOutputs: readonly string[];
  /** Call the first tool when the prompt asks for none. */
  force: boolean;
}

/**
 * The tool calls a prompt asks for, round by round. Rounds that refer to a result are right for the round that comes
 * next (`lastOutputs` is its predecessor's); how many rounds there are does not depend on outputs.
 */
export function planRounds(prompt: string, tools: readonly ModelTool[], options: PlanOptions): ModelCall[][] {
  if (tools.length === 0) return [];
  const result = options.lastOutputs.map(readNumber).findLast((value) => value !== undefined);
  const rounds = splitStages(prompt)
    .map((stage, index) =>
      groupByTool(splitClauses(stage), tools).flatMap(({ tool, clauses }) =>
        buildCalls(tool, clauses, index === 0 ? { kind: 'none' } : { kind: 'result', value: result ?? 0 }),
      ),
    )
    .filter((calls) => calls.length > 0);
  const [first] = tools;
  if (rounds.length === 0 && options.force && first) {
    return [[buildCalls(first, [prompt], { kind: 'none' })[0] ?? { name: first.name, arguments: '{}' }]];
  }
  return options.parallel ? rounds : rounds.flat().map((call) => [call]);
}

/** Clauses that ask for a tool, each followed by those that only go on about it ("… and in Rome"). */
function groupByTool(
  clauses: readonly string[],
  tools: readonly ModelTool[],
): { tool: ModelTool; clauses: string[] }[] {
  const groups: { tool: ModelTool; clauses: string[] }[] = [];
  for (const clause of clauses) {
    const tool = bestTool(clause, tools);
    const last = groups.at(-1);
    if (tool) groups.push({ tool, clauses: [clause] });
    else if (last) last.clauses.push(clause);
  }
  return groups;
}

function bestTool(clause: string, tools: readonly ModelTool[]): ModelTool | undefined {
  const words = new Set(stems(clause));
  let best: { tool: ModelTool; score: number } | undefined;
  for (const tool of tools) {
    const score = matchScore(clause, words, tool);
    if (score >= 2 && score > (best?.score ?? 0)) best = { tool, score };
  }
  return best?.tool;
}

/** A word of the name weighs as much as two of the description; two points make a match. */
function matchScore(clause: string, words: ReadonlySet<string>, tool: ModelTool): number {
  if (clause.includes(tool.name) && tool.name.includes('_')) return 100;
  const nameWords = new Set(stems(tool.name));
  const descriptionWords = new Set(stems(tool.description ?? ''));
  let score = 0;
  for (const word of words) score += nameWords.has(word) ? 2 : descriptionWords.has(word) ? 1 : 0;
  return score;
}

/** The number an output holds: `5`, `"5"`, `{"result":5}`. */
function readNumber(output: string): number | undefined {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return undefined;
  }
  if (typeof value === 'object' && value !== null) {
    value = Object.values(value).find((field) => typeof field === 'number');
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
