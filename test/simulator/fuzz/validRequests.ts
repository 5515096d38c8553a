import type { EndpointName } from '../../../simulator/http/endpoints.ts';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../../simulator/index.ts';
import { ADD_TOOL, reached, scripted, useReceiver } from '../support.ts';
import type { useSimulator } from '../support.ts';

/** A request that is right as it stands; what is wrong with it is added by the fuzzer. */
export interface ValidRequest {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: object;
}

/** One request for every endpoint there is: the compiler misses those that are forgotten. */
export async function validRequests(
  simulator: Awaited<ReturnType<typeof useSimulator>>,
): Promise<Record<EndpointName, ValidRequest>> {
  const { threads } = simulator.client.beta;
  const message = { role: 'user', content: 'Hello' } as const;
  const thread = await threads.create({ messages: [message] });
  const inThread = `/threads/${thread.id}`;
  const [{ id: messageId } = { id: '' }] = (await threads.messages.list(thread.id)).data;

  const busy = await threads.create({ messages: [message] });
  const metadata = scripted({ rounds: [[{ name: 'add', arguments: {} }]] });
  const waiting = await threads.runs.create(busy.id, { assistant_id, metadata });
  await reached(simulator, waiting.id, 'requires_action');
  const inRun = `/threads/${busy.id}/runs/${waiting.id}`;
  const [step] = (await threads.runs.steps.list(waiting.id, { thread_id: busy.id })).data;
  const doomed = await threads.create({ messages: [message] });

  const tag = { metadata: { tag: 'a' } };
  const fullMessage = {
    ...message,
    content: [
      { type: 'text', text: 'Look' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
    ],
    attachments: [{ file_id: 'file_a', tools: [{ type: 'file_search' }] }],
    ...tag,
  };
  const assistant = {
    model: 'm',
    name: 'N',
    description: 'D',
    instructions: 'I',
    tools: [ADD_TOOL, { type: 'code_interpreter' }],
    tool_resources: { file_search: { vector_store_ids: ['vs_a'] } },
    temperature: 1,
    top_p: 1,
    reasoning_effort: 'low',
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } },
    ...tag,
  };
  const run = {
    ...tag,
    assistant_id,
    tools: [ADD_TOOL],
    max_prompt_tokens: 256,
    truncation_strategy: { type: 'last_messages', last_messages: 1 },
    tool_choice: { type: 'function', function: { name: 'add' } },
    parallel_tool_calls: true,
  };
  const list = '?limit=1&order=asc';

  const { client } = simulator;
  const conversation = await client.conversations.create({ items: [{ role: 'user', content: 'Hello' }] });
  const [item] = (await client.conversations.items.list(conversation.id)).data;
  const inConversation = `/conversations/${conversation.id}`;
  const { id: responseId } = await client.responses.create({ model: 'm', input: 'Hello', background: true });
  const response = {
    model: 'm',
    input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
    background: true,
    include: ['message.output_text.logprobs'],
    reasoning: { effort: 'low', summary: 'auto' },
    text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } }, verbosity: 'low' },
    tools: [{ type: 'function', name: 'add', parameters: { type: 'object' }, strict: false }],
    tool_choice: { type: 'function', name: 'add' },
    ...tag,
  };
  const { url } = await useReceiver(200);
  const endpoint = { name: 'N', url, event_types: ['response.completed'] };
  const { id: endpointId } = await client.post<{ id: string }>('/webhook_endpoints', { body: endpoint });
  const inEndpoint = `/webhook_endpoints/${endpointId}`;

  return {
    'assistants.create': { method: 'POST', path: '/assistants', body: assistant },
    'assistants.list': { method: 'GET', path: `/assistants${list}` },
    'assistants.retrieve': { method: 'GET', path: `/assistants/${assistant_id}` },
    'assistants.update': { method: 'POST', path: `/assistants/${assistant_id}`, body: assistant },
    'assistants.delete': { method: 'DELETE', path: '/assistants/asst_x' },
    'threads.create': { method: 'POST', path: '/threads', body: { messages: [fullMessage], ...tag } },
    'threads.retrieve': { method: 'GET', path: inThread },
    'threads.update': { method: 'POST', path: inThread, body: tag },
    'threads.delete': { method: 'DELETE', path: `/threads/${doomed.id}` },
    'threads.createAndRun': {
      method: 'POST',
      path: '/threads/runs',
      body: { ...run, thread: { messages: [fullMessage], ...tag } },
    },
    'messages.create': { method: 'POST', path: `${inThread}/messages`, body: fullMessage },
    'messages.list': { method: 'GET', path: `${inThread}/messages${list}&run_id=run_x` },
    'messages.retrieve': { method: 'GET', path: `${inThread}/messages/${messageId}` },
    'messages.update': { method: 'POST', path: `${inThread}/messages/${messageId}`, body: tag },
    'messages.delete': { method: 'DELETE', path: `${inThread}/messages/msg_x` },
    'runs.create': {
      method: 'POST',
      path: `${inThread}/runs`,
      body: { ...run, additional_messages: [fullMessage], additional_instructions: 'I' },
    },
    'runs.list': { method: 'GET', path: `${inThread}/runs${list}` },
    'runs.retrieve': { method: 'GET', path: inRun },
    'runs.update': { method: 'POST', path: inRun, body: tag },
    'runs.cancel': { method: 'POST', path: `${inThread}/runs/run_x/cancel` },
    'runs.submitToolOutputs': {
      method: 'POST',
      path: `${inRun}/submit_tool_outputs`,
      body: { tool_outputs: [{ tool_call_id: 'call_x', output: '1' }] },
    },
    'steps.list': { method: 'GET', path: `${inRun}/steps${list}` },
    'steps.retrieve': { method: 'GET', path: `${inRun}/steps/${step?.id}` },
    'responses.create': { method: 'POST', path: '/responses', body: response },
    'responses.retrieve': { method: 'GET', path: `/responses/${responseId}` },
    'responses.cancel': { method: 'POST', path: '/responses/resp_x/cancel' },
    'responses.delete': { method: 'DELETE', path: '/responses/resp_x' },
    'responses.inputItems': { method: 'GET', path: `/responses/${responseId}/input_items${list}` },
    'conversations.create': {
      method: 'POST',
      path: '/conversations',
      body: { items: response.input, ...tag },
    },
    'conversations.retrieve': { method: 'GET', path: inConversation },
    'conversations.update': { method: 'POST', path: inConversation, body: tag },
    'conversations.delete': { method: 'DELETE', path: '/conversations/conv_x' },
    'conversations.items.create': {
      method: 'POST',
      path: `${inConversation}/items`,
      body: { items: response.input },
    },
    'conversations.items.list': { method: 'GET', path: `${inConversation}/items${list}` },
    'conversations.items.retrieve': { method: 'GET', path: `${inConversation}/items/${item?.id}` },
    'conversations.items.delete': { method: 'DELETE', path: `${inConversation}/items/msg_x` },
    'webhookEndpoints.create': { method: 'POST', path: '/webhook_endpoints', body: endpoint },
    'webhookEndpoints.list': { method: 'GET', path: '/webhook_endpoints?limit=1' },
    'webhookEndpoints.retrieve': { method: 'GET', path: inEndpoint },
    'webhookEndpoints.update': { method: 'POST', path: inEndpoint, body: { name: 'M' } },
    'webhookEndpoints.delete': { method: 'DELETE', path: '/webhook_endpoints/whe_x' },
    'webhookEndpoints.rotateSecret': {
      method: 'POST',
      path: `${inEndpoint}/rotate_secret`,
      body: { keep_old_secret_active_for_24_hours: true },
    },
    'webhookEndpoints.test': {
      method: 'POST',
      path: `${inEndpoint}/test`,
      body: { event_type: 'response.completed' },
    },
    'webhookEventTypes.list': { method: 'GET', path: '/webhook_event_types' },
  };
}
