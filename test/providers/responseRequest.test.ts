import type OpenAI from 'openai';
import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { maximumUserMetadataPairs, tagToMetadata } from '../../core/tag.ts';
import { createClient } from '../../providers/account.ts';
import type { ToolDefinition } from '../../providers/provider.ts';
import {
  buildCreateParams,
  buildSubmitParams,
  readRequest,
  type ResponseParams,
} from '../../providers/response/request.ts';
import { ResponseProvider } from '../../providers/response/responseProvider.ts';
import { parseResponse, toSnapshot } from '../../providers/response/snapshot.ts';
import { startSimulator } from '../../simulator/index.ts';
import {
  addFunction,
  addTool,
  createdBy,
  createRequest,
  nextTag,
  outputsFor,
  refusal,
  replying,
  responseProviderOf,
  scripted,
  tag,
  type Sent,
} from './responseSupport.ts';
import { accountOf, CountingContext, problemOf } from './support.ts';

const queued = { body: { id: 'resp_2', status: 'queued' } };

/** What a create call sends for this request. */
async function sentByCreate(request: JsonObject, tools: readonly ToolDefinition[] = []): Promise<Sent[]> {
  const { baseURL, sent } = await replying(queued);
  await createdBy(responseProviderOf(baseURL), new CountingContext(), { request, tools });
  return sent;
}

/** What goes on with two outputs sends for this request. */
async function sentBySubmit(request: JsonObject, tools: readonly ToolDefinition[] = []): Promise<Sent[]> {
  const { baseURL, sent } = await replying(queued);
  const outputs = [
    { callId: 'resp_1/call_1', output: '3', failed: false },
    { callId: 'resp_1/call_2', output: '{"error":"no"}', failed: true },
  ];
  const given = { tag: nextTag, ref: { id: 'resp_1' }, request, tools, outputs };
  await responseProviderOf(baseURL).submitToolOutputs(given, new CountingContext());
  return sent;
}

const plain = { background: true, store: true, model: 'gpt-sim' };
const outputItems = [
  { type: 'function_call_output', call_id: 'call_1', output: '3' },
  { type: 'function_call_output', call_id: 'call_2', output: '{"error":"no"}' },
];

describe('a create call sends', () => {
  test('the message, the account’s model and our tag, in the background, to be stored', async () => {
    expect(await sentByCreate({})).toEqual([
      {
        method: 'POST',
        url: '/v1/responses',
        body: { ...plain, input: 'What is 2+2?', metadata: tagToMetadata(tag) },
      },
    ]);
  });

  test.each<[string, JsonObject, object]>([
    [
      'the user’s fields as they are, 0, false and null among them',
      { temperature: 0, parallel_tool_calls: false, top_p: null, max_output_tokens: 99, of_tomorrow: [1] },
      { temperature: 0, parallel_tool_calls: false, top_p: null, max_output_tokens: 99, of_tomorrow: [1] },
    ],
    ['the user’s model', { model: 'gpt-6' }, { model: 'gpt-6' }],
    ['the account’s model for null', { model: null }, {}],
    [
      'the user’s metadata and ours',
      { metadata: { order: '17' } },
      { metadata: { order: '17', ...tagToMetadata(tag) } },
    ],
    ['no metadata of a user who says null', { metadata: null }, {}],
    ['store false', { store: false }, { store: false }],
    ['store true for null', { store: null }, {}],
    ['background though it is said', { background: true }, {}],
    ['no stream though it is denied', { stream: false }, {}],
    ['the response to go on with', { previous_response_id: 'resp_0' }, { previous_response_id: 'resp_0' }],
    ['the conversation by its id', { conversation: 'conv_1' }, { conversation: 'conv_1' }],
    ['the conversation', { conversation: { id: 'conv_1' } }, { conversation: { id: 'conv_1' } }],
    ['a choice that forces a call', { tool_choice: 'required' }, { tool_choice: 'required' }],
    [
      'what is to be included, and a note of it',
      { include: ['a.b', 'c.d'] },
      { include: ['a.b', 'c.d'], metadata: { ...tagToMetadata(tag), durable_run_include: 'a.b,c.d' } },
    ],
    ['no note of nothing', { include: [] }, { include: [] }],
  ])('%s', async (_name, request, expected) => {
    const [call] = await sentByCreate(request);
    expect(call?.body).toEqual({
      ...plain,
      input: 'What is 2+2?',
      metadata: tagToMetadata(tag),
      ...expected,
    });
  });

  test('hosted tools of the request beside the run’s function tools', async () => {
    const hosted = [{ type: 'web_search' }, { type: 'mcp', server_label: 'a', require_approval: 'never' }];
    const [both] = await sentByCreate({ tools: hosted }, [addTool]);
    expect(both?.body).toMatchObject({ tools: [...hosted, addFunction] });
    const [alone] = await sentByCreate({ tools: hosted });
    expect(alone?.body).toMatchObject({ tools: hosted });
    const [none] = await sentByCreate({ tools: [] });
    expect(none?.body).not.toHaveProperty('tools');
  });

  test('no model where a prompt brings its own, the account’s neither', () => {
    const { fields } = readRequest(
      { request: { prompt: { id: 'pmpt_1' } }, tools: [] },
      'gpt-of-the-account',
    );
    expect(fields).toEqual({ prompt: { id: 'pmpt_1' } });
  });

  test('no model where a prompt brings its own, on the wire', async () => {
    const { baseURL, sent } = await replying(queued);
    const account = accountOf(baseURL);
    const provider = new ResponseProvider(account, createClient(account));
    await createdBy(provider, new CountingContext(), { request: { prompt: { id: 'pmpt_1' } } });
    expect(sent[0]?.body).toMatchObject({ prompt: { id: 'pmpt_1' } });
    expect(sent[0]?.body).not.toHaveProperty('model');
  });
});

