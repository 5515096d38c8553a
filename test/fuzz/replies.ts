import { tagToMetadata, type RunTag } from '../../core/tag.ts';

/* Replies as the APIs send them, with every field that is read: what is wrong with them is added by the fuzzer. */

export const tag: RunTag = { workflowId: 'order-17', executionId: 'e-1', attempt: 1, round: 0 };

const response = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'gpt-sim',
  completed_at: 1_763_700_000,
  metadata: { ...tagToMetadata(tag) },
  error: null,
  incomplete_details: null,
  text: { format: { type: 'json_object' } },
  usage: {
    input_tokens: 1,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 3,
  },
};

const message = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  phase: 'final_answer',
  content: [
    { type: 'output_text', text: '{"answer":4}' },
    { type: 'refusal', refusal: 'No.' },
  ],
};

export const responses: readonly object[] = [
  { ...response, output: [message] },
  {
    id: 'resp_1',
    status: 'completed',
    output: [
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'add', arguments: '{"a":1}' },
      { type: 'shell_call', call_id: 'call_2', environment: { type: 'container_reference' } },
    ],
  },
  { id: 'resp_1', status: 'failed', output: [], error: { code: 'server_error', message: 'Sorry.' } },
  {
    id: 'resp_1',
    status: 'incomplete',
    output: [message],
    incomplete_details: { reason: 'max_output_tokens' },
  },
];

const run = {
  id: 'run_1',
  object: 'thread.run',
  thread_id: 'thread_1',
  status: 'completed',
  model: 'gpt-sim',
  metadata: tagToMetadata(tag),
  expires_at: 1_763_700_600,
  completed_at: 1_763_700_000,
  last_error: null,
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  response_format: 'auto',
};

const least = { id: 'run_1', thread_id: 'thread_1' };
const call = { id: 'call_1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } };

export const runs: readonly object[] = [
  run,
  { ...least, status: 'failed', last_error: { code: 'server_error', message: 'Sorry.' } },
  { ...least, status: 'incomplete', incomplete_details: { reason: 'max_completion_tokens' } },
  {
    ...least,
    status: 'requires_action',
    required_action: { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [call] } },
  },
];

export const thread = { id: 'thread_1', object: 'thread', created_at: 1_763_700_000, metadata: {} };

export const messages = {
  object: 'list',
  data: [
    {
      id: 'msg_1',
      role: 'assistant',
      run_id: 'run_1',
      content: [{ type: 'text', text: { value: '2+2 = 4.', annotations: [] } }],
    },
  ],
  has_more: false,
};

export const apiError = {
  error: { message: 'No.', type: 'invalid_request_error', param: null, code: 'rate_limit_exceeded' },
};
