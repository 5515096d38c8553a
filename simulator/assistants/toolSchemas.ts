import { z } from 'zod';
import { metadata } from './metadata.ts';

// What runs and assistants say about tools and the form of answers, as the API's specification has it.

/** What functions and response formats may be called. */
const functionName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-zA-Z0-9_-]+$/);

const functionTool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: functionName,
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
export const codeInterpreterTool = z.strictObject({ type: z.literal('code_interpreter') });
export const tool = z.discriminatedUnion('type', [codeInterpreterTool, fileSearchTool, functionTool]);

const codeInterpreterResources = z.strictObject({ file_ids: z.exactOptional(z.array(z.string()).max(20)) });
const vectorStoreIds = z.exactOptional(z.array(z.string()).max(1));
export const toolResources = z.strictObject({
  code_interpreter: z.exactOptional(codeInterpreterResources),
  file_search: z.exactOptional(z.strictObject({ vector_store_ids: vectorStoreIds })),
});

const staticChunks = z.strictObject({
  max_chunk_size_tokens: z.number().int().min(100).max(4096),
  chunk_overlap_tokens: z.number().int().min(0),
});
/** A vector store made together with its assistant or thread. */
const newVectorStore = z.strictObject({
  file_ids: z.array(z.string()).max(10_000).optional(),
  chunking_strategy: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('auto') }),
      z.strictObject({ type: z.literal('static'), static: staticChunks }),
    ])
    .optional(),
  metadata: metadata.nullish(),
});
/** {@link toolResources} of what is being created. */
export const newToolResources = z.strictObject({
  code_interpreter: z.exactOptional(codeInterpreterResources),
  file_search: z.exactOptional(
    z.strictObject({
      vector_store_ids: vectorStoreIds,
      vector_stores: z.array(newVectorStore).max(1).optional(),
    }),
  ),
});
export type NewToolResources = z.output<typeof newToolResources>;

export const responseFormat = z.union([
  z.literal('auto'),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({
      type: z.literal('json_schema'),
      json_schema: z.strictObject({
        name: functionName,
        description: z.exactOptional(z.string()),
        schema: z.exactOptional(z.record(z.string(), z.unknown())),
        strict: z.exactOptional(z.boolean().nullable()),
      }),
    }),
  ]),
]);

export const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({
    type: z.enum(['function', 'code_interpreter', 'file_search']),
    function: z.exactOptional(z.strictObject({ name: z.string() })),
  }),
]);