describe('a submit sends', () => {
  test('the outputs, and everything else again', async () => {
    const text = { format: { type: 'json_object' } };
    const request = {
      model: 'gpt-6',
      instructions: 'Be brief',
      text,
      tools: [{ type: 'web_search' }],
      include: ['a.b'],
      metadata: { order: '17' },
    };
    expect(await sentBySubmit(request, [addTool])).toEqual([
      {
        method: 'POST',
        url: '/v1/responses',
        body: {
          background: true,
          store: true,
          model: 'gpt-6',
          instructions: 'Be brief',
          text,
          tools: [{ type: 'web_search' }, addFunction],
          include: ['a.b'],
          metadata: { order: '17', ...tagToMetadata(nextTag), durable_run_include: 'a.b' },
          previous_response_id: 'resp_1',
          input: outputItems,
        },
      },
    ]);
  });

  test.each([
    ['without the name of the response', { id: 'resp_1' }, 'resp_1/call_1', 'call_1'],
    ['whatever is in it', { id: 'resp_1' }, 'resp_1/a/resp_1/b', 'a/resp_1/b'],
    ['of a response with a slash in its id', { id: 'a/b' }, 'a/b/c', 'c'],
    ['the same however the response was read', { id: 'a', readWith: 'x.y' }, 'a/c', 'c'],
    ['that only begins alike, as it is', { id: 'resp_1' }, 'resp_10/call_1', 'resp_10/call_1'],
    ['without a response, as it is', { id: 'resp_1' }, 'call_1', 'call_1'],
  ])('the id of a call %s', (_name, ref, callId, sent) => {
    const request = readRequest({ request: {}, tools: [] }, 'gpt-6');
    const outputs = [{ callId, output: '3', failed: false }];
    const { input } = buildSubmitParams(request, { tag: nextTag, ref, outputs });
    expect(input).toEqual([{ type: 'function_call_output', call_id: sent, output: '3' }]);
  });

  test('every id of a call as it came, whatever the ids', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (id, callId) => {
        const output = [{ type: 'function_call', call_id: callId, name: 'add' }];
        const parent = toSnapshot(parseResponse({ id, status: 'completed', output }), { id });
        const request = readRequest({ request: {}, tools: [] }, 'gpt-6');
        const given = { tag: nextTag, ref: parent.ref, outputs: outputsFor(parent) };
        expect(buildSubmitParams(request, given).input).toMatchObject([{ call_id: callId }]);
      }),
    );
  });

  test.each<[string, JsonObject, object]>([
    [
      'its parent in place of the user’s',
      { previous_response_id: 'resp_0' },
      { previous_response_id: 'resp_1' },
    ],
    ['the conversation and no parent', { conversation: 'conv_1' }, { conversation: 'conv_1' }],
    [
      'the conversation, though a parent is null',
      { conversation: { id: 'conv_1' }, previous_response_id: null },
      { conversation: { id: 'conv_1' } },
    ],
    [
      'its parent, though a conversation is null',
      { conversation: null },
      { conversation: null, previous_response_id: 'resp_1' },
    ],
  ])('%s', async (_name, request, expected) => {
    const [call] = await sentBySubmit(request);
    expect(call?.body).toEqual({
      ...plain,
      metadata: tagToMetadata(nextTag),
      input: outputItems,
      ...expected,
    });
  });

  const two = [{ type: 'function', name: 'add' }];
  test.each<[JsonObject[string], unknown]>([
    ['required', 'auto'],
    [{ type: 'function', name: 'add' }, 'auto'],
    [
      { type: 'allowed_tools', mode: 'required', tools: two },
      { type: 'allowed_tools', mode: 'auto', tools: two },
    ],
    [
      { type: 'allowed_tools', mode: 'auto', tools: two },
      { type: 'allowed_tools', mode: 'auto', tools: two },
    ],
    ['auto', 'auto'],
    ['none', 'none'],
    [null, null],
    // Executed by the provider, before it answers: this forces no endless round.
    [{ type: 'file_search' }, { type: 'file_search' }],
  ])('the choice of tools %j as %j', async (choice, expected) => {
    const [call] = await sentBySubmit({ tool_choice: choice }, [addTool]);
    expect(call?.body).toMatchObject({ tool_choice: expected });
  });
});

