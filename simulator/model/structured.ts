import type OpenAI from 'openai';
import { z } from 'zod';

const schemaNode = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});

/** Schemas may refer to themselves in spirit (deep nesting); nobody needs more levels than these. */
const DEEPEST = 8;

/** The answer in the format the run asked for: as it is, or as JSON that fits the schema. */
export function formatAnswer(text: string, format: OpenAI.Beta.Threads.Run['response_format']): string {
  if (format === null || format === 'auto' || format.type === 'text') return text;
  if (format.type === 'json_object') return JSON.stringify({ answer: text });
  return JSON.stringify(example(format.json_schema.schema ?? {}, text, DEEPEST));
}

/** A value of the schema that carries the answer wherever text, or its last number wherever a number, is asked for. */
function example(schema: unknown, text: string, depth: number): unknown {
  const parsed = schemaNode.safeParse(schema);
  if (!parsed.success || depth === 0) return null;
  const node = parsed.data;
  if ('const' in node) return node.const;
  if (node.enum) return node.enum[0];
  if (node.anyOf) return example(node.anyOf[0], text, depth - 1);
  const type = Array.isArray(node.type) ? node.type[0] : node.type;
  switch (type) {
    case 'string':
      return text;
    case 'number':
    case 'integer':
      return lastNumber(text);
    case 'boolean':
      return true;
    case 'array':
      return [example(node.items, text, depth - 1)];
    case 'null':
      return null;
    case undefined:
    default:
      return Object.fromEntries(
        Object.entries(node.properties ?? {}).map(([name, child]) => [name, example(child, text, depth - 1)]),
      );
  }
}

function lastNumber(text: string): number {
  return Number(text.match(/-?\d+(?:\.\d+)?/g)?.at(-1) ?? 0);
}
