import { request } from 'node:http';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import { ENDPOINTS } from '../../simulator/http/endpoints.ts';
import { createThread, readError, send, useSimulator } from './support.ts';

describe('bad input', () => {
  it.each([
    ['malformed JSON', '{"a":', {}, 400, 'We could not parse the JSON body of your request.'],
    ['JSON that is no object', '[1]', {}, 400, 'expected an object, but got an array'],
    ['nesting without end', '['.repeat(100_000), {}, 400, 'We could not parse the JSON body'],
    [
      'another content type',
      'a=1',
      { 'content-type': 'text/plain' },
      400,
      "Unsupported content type: 'text/plain'.",
    ],
    ['a hostile content type', '{}', { 'content-type': '/;=,"' }, 400, 'Unsupported content type'],
    ['a huge body', `"${'x'.repeat(9_000_000)}"`, {}, 413, 'larger than the maximum'],
  ])('%s', async (_name, body, headers, status, message) => {
    const simulator = await useSimulator();
    const response = await send(simulator, 'POST', '/threads', body, headers);
    const error = readError(await response.text());
    expect([response.status, error.type]).toEqual([status, 'invalid_request_error']);
    expect(error.message).toContain(message);
    expect((await send(simulator, 'GET', '/assistants')).status).toBe(200);
  });

  it.each([
    ['GET', '/v1/nowhere?x=1', 'Invalid URL (GET /v1/nowhere)'],
    ['PUT', '/v1/threads', 'Invalid URL (PUT /v1/threads)'],
    ['GET', '/v1', 'Invalid URL (GET /v1)'],
    ['GET', '/v1/%zz', 'Invalid URL'],
    ['GET', `/v1/threads/${'x'.repeat(5000)}`, 'Invalid URL'],
    ['GET', '/v1/threads/%00%0d%0a', 'No thread found'],
  ])('%s %s', async (method, path, message) => {
    const simulator = await useSimulator();
    // A raw request: fetch would tidy the path up.
    const [status, body] = await new Promise<[number, string]>((resolve, reject) => {
      const headers = { authorization: 'Bearer sk-simulator', 'openai-beta': 'assistants=v2' };
      request(simulator.url, { method, path, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve([response.statusCode ?? 0, text]));
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
    expect(readError(body).message).toContain(message);
  });

  it('never gets anything but an answer in the API’s shape, and never a 500', async () => {
    const simulator = await useSimulator();
    const threadId = await createThread(simulator.client, 'Hello');
    const paths = [
      '/assistants',
      `/assistants/${assistant_id}`,
      '/threads',
      '/threads/runs',
      `/threads/${threadId}`,
      `/threads/${threadId}/messages`,
      `/threads/${threadId}/runs`,
      `/threads/${threadId}/runs/run_x/submit_tool_outputs`,
    ];
    const key = fc.constantFrom(
      'assistant_id',
      'model',
      'tools',
      'metadata',
      'messages',
      'role',
      'content',
      'thread',
      '__proto__',
    );
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant(assistant_id), fc.constant('user'));
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.dictionary(key, value).map((object) => JSON.stringify(object)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), body, async (path, text) => {
        const response = await send(simulator, 'POST', path, text);
        const answer: object = JSON.parse(await response.text());
        expect(response.status).toBeLessThan(500);
        expect('error' in answer).toBe(response.status !== 200);
      }),
      { numRuns: 150 },
    );
    expect((await send(simulator, 'GET', '/assistants')).status).toBe(200);
  });

  it('survives any prompt and any tool schema', async () => {
    const simulator = await useSimulator({ queueMs: 0, workMs: 0 });
    const run = simulator.client.beta.threads.createAndRunPoll.bind(simulator.client.beta.threads);
    const word = fc.constantFrom(
      'add',
      'then',
      'and',
      '2',
      '(',
      '"',
      'Paris',
      'it',
      '+',
      '-',
      'the result',
      'constructor',
      '__proto__',
    );
    const prompt = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
    );
    const schema = fc.dictionary(
      fc.constantFrom('type', 'properties', 'required', 'enum'),
      fc.jsonValue({ maxDepth: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(prompt, schema, async (content, parameters) => {
        const { status } = await run(
          {
            assistant_id,
            thread: { messages: [{ role: 'user', content }] },
            tools: [{ type: 'function', function: { name: 'add', parameters } }],
          },
          { pollIntervalMs: 0 },
        );
        expect(['completed', 'requires_action']).toContain(status);
      }),
      { numRuns: 60 },
    );
  });
});

it('names every endpoint exactly once', () => {
  expect(new Set(ENDPOINTS).size).toBe(ENDPOINTS.length);
});
