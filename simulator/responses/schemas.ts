import { z } from 'zod';
import { metadata } from '../assistants/metadata.ts';
import { inputItem } from './itemSchemas.ts';
import type { Includable } from './objects.ts';

// Request bodies as the API's specification has them. Hosted tools are accepted and shown, but never called.

const functionTool = z.strictObject({
  type: z.literal('function'),
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[a-zA-Z0-9_-]+$/, {
      error: "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'",
    }),
  description: z.exactOptional(z.string().nullable()),
  parameters: z.record(z.string(), z.unknown()).nullable().default(null),
  /** Strict unless it is said otherwise, unlike in the Assistants API. */
  strict: z.boolean().nullable().default(true),
  async: z.exactOptional(z.boolean()),
});
const tool = z.discriminatedUnion('type', [
  functionTool,
  z.strictObject({ type: z.literal('web_search') }),
  z.strictObject({ type: z.literal('file_search'), vector_store_ids: z.array(z.string()).min(1) }),
  z.strictObject({ type: z.literal('code_interpreter'), container: z.string() }),
]);

const functionName = z.strictObject({ type: z.literal('function'), name: z.string() });
const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    functionName,
    z.strictObject({
      type: z.literal('allowed_tools'),
      mode: z.enum(['auto', 'required']),
      tools: z.array(functionName).min(1),
    }),
  ]),
]);

const textFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    name: z.string().min(1).max(64),
    schema: z.record(z.string(), z.unknown()),
    description: z.exactOptional(z.string()),
    strict: z.exactOptional(z.boolean().nullable()),
  }),
]);

export const includable = z.enum([
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
]);

/** The body of `POST /responses`. */
export const responseBody = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(inputItem)]),
  background: z.boolean().nullish(),
  conversation: z.union([z.string(), z.strictObject({ id: z.string() })]).nullish(),
  include: z.array(includable).nullish(),
  instructions: z.string().nullish(),
  // The API's least, so that a tiny limit is refused and not obeyed.
  max_output_tokens: z.number().int().min(16).nullish(),
  max_tool_calls: z.number().int().min(1).nullish(),
  metadata: metadata.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
    })
    .nullish(),
  safety_identifier: z.string().max(64).nullish(),
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast']).nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  text: z
    .strictObject({
      format: textFormat.optional(),
      verbosity: z.enum(['low', 'medium', 'high']).nullish(),
    })
    .nullish(),
  tool_choice: toolChoice.nullish(),
  tools: z.array(tool).max(128).nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  user: z.string().nullish(),
});
export type ResponseBody = z.output<typeof responseBody>;

const includeList = z.union([includable.transform((value) => [value]), z.array(includable)]);
/** `include` comes as `include[]=` from the JavaScript client and as `include=` from others. */
const include = { include: includeList.optional(), 'include[]': includeList.optional() };

/** What a query asks to include, however it is written. */
export function includeOf(query: z.output<z.ZodObject<typeof include>>): Includable[] {
  return [...(query.include ?? []), ...(query['include[]'] ?? [])];
}

/** The query of `GET /responses/{id}`. */
export const retrieveQuery = z.object({
  ...include,
  stream: z.stringbool().optional(),
  starting_after: z.coerce.number().int().min(0).optional(),
  include_obfuscation: z.stringbool().optional(),
});

/** The query of `GET /responses/{id}/input_items` and of a conversation's items. */
export const itemsQuery = z.object({
  ...include,
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
});

export const conversationBody = z.strictObject({
  items: z.array(inputItem).max(20).nullish(),
  metadata: metadata.nullish(),
});
export const conversationUpdateBody = z.strictObject({ metadata: metadata.nullable() });
export const itemsBody = z.strictObject({ items: z.array(inputItem).min(1).max(20) });
