import { z } from 'zod';

// Request bodies as the API's specification has them: unknown parameters are refused, `null` counts as absent where the
// specification says nullable. `exactOptional` keeps the parsed values assignable to the SDK's own types.

const MAX_METADATA_PAIRS = 16;
const MAX_METADATA_KEY = 64;

export const metadata = z.record(z.string(), z.string().max(512)).superRefine((pairs, check) => {
  const keys = Object.keys(pairs);
  if (keys.length > MAX_METADATA_PAIRS) {
    check.addIssue({
      code: 'custom',
      message: `Invalid 'metadata': too many properties. Expected an object with at most ${MAX_METADATA_PAIRS} properties, but got an object with ${keys.length} properties instead.`,
      params: { code: 'object_above_max_properties' },
    });
  }
  const long = keys.find((key) => key.length > MAX_METADATA_KEY);
  if (long !== undefined) {
    check.addIssue({
      code: 'custom',
      message: `Invalid 'metadata': property name too long. Expected property names with maximum length ${MAX_METADATA_KEY}, but got one with length ${long.length} instead.`,
      params: { code: 'property_name_above_max_length' },
    });
  }
});

const functionTool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().min(1).max(64),
    description: z.exactOptional(z.string()),
    parameters: z.exactOptional(z.record(z.string(), z.unknown())),
    strict: z.exactOptional(z.boolean().nullable()),
  }),
});
const fileSearchTool = z.strictObject({
  type: z.literal('file_search'),
  file_search: z.exactOptional(
    z.strictObject({
      max_num_results: z.exactOptional(z.number().int().min(1).max(50)),
      ranking_options: z.exactOptional(
        z.strictObject({
          score_threshold: z.number().min(0).max(1),
          ranker: z.exactOptional(z.enum(['auto', 'default_2024_08_21'])),
        }),
      ),
    }),
  ),
});
const codeInterpreterTool = z.strictObject({ type: z.literal('code_interpreter') });
const tool = z.discriminatedUnion('type', [codeInterpreterTool, fileSearchTool, functionTool]);

const toolResources = z.strictObject({
  code_interpreter: z.exactOptional(
    z.strictObject({ file_ids: z.exactOptional(z.array(z.string()).max(20)) }),
  ),
  file_search: z.exactOptional(
    z.strictObject({ vector_store_ids: z.exactOptional(z.array(z.string()).max(1)) }),
  ),
});

const responseFormat = z.union([
  z.literal('auto'),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({
      type: z.literal('json_schema'),
      json_schema: z.strictObject({
        name: z.string().min(1).max(64),
        description: z.exactOptional(z.string()),
        schema: z.exactOptional(z.record(z.string(), z.unknown())),
        strict: z.exactOptional(z.boolean().nullable()),
      }),
    }),
  ]),
]);

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({
    type: z.enum(['function', 'code_interpreter', 'file_search']),
    function: z.exactOptional(z.strictObject({ name: z.string() })),
  }),
]);

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

const sampling = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
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
  tool_resources: toolResources.nullish(),
  metadata: metadata.nullish(),
});
export type ThreadBody = z.output<typeof threadBody>;

export const threadUpdateBody = threadBody.omit({ messages: true });
export const metadataBody = z.strictObject({ metadata: metadata.nullish() });

const assistantFields = {
  ...sampling,
  name: z.string().max(256).nullish(),
  description: z.string().max(512).nullish(),
  instructions: z.string().max(256_000).nullish(),
  tools: z.array(tool).max(128).optional(),
  tool_resources: toolResources.nullish(),
  metadata: metadata.nullish(),
};
export const assistantBody = z.strictObject({ model: z.string(), ...assistantFields });
export const assistantUpdateBody = z.strictObject({ model: z.string().optional(), ...assistantFields });

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
