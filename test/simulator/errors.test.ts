import { describe, expect, it } from 'vitest';
import { AuthenticationError, NotFoundError } from 'openai';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import { clientOf, createThread, scripted, send, useSimulator } from './support.ts';

const invalid = 'invalid_request_error';

describe('what is wrong with a request', () => {
  const long = 'x'.repeat(513);
  const tool = { type: 'function', function: { name: 'f' } };
  const cases: [body: object, message: string, param: string | null, code: string | null][] = [
    [{}, "Missing required parameter: 'assistant_id'.", 'assistant_id', 'missing_required_parameter'],
    [{ assistant_id, shape: 1 }, "Unknown parameter: 'shape'.", 'shape', 'unknown_parameter'],
    [
      { assistant_id: 7 },
      "Invalid type for 'assistant_id': expected a string, but got an integer instead.",
      'assistant_id',
      'invalid_type',
    ],
    [
      { assistant_id, tools: [{ type: 'function', function: { name: null } }] },
      "Invalid type for 'tools[0].function.name': expected a string, but got null instead.",
      'tools[0].function.name',
      'invalid_type',
    ],
    [
      { assistant_id, tools: [{ type: 'function', function: { name: 'do it' } }] },
      "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
      'tools[0].function.name',
      'invalid_value',
    ],
    [
      { assistant_id, tools: [{ type: 'hammer' }] },
      "Invalid value: 'hammer'. Supported values are: 'code_interpreter', 'file_search', and 'function'.",
      'tools[0].type',
      'invalid_value',
    ],
    [
      { assistant_id, tools: Array.from({ length: 21 }, () => tool) },
      "Invalid 'tools': array too long. Expected an array with maximum length 20, but got an array with length 21 instead.",
      'tools',
      'array_above_max_length',
    ],
    [
      { assistant_id, tool_choice: 'maybe' },
      "Invalid value: 'maybe'. Supported values are: 'none', 'auto', and 'required'.",
      'tool_choice',
      'invalid_value',
    ],
    [
      { assistant_id, temperature: 3 },
      "Invalid 'temperature': integer above maximum value. Expected a value <= 2, but got 3 instead.",
      'temperature',
      'integer_above_max_value',
    ],
    [
      { assistant_id, max_prompt_tokens: 10 },
      "Invalid 'max_prompt_tokens': integer below minimum value. Expected a value >= 256, but got 10 instead.",
      'max_prompt_tokens',
      'integer_below_min_value',
    ],
    [
      { assistant_id, metadata: { key: long } },
      "Invalid 'metadata.key': string too long. Expected a string with maximum length 512, but got a string with length 513 instead.",
      'metadata.key',
      'string_above_max_length',
    ],
    [
      { assistant_id, metadata: { ['k'.repeat(65)]: '' } },
      "Invalid 'metadata': property name too long. Expected property names with maximum length 64, but got one with length 65 instead.",
      'metadata',
      'property_name_above_max_length',
    ],
    [
      {
        assistant_id,
        metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, ''])),
      },
      "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
      'metadata',
      'object_above_max_properties',
    ],
    [
      { assistant_id, additional_messages: [{ role: 'user', content: 5 }] },
      "Invalid type for 'additional_messages[0].content': expected one of a string or an array, but got an integer instead.",
      'additional_messages[0].content',
      'invalid_type',
    ],
    [{ assistant_id: 'asst_x' }, "No assistant found with id 'asst_x'.", null, null],
  ];

  it.each(cases)('%j', async (body, message, param, code) => {
    const simulator = await useSimulator();
    const threadId = await createThread(simulator.client, 'Hello');
    const response = await send(simulator, 'POST', `/threads/${threadId}/runs`, JSON.stringify(body));
    expect(response.status).toBe(param === null ? 404 : 400);
    expect(await response.json()).toEqual({ error: { message, type: invalid, param, code } });
  });
});

describe('the thread lock', () => {
  it('refuses messages and runs while a run is active, and says which', async () => {
    const { client } = await useSimulator();
    const { runs, messages } = client.beta.threads;
    const threadId = await createThread(client, 'Hello');
    const { id } = await runs.create(threadId, { assistant_id, metadata: scripted({ stuck: 'queued' }) });
    await expect(runs.create(threadId, { assistant_id })).rejects.toMatchObject({
      error: {
        message: `Thread ${threadId} already has an active run ${id}.`,
        type: invalid,
        param: null,
        code: null,
      },
    });
    await expect(messages.create(threadId, { role: 'user', content: 'More' })).rejects.toThrow(
      `400 Can't add messages to ${threadId} while a run ${id} is active.`,
    );
    expect((await messages.list(threadId)).data).toHaveLength(1);
  });
});

describe('what the official client makes of it', () => {
  it('401 without a good key', async () => {
    const simulator = await useSimulator();
    const wrong = clientOf(simulator, { apiKey: 'sk-very-wrong-key' }).beta.assistants.list();
    await expect(wrong).rejects.toThrow(AuthenticationError);
    await expect(wrong).rejects.toMatchObject({
      status: 401,
      code: 'invalid_api_key',
      message: expect.stringContaining('Incorrect API key provided: sk-very-*****-key.'),
    });
    const none = await send(simulator, 'GET', '/assistants', undefined, { authorization: '' });
    expect(none.status).toBe(401);
    expect(await none.text()).toContain("You didn't provide an API key.");
  });

  it('404 for ids that do not exist', async () => {
    const { client } = await useSimulator();
    const threadId = await createThread(client, 'Hello');
    const { assistants, threads } = client.beta;
    await expect(assistants.retrieve('asst_x')).rejects.toThrow("404 No assistant found with id 'asst_x'.");
    await expect(threads.retrieve('thread_x')).rejects.toThrow("404 No thread found with id 'thread_x'.");
    await expect(threads.runs.retrieve('run_x', { thread_id: threadId })).rejects.toThrow(
      "404 No run found with id 'run_x'.",
    );
    await expect(threads.messages.retrieve('msg_x', { thread_id: threadId })).rejects.toThrow(NotFoundError);
    await expect(threads.runs.create('thread_x', { assistant_id })).rejects.toThrow(NotFoundError);
  });
});

describe('headers', () => {
  it('wants the beta header', async () => {
    const simulator = await useSimulator();
    const response = await send(simulator, 'GET', '/assistants', undefined, {
      'openai-beta': 'responses=v1',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: invalid, code: 'invalid_beta' } });
  });

  it('names every reply, errors too', async () => {
    const simulator = await useSimulator();
    for (const path of ['/assistants', '/nowhere', '/threads/thread_x']) {
      const { headers } = await send(simulator, 'GET', path);
      expect(headers.get('x-request-id')).toMatch(/^req_/);
      expect(headers.get('openai-version')).toBe('2020-10-01');
      expect(headers.get('openai-organization')).toBe('org-simulator');
      expect(headers.get('openai-processing-ms')).toMatch(/^\d+$/);
      expect(headers.get('content-type')).toContain('application/json');
    }
  });
});
