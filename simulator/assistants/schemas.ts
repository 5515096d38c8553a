import { z } from 'zod';
import { metadata } from './metadata.ts';
import {
  codeInterpreterTool,
  newToolResources,
  responseFormat,
  tool,
  toolChoice,
  toolResources,
} from './toolSchemas.ts';

// Request bodies as the API's specification has them: unknown parameters are refused, `null` counts as absent where the
// specification says nullable. `exactOptional` keeps the parsed values assignable to the SDK's own types.

const contentPart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.string(), detail: z.exactOptional(z.enum(['auto', 'low', 'high'])) }),
  }),
  z.strictObject({
    type: z.literal('image_file'),
    image_file: z.strictObject({
      file_id: z.string(),
      detail: z.exactOptional(z.enum(['auto', 'low', 'high'])),
    }),
  }),
]);

const attachment = z.strictObject({
  file_id: z.exactOptional(z.string()),
  tools: z.exactOptional(
    z.array(
      z.discriminatedUnion('type', [codeInterpreterTool, z.strictObject({ type: z.literal('file_search') })]),
    ),
  ),
});

const effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish();
const sampling = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  response_format: responseFormat.nullish(),
};

export const messageBody = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: z.union([z.string(), z.array(contentPart).min(1)]),
  attachments: z.array(attachment).nullish(),
  metadata: metadata.nullish(),
});
export type MessageBody = z.output<typeof messageBody>;

export const threadBody = z.strictObject({
  messages: z.array(messageBody).optional(),
  tool_resources: newToolResources.nullish(),
  metadata: metadata.nullish(),
});
export type ThreadBody = z.output<typeof threadBody>;

export const threadUpdateBody = z.strictObject({
  tool_resources: toolResources.nullish(),
  metadata: metadata.nullish(),
});
export const metadataBody = z.strictObject({ metadata: metadata.nullish() });

const assistantFields = {
  ...sampling,
  reasoning_effort: effort,
  name: z.string().max(256).nullish(),
  description: z.string().max(512).nullish(),
  instructions: z.string().max(256_000).nullish(),
  tools: z.array(tool).max(128).optional(),
  metadata: metadata.nullish(),
};
export const assistantBody = z.strictObject({
  model: z.string(),
  ...assistantFields,
  tool_resources: newToolResources.nullish(),
});
export const assistantUpdateBody = z.strictObject({
  model: z.string().optional(),
  ...assistantFields,
  tool_resources: toolResources.nullish(),
});

const runFields = {
  ...sampling,
  assistant_id: z.string(),
  model: z.string().nullish(),
  instructions: z.string().max(256_000).nullish(),
  tools: z.array(tool).max(20).nullish(),
  metadata: metadata.nullish(),
  max_prompt_tokens: z.number().int().min(256).nullish(),
  max_completion_tokens: z.number().int().min(256).nullish(),
  truncation_strategy: z
    .strictObject({
      type: z.enum(['auto', 'last_messages']),
      last_messages: z.exactOptional(z.number().int().min(1).nullable()),
    })
    .nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().optional(),
  stream: z.boolean().nullish(),
};
export const runBody = z.strictObject({
  ...runFields,
  reasoning_effort: effort,
  additional_instructions: z.string().max(256_000).nullish(),
  additional_messages: z.array(messageBody).nullish(),
});
export const threadRunBody = z.strictObject({
  ...runFields,
  thread: threadBody.optional(),
  tool_resources: toolResources.nullish(),
});
/** What both ways to create a run have in common. */
export type RunBody = Omit<z.output<typeof runBody>, 'additional_messages'>;

export const submitBody = z.strictObject({
  tool_outputs: z.array(z.strictObject({ tool_call_id: z.string(), output: z.string() })),
  stream: z.boolean().nullish(),
});

const includable = z.enum(['step_details.tool_calls[*].file_search.results[*].content']);
/** What a reader of steps may ask for in addition; there is no file search here, so nothing comes of it. */
export const includeQuery = z.object({
  'include[]': z.union([includable, z.array(includable)]).optional(),
});