describe('a retrieve sends', () => {
  test.each<[string | undefined, string]>([
    [undefined, '/v1/responses/resp%2F1'],
    ['a.b', '/v1/responses/resp%2F1?include[]=a.b'],
    ['a.b,c.d', '/v1/responses/resp%2F1?include[]=a.b&include[]=c.d'],
  ])('what a ref is read with: %s', async (readWith, url) => {
    const { baseURL, sent } = await replying({ body: { id: 'resp/1', status: 'queued' } });
    const ref = { id: 'resp/1', ...(readWith === undefined ? {} : { readWith }) };
    const snapshot = await responseProviderOf(baseURL).retrieve(ref, new CountingContext());
    expect(snapshot).toEqual({ ref, status: 'queued' });
    expect(sent.map((call) => ({ ...call, url: decodeBrackets(call.url) }))).toEqual([
      { method: 'GET', url },
    ]);
  });
});

function decodeBrackets(url = ''): string {
  return url.replaceAll('%5B', '[').replaceAll('%5D', ']');
}

const pairs = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_pair, index) => [`key${index}`, 'v']));

describe('a request is refused before anything is sent', () => {
  test.each<[string, JsonObject, RegExp]>([
    ['too many pairs of metadata', { metadata: pairs(12) }, /^request\.metadata: at most 11 pairs/],
    [
      'a reserved key',
      { metadata: { durable_run_x: 'x' } },
      /^request\.metadata: keys that begin with durable_run_/,
    ],
    ['a long value', { metadata: { k: 'v'.repeat(513) } }, /^request\.metadata\.k: .*512/],
    ['the foreground', { background: false }, /^request\.background: a durable run is in the background$/],
    ['a stream', { stream: true }, /^request\.stream: a durable run cannot stream$/],
    ['a message', { input: 'x' }, /^request\.input: the message belongs into the input of the run$/],
    ['no message', { input: null }, /^request\.input: /],
    [
      'an assistant',
      { assistant_id: 'asst_1' },
      /^request\.assistant_id: this belongs to the provider assistant: /,
    ],
    ['a thread', { thread_id: 'thread_1' }, /^request\.thread_id: this belongs to the provider assistant: /],
    [
      'a parent and a conversation',
      { previous_response_id: 'resp_1', conversation: 'conv_1' },
      /^request\.previous_response_id: .*conversation, not both$/,
    ],
    ['a parent that is no id', { previous_response_id: 17 }, /^request\.previous_response_id: /],
    ['a conversation without an id', { conversation: {} }, /^request\.conversation: expected the id/],
    ['a model that is no name', { model: '' }, /^request\.model: /],
    [
      'a function tool',
      { tools: [{ type: 'web_search' }, { type: 'function', name: 'add' }] },
      /^request\.tools\.1: function tools are named in the input of the run/,
    ],
    ['tools that are no list', { tools: { type: 'web_search' } }, /^request\.tools: /],
    ['an include that is no list', { include: 'a.b' }, /^request\.include: /],
    ['an include of numbers', { include: [1] }, /^request\.include\.0: /],
    ['an include with a comma', { include: ['a,b'] }, /^request\.include\.0: .*commas/],
    ['an empty include', { include: [''] }, /^request\.include\.0: /],
    ['a long include', { include: ['a'.repeat(256), 'b'.repeat(256)] }, /^request\.include: at most 512/],
    ['a store that is neither', { store: 'yes' }, /^request\.store: /],
  ])('%s', async (_name, request, message) => {
    const { baseURL, sent } = await replying(queued);
    const context = new CountingContext();
    const provider = responseProviderOf(baseURL);
    const given = { tag: nextTag, ref: { id: 'resp_1' }, request, tools: [], outputs: [] };
    for (const call of [
      () => provider.create(createRequest({ request }), context),
      () => provider.submitToolOutputs(given, context),
    ]) {
      expect(await problemOf(call)).toMatchObject({
        type: 'provider.invalid_request',
        retry: { kind: 'never' },
        details: { effect: 'none' },
        message: expect.stringMatching(message),
      });
    }
    expect(context.calls).toEqual({});
    expect(sent).toEqual([]);
  });

  test('without a store there is nothing to go on with after tools', () => {
    expect(() => readRequest({ request: { store: false }, tools: [addTool] }, 'gpt-6')).toThrow(
      /^request\.store: false does not go with tools of the run/,
    );
  });

  test('without a model, which can be given in two places', () => {
    expect(() => readRequest({ request: { prompt: null }, tools: [] }, undefined)).toThrow(
      /^request\.model: .*OPENAI_MODEL/,
    );
  });

  test('all problems are named at once', () => {
    const request = { stream: true, input: 'x', metadata: { k: 1 }, tools: [{ type: 'function' }] };
    for (const place of ['stream', 'input', 'metadata.k', 'tools.0']) {
      expect(() => readRequest({ request, tools: [] }, 'gpt-6')).toThrow(`request.${place}: `);
    }
  });

  test('512 characters of include are what the metadata takes', () => {
    const include = ['a'.repeat(256), 'b'.repeat(255)];
    expect(readRequest({ request: { include }, tools: [] }, 'gpt-6').readWith).toHaveLength(512);
  });
});

