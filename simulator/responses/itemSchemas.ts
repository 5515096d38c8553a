import { z } from 'zod';

// The items of `input`, as the specification has them. An input message may leave out its `type`.

const CALL_ID_LENGTH = 64;
/** 10 MiB of characters, the documented limit of a tool's output. */
const OUTPUT_LENGTH = 10_485_760;

const status = z.exactOptional(z.enum(['in_progress', 'completed', 'incomplete']));
const imageDetail = z.enum(['low', 'high', 'auto', 'original']);

/** Ids of items are checked by their beginning: the API refuses a message's id where a call's belongs. */
const itemId = (prefix: string): z.ZodString =>
  z.string().startsWith(prefix, {
    error: ({ input }) => `'${String(input)}'. Expected an ID that begins with '${prefix}'`,
  });

const inputText = z.strictObject({ type: z.literal('input_text'), text: z.string() });
const inputImage = z.strictObject({
  type: z.literal('input_image'),
  image_url: z.exactOptional(z.string().nullable()),
  file_id: z.exactOptional(z.string().nullable()),
  detail: imageDetail.default('auto'),
});
const inputFile = z.strictObject({
  type: z.literal('input_file'),
  file_id: z.exactOptional(z.string().nullable()),
  file_url: z.exactOptional(z.string()),
  file_data: z.exactOptional(z.string()),
  filename: z.exactOptional(z.string()),
});
const inputPart = z.discriminatedUnion('type', [inputText, inputImage, inputFile]);

const outputPart = z.discriminatedUnion('type', [
  // Clients send back what they got, annotations and all; nothing in it is looked at but the text.
  z.looseObject({ type: z.literal('output_text'), text: z.string() }),
  z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
]);

const inputMessage = z.strictObject({
  type: z.literal('message'),
  role: z.enum(['user', 'system', 'developer']),
  content: z.union([z.string(), z.array(inputPart)]),
  id: z.exactOptional(itemId('msg')),
  status,
});
const outputMessage = z.strictObject({
  type: z.literal('message'),
  role: z.literal('assistant'),
  content: z.union([z.string(), z.array(outputPart)]),
  id: z.exactOptional(itemId('msg')),
  status,
  phase: z.exactOptional(z.enum(['commentary', 'final_answer']).nullable()),
});
const functionCall = z.strictObject({
  type: z.literal('function_call'),
  call_id: z.string().min(1).max(CALL_ID_LENGTH),
  name: z.string().min(1),
  arguments: z.string(),
  id: z.exactOptional(itemId('fc')),
  status,
});
const functionCallOutput = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: z.string().min(1).max(CALL_ID_LENGTH),
  output: z.union([z.string().max(OUTPUT_LENGTH), z.array(inputPart)]),
  id: z.exactOptional(z.string().nullable()),
  status: z.exactOptional(z.enum(['in_progress', 'completed', 'incomplete']).nullable()),
});
const reasoning = z.strictObject({
  type: z.literal('reasoning'),
  id: itemId('rs'),
  summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
  encrypted_content: z.exactOptional(z.string().nullable()),
  status,
});

const item = z.discriminatedUnion('type', [
  z.discriminatedUnion('role', [inputMessage, outputMessage]),
  functionCall,
  functionCallOutput,
  reasoning,
]);

/** One item of `input`. */
export const inputItem = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && 'role' in value && !('type' in value)
      ? { ...value, type: 'message' }
      : value,
  item,
);

/** An item as it is sent. */
export type InputItem = z.output<typeof inputItem>;
