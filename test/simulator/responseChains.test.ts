import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { scriptedResponse as scripted, useSimulator } from './support.ts';

const model = 'gpt-sim';
const WEATHER: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'Get the current weather in a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: true,
};

function callsOf(response: OpenAI.Responses.Response): OpenAI.Responses.ResponseFunctionToolCall[] {
  return response.output.filter((item) => item.type === 'function_call');
}
function answer(callId: string | undefined, output: string): OpenAI.Responses.ResponseInputItem {
  return { type: 'function_call_output', call_id: callId ?? '', output };
}

/** The refusal of an input, in every field. */
function refused(message: string): object {
  return {
    status: 400,
    type: 'invalid_request_error',
    param: 'input',
    code: null,
    message: `400 ${message}`,
  };
}

describe('the tool loop', () => {
  it('completes with parallel calls, takes their outputs in the next response, and cites them', async () => {
    const { client } = await useSimulator();
    const tools = [WEATHER];
    const first = await client.responses.create({
      model,
      tools,
      input: 'What is the weather in Paris and in Rome?',
    });
    expect(first.status).toBe('completed');
    const calls = callsOf(first);
    expect(calls).toMatchObject([
      { name: 'get_weather', arguments: '{"city":"Paris"}', status: 'completed' },
      { name: 'get_weather', arguments: '{"city":"Rome"}', status: 'completed' },
    ]);
    expect(calls[0]?.id).toMatch(/^fc_/);
    expect(calls[0]?.call_id).toMatch(/^call_/);

    const last = await client.responses.create({
      model,
      tools,
      previous_response_id: first.id,
      input: calls.toReversed().map((call) => answer(call.call_id, `fine ${call.arguments}`)),
    });
    expect(last).toMatchObject({ status: 'completed', previous_response_id: first.id, instructions: null });
    expect(last.output_text).toMatch(/Paris.*= fine.*Rome.*= fine/);
    expect(last.usage?.input_tokens).toBeGreaterThan(first.usage?.input_tokens ?? 0);
  });

  it('refuses missing outputs, unknown calls and outputs under a call’s item id', async () => {
    const { client } = await useSimulator();
    const first = await client.responses.create({
      model,
      tools: [WEATHER],
      input: 'What is the weather in Paris and in Rome?',
    });
    const [paris, rome] = callsOf(first);
    const next = (...input: OpenAI.Responses.ResponseInput) =>
      client.responses.create({ model, previous_response_id: first.id, input });
    await expect(next(answer(paris?.call_id, '1'))).rejects.toMatchObject(
      refused(`No tool output found for function call ${rome?.call_id}.`),
    );
    await expect(next({ role: 'user', content: 'Never mind.' })).rejects.toMatchObject(
      refused(`No tool output found for function call ${paris?.call_id}.`),
    );
    await expect(next(answer('call_other', '1'))).rejects.toMatchObject(
      refused('No tool call found for function call output with call_id call_other.'),
    );
    await expect(
      next({ type: 'function_call_output', id: paris?.id ?? '', call_id: paris?.call_id ?? '', output: '1' }),
    ).rejects.toMatchObject(
      refused(`No tool call found for function call output with call_id ${paris?.call_id}.`),
    );
  });

  it('lets a parent have two children, and counts both', async () => {
    const simulator = await useSimulator();
    const { responses } = simulator.client;
    const metadata = { ...scripted({ rounds: [[{ name: 'add', arguments: {} }]] }), tag: 'fork' };
    const parent = await responses.create({ model, input: 'Hello', metadata });
    const before = await responses.retrieve(parent.id);
    const input = callsOf(parent).map((call) => answer(call.call_id, '3'));
    const body = { model, previous_response_id: parent.id, input, metadata };
    const children = [await responses.create(body), await responses.create(body)];
    expect(children.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(await responses.retrieve(parent.id)).toEqual(before);
    const created = simulator.log
      .entries({ kind: 'run', metadata: { tag: 'fork' } })
      .filter((entry) => entry.kind === 'run' && entry.from === null);
    expect(created).toMatchObject([
      { runId: parent.id },
      { runId: children[0]?.id, previousId: parent.id, threadId: parent.id },
      { runId: children[1]?.id, previousId: parent.id, threadId: parent.id },
    ]);
  });

  it('goes through scripted rounds, hop by hop, also with the parent’s script', async () => {
    const { client } = await useSimulator({ workMs: 0 });
    const metadata = scripted({
      repeat: 3,
      rounds: [[{ name: 'add', arguments: 'not json' }]],
      answer: 'Done.',
    });
    let response = await client.responses.create({ model, input: 'Hello', metadata });
    let hops = 0;
    for (; callsOf(response).length > 0; hops += 1) {
      const input = callsOf(response).map((call) => answer(call.call_id, 'x'));
      response = await client.responses.create({ model, previous_response_id: response.id, input });
    }
    expect(hops).toBe(3);
    expect(response.output_text).toBe('Done.');
  });

  it('works without a chain, from items that are sent again', async () => {
    const { client } = await useSimulator();
    const first = await client.responses.create({
      model,
      tools: [WEATHER],
      input: 'Weather in Oslo?',
      store: false,
    });
    const last = await client.responses.create({
      model,
      tools: [WEATHER],
      store: false,
      input: [
        { role: 'user', content: 'Weather in Oslo?' },
        ...callsOf(first),
        ...callsOf(first).map((call) => answer(call.call_id, 'snow')),
      ],
    });
    expect(last.output_text).toContain('snow');
  });

  it('honours tool_choice and parallel_tool_calls', async () => {
    const { client } = await useSimulator();
    const input = 'What is the weather in Paris and in Rome?';
    const ask = async (options: object) =>
      callsOf(await client.responses.create({ model, tools: [WEATHER], input, ...options })).length;
    expect(await ask({ tool_choice: 'none' })).toBe(0);
    expect(await ask({ parallel_tool_calls: false })).toBe(1);
    expect(await ask({ tool_choice: { type: 'function', name: 'get_weather' }, input: 'Hello' })).toBe(1);
    await expect(ask({ tool_choice: { type: 'function', name: 'other' } })).rejects.toMatchObject({
      status: 400,
      param: 'tool_choice',
      message: "400 Tool choice 'function' not found in 'tools' parameter.",
    });
  });
});

describe('a chain', () => {
  it('remembers what was said, but not the instructions, and outlives its parent', async () => {
    const { client } = await useSimulator();
    const first = await client.responses.create({
      model,
      instructions: 'Be brief.',
      input: 'My name is Ada.',
    });
    const second = await client.responses.create({ model, previous_response_id: first.id, input: 'Hello' });
    expect(second.instructions).toBeNull();
    await client.responses.delete(first.id);
    const { data } = await client.responses.inputItems.list(second.id, { order: 'asc' });
    expect(data).toMatchObject([
      { role: 'user', content: [{ type: 'input_text', text: 'My name is Ada.' }] },
      { role: 'assistant', content: [{ type: 'output_text' }] },
      { role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
    ]);
    const page = await client.responses.inputItems.list(second.id, { limit: 1 });
    expect(page.data).toMatchObject([{ content: [{ text: 'Hello' }] }]);
    expect(page.has_more).toBe(true);
  });

  it('reads what it has read before from the cache', async () => {
    const { client } = await useSimulator();
    const first = await client.responses.create({ model, input: 'word '.repeat(1000) });
    expect(first.usage?.input_tokens_details).toEqual({ cached_tokens: 0, cache_write_tokens: 0 });
    const second = await client.responses.create({ model, previous_response_id: first.id, input: 'And?' });
    const cached = second.usage?.input_tokens_details.cached_tokens ?? 0;
    expect(cached % 128).toBe(0);
    expect(cached).toBeGreaterThanOrEqual(1024);
  });

  it('cannot go on from an unknown response, nor from one that works', async () => {
    const { client } = await useSimulator();
    await expect(
      client.responses.create({ model, input: 'x', previous_response_id: 'resp_x' }),
    ).rejects.toMatchObject({
      status: 400,
      message: "400 Previous response with id 'resp_x' not found.",
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
    const metadata = scripted({ stuck: 'queued' });
    const { id } = await client.responses.create({ model, input: 'x', background: true, metadata });
    await expect(
      client.responses.create({ model, input: 'x', previous_response_id: id }),
    ).rejects.toMatchObject({
      status: 400,
      param: 'previous_response_id',
    });
  });
});

describe('a conversation', () => {
  it('gives its items to a response, takes what comes of it, and is locked meanwhile', async () => {
    const simulator = await useSimulator();
    const { conversations, responses } = simulator.client;
    const { id } = await conversations.create({
      metadata: { tag: 'a' },
      items: [{ role: 'user', content: 'My name is Ada.' }],
    });
    const done = await responses.create({ model, conversation: id, input: 'What is 2+2?' });
    expect(done.conversation).toEqual({ id });
    const { data } = await conversations.items.list(id, { order: 'asc' });
    expect(data).toMatchObject([{ role: 'user' }, { role: 'user' }, { role: 'assistant' }]);

    const metadata = scripted({ stuck: 'queued' });
    const active = await responses.create({
      model,
      conversation: { id },
      input: 'x',
      background: true,
      metadata,
    });
    await expect(responses.create({ model, conversation: id, input: 'x' })).rejects.toMatchObject({
      status: 400,
      code: 'conversation_locked',
      message:
        '400 Another process is currently operating on this conversation. Please retry in a few seconds.',
    });
    await responses.cancel(active.id);
    await responses.create({ model, conversation: id, input: 'y' });
    expect(simulator.log.entries({ kind: 'run', threadId: id })).not.toHaveLength(0);
  });

  it('can be read, changed and deleted, with its items', async () => {
    const { client } = await useSimulator();
    const { conversations } = client;
    const { id } = await conversations.create();
    expect(await conversations.update(id, { metadata: { a: 'b' } })).toMatchObject({ metadata: { a: 'b' } });
    const added = await conversations.items.create(id, { items: [{ role: 'user', content: 'Hello' }] });
    const itemId = 'id' in (added.data[0] ?? {}) ? (added.first_id ?? '') : '';
    expect(await conversations.items.retrieve(itemId, { conversation_id: id })).toMatchObject({
      role: 'user',
    });
    await conversations.items.delete(itemId, { conversation_id: id });
    await expect(conversations.items.retrieve(itemId, { conversation_id: id })).rejects.toThrow(
      `404 Item with id '${itemId}' not found.`,
    );
    expect(await conversations.retrieve(id)).toMatchObject({ id, object: 'conversation' });
    expect(await conversations.delete(id)).toEqual({ id, object: 'conversation.deleted', deleted: true });
    await expect(conversations.retrieve(id)).rejects.toThrow(`404 Conversation with id '${id}' not found.`);
    await expect(client.responses.create({ model, conversation: id, input: 'x' })).rejects.toMatchObject({
      status: 404,
    });
  });

  it('excludes a parent', async () => {
    const { client } = await useSimulator();
    const parent = await client.responses.create({ model, input: 'x' });
    const { id } = await client.conversations.create();
    await expect(
      client.responses.create({ model, input: 'x', conversation: id, previous_response_id: parent.id }),
    ).rejects.toMatchObject({ status: 400, code: 'mutually_exclusive_parameters' });
  });
});
