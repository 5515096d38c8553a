import { BadRequestError } from 'openai';
import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { readError, send, useSimulator } from './support.ts';

const model = 'gpt-sim';
const message = { role: 'user', content: 'x' };

describe('a request', () => {
  const wrong: [name: string, body: object, error: object][] = [
    ['no model', { input: 'x' }, { message: "Missing required parameter: 'model'.", param: 'model' }],
    ['no input', { model }, { message: "Missing required parameter: 'input'.", param: 'input' }],
    [
      'an empty input',
      { model, input: [] },
      {
        message: `One of "input" or "previous_response_id" or 'prompt' or 'conversation' must be provided.`,
        param: null,
        code: 'missing_required_parameter',
      },
    ],
    [
      'a tiny limit',
      { model, input: 'x', max_output_tokens: 1 },
      {
        message:
          "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead.",
        code: 'integer_below_min_value',
      },
    ],
    ['an unknown parameter', { model, input: 'x', mood: 1 }, { message: "Unknown parameter: 'mood'." }],
    [
      'a nested tool definition',
      { model, input: 'x', tools: [{ type: 'function', function: { name: 'add' } }] },
      { message: "Missing required parameter: 'tools[0].name'.", param: 'tools[0].name' },
    ],
    [
      'a tool with a bad name',
      { model, input: 'x', tools: [{ type: 'function', name: 'a b' }] },
      { param: 'tools[0].name', code: 'invalid_value' },
    ],
    [
      'a part that does not fit the role',
      { model, input: [{ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }] },
      { param: 'input[0].content[0].type', code: 'invalid_value' },
    ],
    [
      'an id of another kind',
      {
        model,
        input: [message, { type: 'function_call', id: 'msg_1', call_id: 'c', name: 'n', arguments: '' }],
      },
      {
        message: "Invalid 'input[1].id': 'msg_1'. Expected an ID that begins with 'fc'.",
        param: 'input[1].id',
      },
    ],
    [
      'a call id that is too long',
      { model, input: [{ type: 'function_call_output', call_id: 'c'.repeat(65), output: '' }] },
      { param: 'input[0].call_id', code: 'string_above_max_length' },
    ],
    [
      'an unknown inclusion',
      { model, input: 'x', include: ['everything'] },
      { param: 'include[0]', code: 'invalid_value' },
    ],
    [
      'too much metadata',
      {
        model,
        input: 'x',
        metadata: Object.fromEntries(Array.from({ length: 17 }, (_, key) => [`k${key}`, ''])),
      },
      { code: 'object_above_max_properties' },
    ],
    [
      'a long metadata value',
      { model, input: 'x', metadata: { a: 'x'.repeat(513) } },
      { param: 'metadata.a', code: 'string_above_max_length' },
    ],
  ];
  it.each(wrong)('is refused with %s', async (_name, body, error) => {
    const simulator = await useSimulator();
    const answer = await send(simulator, 'POST', '/responses', JSON.stringify(body));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    expect(readError(await answer.text())).toMatchObject({ type: 'invalid_request_error', ...error });
    expect(simulator.responses()).toEqual([]);
  });

  it('needs no beta header', async () => {
    const simulator = await useSimulator();
    const body = JSON.stringify({ model, input: 'x' });
    expect((await send(simulator, 'POST', '/responses', body, { 'openai-beta': '' })).status).toBe(200);
  });

  it('is refused for an id that is not there', async () => {
    const { responses } = (await useSimulator()).client;
    for (const call of [
      () => responses.retrieve('resp_x'),
      () => responses.cancel('resp_x'),
      () => responses.delete('resp_x'),
      () => responses.inputItems.list('resp_x'),
    ]) {
      await expect(call()).rejects.toMatchObject({
        status: 404,
        message: "404 Response with id 'resp_x' not found.",
        param: null,
        code: null,
      });
    }
  });
});

describe('an answer', () => {
  it('stops at its limit', async () => {
    const { client } = await useSimulator();
    const response = await client.responses.create({
      model,
      input: 'word '.repeat(30),
      max_output_tokens: 16,
    });
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ type: 'message', status: 'incomplete' }],
      usage: { output_tokens: 16 },
    });
    expect(response.output_text).toHaveLength(64);
  });

  it('fits the schema it was asked for', async () => {
    const { client } = await useSimulator();
    const response = await client.responses.parse({
      model,
      input: 'What is 6*7?',
      text: {
        format: {
          type: 'json_schema',
          name: 'result',
          schema: { type: 'object', properties: { text: { type: 'string' }, value: { type: 'number' } } },
        },
      },
    });
    expect(response.output_parsed).toEqual({ text: '6*7 = 42.', value: 42 });
    expect(response.text?.format).toMatchObject({ type: 'json_schema', name: 'result' });
  });

  it('shows its thoughts only when asked to include them', async () => {
    const { client } = await useSimulator();
    const response = await client.responses.create({ model, input: 'Hello', reasoning: { effort: 'high' } });
    expect(response.output).toMatchObject([
      { type: 'reasoning', summary: [], encrypted_content: null },
      { type: 'message' },
    ]);
    expect(response.usage?.output_tokens_details.reasoning_tokens).toBe(64);
    const read = await client.responses.retrieve(response.id, { include: ['reasoning.encrypted_content'] });
    expect(read.output[0]).toMatchObject({ encrypted_content: expect.any(String) });
    await expect(
      client.responses.retrieve(response.id, { query: { include: 'everything' } }),
    ).rejects.toBeInstanceOf(BadRequestError);
  });

  it('names the tier that served it', async () => {
    const { client } = await useSimulator();
    const response = await client.responses.create({ model, input: 'Hello', service_tier: 'fast' });
    expect(response.service_tier).toBe('priority');
  });

  it('lists an image by its address only when asked to', async () => {
    const { client } = await useSimulator();
    const { id } = await client.responses.create({
      model,
      input: [
        {
          role: 'user',
          content: [{ type: 'input_image', detail: 'auto', image_url: 'https://example.com/a.png' }],
        },
      ],
    });
    const list = async (query: { include?: OpenAI.Responses.ResponseIncludable[] }) =>
      JSON.stringify((await client.responses.inputItems.list(id, query)).data);
    expect(await list({})).not.toContain('example.com');
    expect(await list({ include: ['message.input_image.image_url'] })).toContain('example.com');
  });
});