test('all of the user’s metadata, our tag and the note of an include are what the API takes', async () => {
  const simulator = await startSimulator({ port: 0 });
  try {
    const script = scripted({ stuck: 'queued' })['metadata'];
    const metadata = { ...pairs(maximumUserMetadataPairs - 1), ...Object(script) };
    const request = { metadata, include: ['reasoning.encrypted_content'] };
    await createdBy(responseProviderOf(simulator.baseURL), new CountingContext(), { request });
    expect(Object.keys(simulator.responses()[0]?.metadata ?? {})).toHaveLength(16);
  } finally {
    await simulator.close();
  }
});

test('the bodies are the SDK’s', () => {
  expectTypeOf<ResponseParams>().toEqualTypeOf<OpenAI.Responses.ResponseCreateParamsNonStreaming>();
  expectTypeOf(buildCreateParams).returns.toExtend<OpenAI.Responses.ResponseCreateParamsNonStreaming>();
  expectTypeOf(buildSubmitParams).returns.toExtend<OpenAI.Responses.ResponseCreateParamsNonStreaming>();
});

describe('refusals of other servers', () => {
  const outputs = [{ callId: 'call_1', output: '3', failed: false }];
  const given = { tag: nextTag, ref: { id: 'resp_1' }, request: {}, tools: [], outputs };

  test.each<[string, number, string | null, string]>([
    ['a parent that is gone', 400, 'previous_response_not_found', 'provider.not_found'],
    ['a parent that is gone, by status', 404, null, 'provider.not_found'],
    ['a missing output', 400, null, 'provider.invalid_request'],
    ['a locked conversation', 400, 'conversation_locked', 'provider.conflict'],
    ['another response at work', 409, null, 'provider.conflict'],
    ['no more money', 429, 'insufficient_quota', 'provider.quota_exhausted'],
  ])('%s on a submit', async (_name, status, code, type) => {
    const { baseURL } = await replying(refusal(status, code));
    const call = (): Promise<unknown> =>
      responseProviderOf(baseURL).submitToolOutputs(given, new CountingContext());
    expect(await problemOf(call)).toMatchObject({ type, details: { effect: 'none', status } });
  });

  test('a parent that is gone is not asked for again', async () => {
    const { baseURL } = await replying(refusal(400, 'previous_response_not_found'));
    const call = (): Promise<unknown> =>
      responseProviderOf(baseURL).submitToolOutputs(given, new CountingContext());
    expect((await problemOf(call)).retry).toEqual({ kind: 'never' });
  });

  test('a locked conversation is asked for again, when the server says', async () => {
    const locked = { ...refusal(400, 'conversation_locked'), headers: { 'retry-after': '7' } };
    const { baseURL } = await replying(locked);
    const call = (): Promise<unknown> =>
      responseProviderOf(baseURL).create(createRequest(), new CountingContext());
    expect((await problemOf(call)).retry).toEqual({ kind: 'backoff', afterMs: 7_000 });
  });
});
