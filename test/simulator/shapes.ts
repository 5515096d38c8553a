import type OpenAI from 'openai';

// Every field of the API's objects, and whether it may be null: the compiler holds these tables against the SDK's types
// (a field that the SDK gains, loses or makes nullable is an error here), and tests hold the wire against the tables.

type Shape<T> = { readonly [K in keyof T]-?: null extends T[K] ? 'nullable' : 'present' };

const at = { id: 'present', object: 'present', created_at: 'present' } as const;

export const assistantShape: Shape<OpenAI.Beta.Assistant> = {
  ...at,
  name: 'nullable',
  description: 'nullable',
  model: 'present',
  instructions: 'nullable',
  tools: 'present',
  tool_resources: 'nullable',
  metadata: 'nullable',
  temperature: 'nullable',
  top_p: 'nullable',
  response_format: 'nullable',
};

export const threadShape: Shape<OpenAI.Beta.Thread> = {
  ...at,
  metadata: 'nullable',
  tool_resources: 'nullable',
};

export const messageShape: Shape<OpenAI.Beta.Threads.Message> = {
  ...at,
  thread_id: 'present',
  role: 'present',
  content: 'present',
  status: 'present',
  attachments: 'nullable',
  metadata: 'nullable',
  assistant_id: 'nullable',
  run_id: 'nullable',
  completed_at: 'nullable',
  incomplete_at: 'nullable',
  incomplete_details: 'nullable',
};

export const runShape: Shape<OpenAI.Beta.Threads.Run> = {
  ...at,
  thread_id: 'present',
  assistant_id: 'present',
  status: 'present',
  required_action: 'nullable',
  last_error: 'nullable',
  expires_at: 'nullable',
  started_at: 'nullable',
  cancelled_at: 'nullable',
  failed_at: 'nullable',
  completed_at: 'nullable',
  incomplete_details: 'nullable',
  model: 'present',
  instructions: 'present',
  tools: 'present',
  metadata: 'nullable',
  usage: 'nullable',
  temperature: 'nullable',
  top_p: 'nullable',
  max_prompt_tokens: 'nullable',
  max_completion_tokens: 'nullable',
  truncation_strategy: 'nullable',
  tool_choice: 'nullable',
  parallel_tool_calls: 'present',
  response_format: 'nullable',
};

export const stepShape: Shape<OpenAI.Beta.Threads.Runs.RunStep> = {
  ...at,
  run_id: 'present',
  thread_id: 'present',
  assistant_id: 'present',
  type: 'present',
  status: 'present',
  step_details: 'present',
  last_error: 'nullable',
  cancelled_at: 'nullable',
  completed_at: 'nullable',
  expired_at: 'nullable',
  failed_at: 'nullable',
  metadata: 'nullable',
  usage: 'nullable',
};

const deletedShape: Shape<OpenAI.Beta.AssistantDeleted> = {
  id: 'present',
  object: 'present',
  deleted: 'present',
};

/** By the object's `object`. */
export const SHAPES = {
  assistant: assistantShape,
  thread: threadShape,
  'thread.message': messageShape,
  'thread.run': runShape,
  'thread.run.step': stepShape,
  'assistant.deleted': deletedShape,
  'thread.deleted': deletedShape,
  'thread.message.deleted': deletedShape,
} as const;

/** What is wrong with the fields of one object of the API: those missing, null though they may not be, or unheard of. */
export function shapeErrors(name: keyof typeof SHAPES, object: object): string[] {
  const shape = new Map<string, 'present' | 'nullable'>(Object.entries(SHAPES[name]));
  const values = new Map<string, unknown>(Object.entries(object));
  return [
    ...[...shape].flatMap(([key, kind]) => {
      if (!values.has(key)) return [`${key} is missing`];
      return kind === 'present' && values.get(key) === null ? [`${key} is null`] : [];
    }),
    ...[...values.keys()].filter((key) => !shape.has(key)).map((key) => `${key} is unheard of`),
  ];
}
