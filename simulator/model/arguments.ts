import { z } from 'zod';
import type { ModelCall, ModelTool } from './call.ts';
import { stems } from './words.ts';

/** What "the result" and "it" stand for in a later stage. */
export type Reference = { kind: 'none' } | { kind: 'result'; value: number };

/** As much of JSON Schema as tools use for their parameters. */
const parameterSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
});
const parametersSchema = z.looseObject({
  properties: z.record(z.string(), parameterSchema).catch({}).default({}),
  required: z.array(z.string()).optional().catch(undefined),
});

type Kind = 'number' | 'string' | 'boolean' | 'enum' | 'other';
interface Parameter {
  name: string;
  kind: Kind;
  options: string[];
}

/** The calls of one tool that these clauses ask for: none when they hold nothing to call it with. */
export function buildCalls(tool: ModelTool, clauses: readonly string[], reference: Reference): ModelCall[] {
  const parameters = readParameters(tool);
  const numbers = parameters.filter((parameter) => parameter.kind === 'number');
  const strings = parameters.filter((parameter) => parameter.kind === 'string');
  const ignored = new Set([...stems(tool.name), ...stems(tool.description ?? '')]);
  const numbersFound = clauses.flatMap((clause) => findNumbers(clause, reference));
  const stringsFound = clauses.flatMap((clause, index) => findStrings(clause, index > 0, ignored));

  const count =
    strings.length > 0
      ? Math.ceil(stringsFound.length / strings.length)
      : numbers.length > 0
        ? Math.max(Math.floor(numbersFound.length / numbers.length), numbersFound.length > 0 ? 1 : 0)
        : 1;
  const text = clauses.join(' ');
  return Array.from({ length: count }, (_, call) => {
    const values: Record<string, unknown> = {};
    for (const [index, parameter] of numbers.entries()) {
      values[parameter.name] = numbersFound[call * numbers.length + index];
    }
    for (const [index, parameter] of strings.entries()) {
      values[parameter.name] = stringsFound[call * strings.length + index];
    }
    for (const parameter of parameters) {
      if (parameter.kind === 'enum') values[parameter.name] = chooseOption(parameter.options, text);
      if (parameter.kind === 'boolean') values[parameter.name] = true;
    }
    // What was not found is undefined, which JSON leaves out: a call with a missing argument, as models make them.
    return { name: tool.name, arguments: JSON.stringify(values) };
  });
}

function readParameters(tool: ModelTool): Parameter[] {
  const parsed = parametersSchema.safeParse(tool.parameters ?? {});
  if (!parsed.success) return [];
  const { properties, required } = parsed.data;
  const names = required && required.length > 0 ? required : Object.keys(properties);
  return names.map((name) => {
    const schema = properties[name];
    const type = Array.isArray(schema?.type) ? schema.type[0] : schema?.type;
    const options = (schema?.enum ?? []).filter((option) => typeof option === 'string');
    return { name, kind: kindOf(type, options), options };
  });
}

function kindOf(type: string | undefined, options: readonly string[]): Kind {
  if (options.length > 0) return 'enum';
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'string' || type === 'boolean') return type;
  return 'other';
}

function chooseOption(options: readonly string[], text: string): string | undefined {
  return options.find((option) => text.toLowerCase().includes(option.toLowerCase())) ?? options[0];
}

/** Numbers in order of appearance, with references to the previous result among them. */
function findNumbers(clause: string, reference: Reference): number[] {
  const pattern =
    /\b(?:the |that |this )?(?:result|sum|product|total|answer|outcome)\b|\b(?:it|that|this)\b|(?<![\w.])-?\d+(?:\.\d+)?/gi;
  return [...clause.matchAll(pattern)].flatMap(([match]) => {
    const value = Number(match);
    if (!Number.isNaN(value)) return [value];
    return reference.kind === 'result' ? [reference.value] : [];
  });
}

/**
 * The text values of a clause: quoted text, else names (capitalised words that do not just begin a sentence), else what
 * follows a preposition; a clause that continues another ("… and rome") is a value itself.
 */
function findStrings(clause: string, continues: boolean, ignored: ReadonlySet<string>): string[] {
  const quoted = [...clause.matchAll(/"([^"]+)"|“([^”]+)”|(?<=^|\s)'([^']+)'/g)];
  if (quoted.length > 0) return quoted.map((match) => match[1] ?? match[2] ?? match[3] ?? '');

  const capitalised = [...clause.matchAll(/(?<![\w'])\p{Lu}[\p{L}'’-]*(?:\s+\p{Lu}[\p{L}'’-]*)*/gu)].flatMap(
    (match) => {
      const words = match[0].split(/\s+/);
      const start = words.findIndex((word) => !stems(word).every((stem) => ignored.has(stem)));
      return start < 0
        ? []
        : [{ first: match.index === 0 && start === 0, text: words.slice(start).join(' ') }];
    },
  );
  const names = capitalised.filter((name) => !name.first || continues);
  if (names.length > 0) return names.map((name) => name.text);

  const after = /\b(?:in|of|for|about|to|from|at|on)\s+(?:the\s+|a\s+|an\s+)?([\p{L}\d][\p{L}\d'’-]*)/iu.exec(
    clause,
  );
  if (after?.[1]) return [after[1]];
  if (continues) return [clause];
  return capitalised.map((name) => name.text);
}
