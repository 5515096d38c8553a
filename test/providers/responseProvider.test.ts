import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import type { ProviderRef, Snapshot } from '../../core/snapshot.ts';
import { tagToMetadata } from '../../core/tag.ts';
import type { ResponseProvider } from '../../providers/response/responseProvider.ts';
import {
  startSimulator,
  type HttpFault,
  type ResponseScript,
  type Simulator,
} from '../../simulator/index.ts';
import {
  addFunction,
  addTool,
  createdBy,
  createRequest,
  nextTag,
  outputsFor,
  reached,
  replying,
  responseProviderOf,
  scripted,
  tag,
  type Reply,
} from './responseSupport.ts';
import { CountingContext, problemOf } from './support.ts';

let simulator: Simulator;
let provider: ResponseProvider;
let context: CountingContext;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, queueMs: 0, workMs: 0, cancelMs: 0 });
  provider = responseProviderOf(simulator.baseURL);
});
beforeEach(() => {
  simulator.reset();
  simulator.removeFaults();
  context = new CountingContext();
});
afterAll(() => simulator.close());

function forget(): void {
  context = new CountingContext();
  simulator.log.clear();
}

/** The ref of a response that the simulator has brought to this status. */
async function responseThatIs(
  status: string,
  script: ResponseScript = {},
  request: JsonObject = {},
): Promise<ProviderRef> {
  const { ref } = await createdBy(provider, context, { request: { ...request, ...scripted(script) } });
  await reached(simulator, ref, status);
  forget();
  return ref;
}

/** A response that asks for outputs. */
async function asking(request: JsonObject): Promise<Snapshot> {
  const { ref } = await createdBy(provider, context, { request, tools: [addTool] });
  await reached(simulator, ref, 'completed');
  const snapshot = await provider.retrieve(ref, context);
  forget();
  return snapshot;
}

async function submit(parent: Snapshot, request: JsonObject): Promise<Snapshot> {
  const { ref } = parent;
  const asked = { request, tools: [addTool], outputs: outputsFor(parent) };
  return provider.submitToolOutputs({ tag: nextTag, ref, ...asked }, context);
}

async function ended(ref: ProviderRef): Promise<Snapshot> {
  await reached(simulator, ref, 'completed');
  return provider.retrieve(ref, context);
}

const twoCalls: ResponseScript = {
  rounds: [
    [
      { name: 'add', arguments: { a: 1 } },
      { name: 'none', arguments: '{bad' },
    ],
  ],
};

describe('create', () => {
  test('makes a stored response in the background, with our tag, in one call', async () => {
    const snapshot = await createdBy(provider, context, { tools: [addTool] });
    expect(snapshot).toEqual({
      ref: { id: expect.stringMatching(/^resp_/) },
      tag,
      model: 'gpt-sim',
      status: 'queued',
    });
    expect(context.calls).toEqual({ create: 1 });
    expect(simulator.log.counts()).toEqual({ 'responses.create': 1 });
    expect(simulator.responses()).toMatchObject([
      { background: true, store: true, metadata: tagToMetadata(tag), tools: [addFunction] },
    ]);
    expect(await ended(snapshot.ref)).toMatchObject({
      status: 'completed',
      output: { text: expect.stringContaining('4') },
    });
  });

  test('brings the message again with the next attempt', async () => {
    const first = await responseThatIs('failed', { end: 'failed' });
    const again = { ...tag, attempt: 2 };
    const { ref } = await createdBy(provider, context, { tag: again, inputDelivered: true });
    expect(ref.id).not.toBe(first.id);
    expect(await ended(ref)).toMatchObject({ tag: again, output: { text: expect.stringContaining('4') } });
  });

  test('goes on with a response of the user', async () => {
    const first = await responseThatIs('completed');
    const request = { previous_response_id: first.id };
    const { ref } = await createdBy(provider, context, { request, input: 'Say it again' });
    expect(simulator.responses().at(-1)).toMatchObject({ id: ref.id, previous_response_id: first.id });
  });

  test.each<HttpFault>([
    { kind: 'drop_reply' },
    { kind: 'truncate' },
    { kind: 'truncate', cut: true },
    { kind: 'html', status: 200, when: 'after' },
    { kind: 'status', status: 500, when: 'after' },
  ])('a lost reply (%j): the effect is unknown', async (fault) => {
    simulator.addFault({ on: 'responses.create', fault });
    const problem = await problemOf(() => provider.create(createRequest(), context));
    expect(problem.details.effect).toBe('unknown');
    expect(simulator.responses()).toHaveLength(1);
    expect(context.calls).toEqual({ create: 1 });
  });

  test.each<[string, JsonObject, string, string]>([
    ['an unknown parameter', { no_such_parameter: 1 }, 'invalid_request', 'no_such_parameter'],
    ['a parent that nobody knows', { previous_response_id: 'resp_none' }, 'not_found', 'resp_none'],
  ])('%s is a refusal of the request', async (_name, request, type, part) => {
    expect(await problemOf(() => provider.create(createRequest({ request }), context))).toMatchObject({
      type: `provider.${type}`,
      retry: { kind: 'never' },
      details: { effect: 'none', status: 400 },
      message: expect.stringContaining(part),
    });
  });
});

describe('retrieve', () => {
  test.each<[string, ResponseScript, object]>([
    ['queued', { stuck: 'queued' }, {}],
    ['in_progress', { stuck: 'in_progress' }, {}],
    ['completed', { answer: 'forty-two' }, { output: { text: 'forty-two' } }],
    [
      'failed',
      { error: { code: 'rate_limit_exceeded', message: 'Too fast' } },
      { error: { code: 'rate_limit_exceeded', message: 'Too fast' } },
    ],
    [
      'incomplete',
      { answer: 'abcdef', reason: 'content_filter' },
      { reason: 'content_filter', output: { text: 'abc' } },
    ],
    ['cancelled', { end: 'cancelled' }, {}],
  ])('a response that is %s', async (status, script, expected) => {
    const ref = await responseThatIs(status, script);
    expect(await provider.retrieve(ref, context)).toMatchObject({ ref, tag, status, ...expected });
    expect(context.calls).toEqual({ retrieve: 1 });
    expect(simulator.log.counts()).toEqual({ 'responses.retrieve': 1 });
  });

  test('one that is complete and calls tools asks for their outputs', async () => {
    const ref = await responseThatIs('completed', twoCalls);
    expect(await provider.retrieve(ref, context)).toMatchObject({
      ref,
      status: 'requires_action',
      toolCalls: [
        { callId: expect.stringMatching(/^resp_\w+\/call_/), name: 'add', arguments: '{"a":1}' },
        { callId: expect.stringMatching(/^resp_\w+\/call_/), name: 'none', arguments: '{bad' },
      ],
    });
  });

  test('a status that nobody knows is told as it is', async () => {
    const ref = await responseThatIs('meditating', { status: 'meditating' });
    expect(await provider.retrieve(ref, context)).toMatchObject({
      status: 'unknown',
      reported: 'meditating',
    });
  });

  test('usage with all its details, and the time of the end', async () => {
    const usage = { prompt: 2_000, completion: 70, cached: 1_024, cacheWrite: 512, reasoning: 64 };
    const ref = await responseThatIs('completed', { usage });
    const snapshot = await provider.retrieve(ref, context);
    expect(snapshot.usage).toEqual({
      inputTokens: 2_000,
      cachedTokens: 1_024,
      cacheWriteTokens: 512,
      outputTokens: 70,
      reasoningTokens: 64,
      totalTokens: 2_070,
    });
    expect(snapshot.endedAtMs).toBeGreaterThan(1.6e12);
  });

  test('structured output is marked as such', async () => {
    const schema = { type: 'object', properties: { sum: { type: 'integer' } }, required: ['sum'] };
    const text = { format: { type: 'json_schema', name: 'sum', schema } };
    const ref = await responseThatIs('completed', {}, { text });
    const snapshot = await provider.retrieve(ref, context);
    if (snapshot.status !== 'completed') throw new Error(`The response is ${snapshot.status}.`);
    expect(snapshot.output.isJson).toBe(true);
    expect(JSON.parse(snapshot.output.text)).toEqual({ sum: expect.any(Number) });
  });

  test('one that is not there, or not any more, is lost', async () => {
    const gone = await responseThatIs('completed', { retainMs: 0 });
    await expect.poll(() => simulator.responses()).toEqual([]);
    for (const ref of [gone, { id: 'resp_none', readWith: 'web_search_call.results' }]) {
      expect(await provider.retrieve(ref, context)).toEqual({
        ref,
        status: 'lost',
        message: expect.stringContaining('404'),
      });
    }
  });
});

describe('include', () => {
  const include = ['reasoning.encrypted_content', 'web_search_call.results'];
  const readWith = include.join(',');
  const request = { include, reasoning: { effort: 'high' }, ...scripted({ answer: 'forty-two' }) };
  const whole = {
    ref: { readWith },
    status: 'completed',
    output: {
      text: 'forty-two',
      items: [{ type: 'reasoning', encrypted_content: 'c2ltdWxhdGVk' }, { type: 'message' }],
    },
  };

  test('is asked for again with every read', async () => {
    const { ref } = await createdBy(provider, context, { request });
    expect(ref).toEqual({ id: expect.any(String), readWith });
    await reached(simulator, ref, 'completed');
    expect(await provider.retrieve(ref, context)).toMatchObject(whole);
    expect(await provider.retrieve(ref, context)).toMatchObject(whole);
    expect(context.calls).toEqual({ create: 1, retrieve: 2 });
  });

  test('is known to a ref without it by the metadata: one more read', async () => {
    const { ref } = await createdBy(provider, context, { request });
    await reached(simulator, ref, 'completed');
    expect(await provider.retrieve({ id: ref.id }, context)).toMatchObject(whole);
    expect(context.calls).toEqual({ create: 1, retrieve: 2 });
  });

  test('what was read counts when the response has gone by the second read', async () => {
    const { ref } = await createdBy(provider, context, { request });
    await reached(simulator, ref, 'completed');
    simulator.addFault({ on: 'responses.retrieve', after: 1, fault: { kind: 'status', status: 404 } });
    const snapshot = await provider.retrieve({ id: ref.id }, context);
    expect(snapshot).toMatchObject({ ref: { readWith }, output: { text: 'forty-two' } });
    expect(snapshot).not.toHaveProperty('output.items');
  });

  test('is asked for when there is something to read only', async () => {
    const pending = { ...request, ...scripted({ stuck: 'in_progress' }) };
    const { ref } = await createdBy(provider, context, { request: pending });
    expect((await provider.retrieve({ id: ref.id }, context)).ref).toEqual(ref);
    expect(context.calls).toEqual({ create: 1, retrieve: 1 });
    const tools = { ...request, ...scripted(twoCalls) };
    const calling = await createdBy(provider, context, { request: tools, tools: [addTool] });
    await reached(simulator, calling.ref, 'completed');
    context = new CountingContext();
    expect((await provider.retrieve({ id: calling.ref.id }, context)).status).toBe('requires_action');
    expect(context.calls).toEqual({ retrieve: 1 });
  });

  test('goes on with a submit', async () => {
    const parent = await asking({ ...request, ...scripted(twoCalls) });
    const { ref } = await submit(parent, { ...request, ...scripted(twoCalls) });
    expect(ref).toEqual({ id: expect.any(String), readWith });
    expect(await ended(ref)).toMatchObject({
      status: 'completed',
      output: { items: [{ type: 'reasoning', encrypted_content: 'c2ltdWxhdGVk' }, { type: 'message' }] },
    });
  });
});

const calling = (id: string): Reply => ({
  body: { id, status: 'completed', output: [{ type: 'function_call', call_id: 'call_0', name: 'add' }] },
});

describe('submitToolOutputs', () => {
  test('goes on in another response, of the next round', async () => {
    const parent = await asking(scripted(twoCalls));
    const child = await submit(parent, scripted(twoCalls));
    expect(child).toMatchObject({ status: 'queued', tag: nextTag });
    expect(child.ref.id).not.toBe(parent.ref.id);
    expect(context.calls).toEqual({ submitToolOutputs: 1 });
    expect(simulator.log.counts()).toMatchObject({ 'responses.create': 1 });
    expect(simulator.responses().at(-1)).toMatchObject({
      previous_response_id: parent.ref.id,
      metadata: tagToMetadata(nextTag),
      tools: [addFunction],
    });
    expect(await ended(child.ref)).toMatchObject({ status: 'completed' });
  });

  test('works round after round, with a choice that forces a call in the first', async () => {
    const request = { tool_choice: 'required' };
    const { ref } = await createdBy(provider, context, {
      input: 'Add 2 and 3, then multiply the result by 4',
      request,
      tools: [addTool],
    });
    const parent = await ended(ref);
    const child = await submit(parent, request);
    // A model that is forced again would never come to an answer.
    expect(await ended(child.ref)).toMatchObject({ status: 'completed' });
    expect(simulator.responses().map((response) => response.tool_choice)).toEqual(['required', 'auto']);
  });

  test('goes on in the conversation of the user, and names no parent', async () => {
    const client = new OpenAI({ baseURL: simulator.baseURL, apiKey: 'sk-simulator', maxRetries: 0 });
    const conversation = await client.conversations.create({});
    const request = { conversation: conversation.id, ...scripted(twoCalls) };
    const parent = await asking(request);
    const child = await submit(parent, request);
    expect(await ended(child.ref)).toMatchObject({ status: 'completed', tag: nextTag });
    expect(simulator.responses()).toMatchObject([
      { conversation: { id: conversation.id }, previous_response_id: null },
      { conversation: { id: conversation.id }, previous_response_id: null },
    ]);
    const items = await client.conversations.items.list(conversation.id, { order: 'asc' });
    expect(items.data.map(({ type }) => type)).toEqual([
      'message',
      'function_call',
      'function_call',
      'function_call_output',
      'function_call_output',
      'message',
    ]);
  });

  test('the message is sent again into a conversation where an attempt has failed', async () => {
    const client = new OpenAI({ baseURL: simulator.baseURL, apiKey: 'sk-simulator', maxRetries: 0 });
    const { id } = await client.conversations.create({});
    await responseThatIs('failed', { end: 'failed' }, { conversation: id });
    const { ref } = await createdBy(provider, context, {
      request: { conversation: { id } },
      inputDelivered: true,
    });
    expect(await ended(ref)).toMatchObject({ output: { text: expect.stringContaining('4') } });
    expect((await client.conversations.items.list(id)).data).toHaveLength(2);
  });

  test('an output that is missing, or not asked for, is a refusal', async () => {
    const parent = await asking(scripted(twoCalls));
    const [first] = outputsFor(parent);
    const wrong = { callId: 'call_none', output: '', failed: false };
    for (const outputs of [first === undefined ? [] : [first], [wrong, ...outputsFor(parent)]]) {
      const given = { tag: nextTag, ref: parent.ref, request: {}, tools: [addTool], outputs };
      expect(await problemOf(() => provider.submitToolOutputs(given, context))).toMatchObject({
        type: 'provider.invalid_request',
        message: expect.stringMatching(/No tool (output|call) found/),
        details: { effect: 'none' },
      });
    }
  });

  test('of a server that numbers the calls of each response anew', async () => {
    const { baseURL, sent } = await replying(calling('a'), calling('b'), calling('c'));
    const own = responseProviderOf(baseURL);
    const first = await createdBy(own, context, { tools: [addTool] });
    const asked = { tag: nextTag, request: {}, tools: [addTool] };
    const submitFor = (parent: Snapshot): Promise<Snapshot> =>
      own.submitToolOutputs({ ...asked, ref: parent.ref, outputs: outputsFor(parent) }, context);
    const second = await submitFor(first);
    const third = await submitFor(second);
    expect([first, second, third].flatMap((told) => outputsFor(told).map(({ callId }) => callId))).toEqual([
      'a/call_0',
      'b/call_0',
      'c/call_0',
    ]);
    expect(sent.slice(1).map(({ body }) => body)).toMatchObject([
      { previous_response_id: 'a', input: [{ call_id: 'call_0' }] },
      { previous_response_id: 'b', input: [{ call_id: 'call_0' }] },
    ]);
  });

  test('to a response that is no more', async () => {
    const given = { tag: nextTag, ref: { id: 'resp_none' }, request: {}, tools: [], outputs: [] };
    const outputs = [{ callId: 'call_1', output: '3', failed: false }];
    const problem = await problemOf(() => provider.submitToolOutputs({ ...given, outputs }, context));
    expect(problem).toMatchObject({
      type: 'provider.not_found',
      retry: { kind: 'never' },
      details: { effect: 'none', status: 400, code: 'previous_response_not_found' },
    });
  });

  test('in a conversation that is no more', async () => {
    const outputs = [{ callId: 'call_1', output: '3', failed: false }];
    const request = { conversation: 'conv_none' };
    const given = { tag: nextTag, ref: { id: 'resp_1' }, request, tools: [], outputs };
    expect(await problemOf(() => provider.submitToolOutputs(given, context))).toMatchObject({
      type: 'provider.not_found',
      retry: { kind: 'never' },
      details: { effect: 'none', status: 404 },
    });
  });

  test.each(['drop_reply', 'truncate'] as const)('a lost reply (%s): the effect is unknown', async (kind) => {
    const parent = await asking(scripted(twoCalls));
    simulator.addFault({ on: 'responses.create', fault: { kind } });
    const problem = await problemOf(() => submit(parent, scripted(twoCalls)));
    expect(problem.details.effect).toBe('unknown');
    expect(simulator.responses()).toHaveLength(2);
  });
});

describe('a conversation that another response works on', () => {
  test('is a conflict that is worth another try', async () => {
    const client = new OpenAI({ baseURL: simulator.baseURL, apiKey: 'sk-simulator', maxRetries: 0 });
    const { id } = await client.conversations.create({});
    await responseThatIs('in_progress', { stuck: 'in_progress' }, { conversation: id });
    const request = { conversation: id };
    const expected = {
      type: 'provider.conflict',
      retry: { kind: 'backoff' },
      details: { effect: 'none', status: 400, code: 'conversation_locked' },
    };
    const created = await problemOf(() => provider.create(createRequest({ request }), context));
    expect(created).toMatchObject(expected);
    const outputs = [{ callId: 'call_1', output: '3', failed: false }];
    const given = { tag: nextTag, ref: { id: 'resp_1' }, request, tools: [], outputs };
    expect(await problemOf(() => provider.submitToolOutputs(given, context))).toMatchObject(expected);
  });

  test('is left alone for as long as the API says', async () => {
    simulator.addFault({
      on: 'responses.create',
      fault: { kind: 'status', status: 400, code: 'conversation_locked', retryAfter: { seconds: 7 } },
    });
    const problem = await problemOf(() => provider.create(createRequest(), context));
    expect(problem.retry).toEqual({ kind: 'backoff', afterMs: 7_000 });
  });
});

describe('cancel', () => {
  test('of a response at work', async () => {
    const ref = await responseThatIs('in_progress', { stuck: 'in_progress' });
    expect(await provider.cancel(ref, context)).toMatchObject({ status: 'cancelled', ref, tag });
    expect(await provider.cancel(ref, context)).toMatchObject({ status: 'cancelled', ref, tag });
    expect(context.calls).toEqual({ cancel: 2 });
  });

  test.each<[string, ResponseScript, object]>([
    ['completed', { answer: '4' }, { output: { text: '4' } }],
    ['failed', { error: { code: 'server_error' } }, { error: { code: 'server_error' } }],
    ['incomplete', { reason: 'max_output_tokens' }, { reason: 'max_output_tokens' }],
  ])('of a response that has ended %s gives its end', async (status, script, expected) => {
    const ref = await responseThatIs(status, script);
    expect(await provider.cancel(ref, context)).toMatchObject({ status, ref, ...expected });
    expect(context.calls).toEqual({ cancel: 1, retrieve: 1 });
  });

  test('of one that only waits for outputs: nothing goes on without them', async () => {
    const usage = { prompt: 100, completion: 7 };
    const ref = await responseThatIs('completed', { ...twoCalls, usage });
    const snapshot = await provider.cancel(ref, context);
    expect(snapshot).toMatchObject({
      ref,
      tag,
      status: 'cancelled',
      model: 'gpt-sim',
      endedAtMs: expect.any(Number),
      usage: { inputTokens: 100, outputTokens: 7, totalTokens: 107 },
    });
    expect(snapshot).not.toHaveProperty('toolCalls');
    expect(context.calls).toEqual({ cancel: 1, retrieve: 1 });
  });

  test('of a response that is no more', async () => {
    const ref = { id: 'resp_none' };
    expect(await provider.cancel(ref, context)).toMatchObject({ status: 'lost', ref });
    expect(context.calls).toEqual({ cancel: 1 });
  });

  test('any other error stays one', async () => {
    const ref = await responseThatIs('in_progress', { stuck: 'in_progress' });
    simulator.addFault({ on: 'responses.cancel', fault: { kind: 'status', status: 500 } });
    expect((await problemOf(() => provider.cancel(ref, context))).type).toBe('provider.server_error');
    expect(context.calls).toEqual({ cancel: 1 });
  });
});

test('find: nothing can be looked for, and nothing is asked', async () => {
  await createdBy(provider, context);
  forget();
  expect(await provider.find()).toEqual({ kind: 'not_searchable' });
  expect(simulator.log.counts()).toEqual({});
});

const event = (type: string, data: unknown): object => ({ id: 'evt_1', object: 'event', type, data });

describe('readWebhook', () => {
  test.each(['completed', 'failed', 'incomplete', 'cancelled'] as const)(
    'a response that is %s: read once, and the tag is in what was read',
    async (status) => {
      const ref = await responseThatIs(status, { end: status });
      const news = provider.readWebhook(event(`response.${status}`, { id: ref.id }));
      expect(news).toMatchObject({ ref: { id: ref.id } });
      expect(news).not.toHaveProperty('tag');
      expect(await news?.readSnapshot(context)).toMatchObject({ ref, status, tag });
      expect(context.calls).toEqual({ retrieve: 1 });
    },
  );

  test('a response that calls tools', async () => {
    const { ref } = await asking(scripted(twoCalls));
    const news = provider.readWebhook(event('response.completed', { id: ref.id }));
    expect(await news?.readSnapshot(context)).toMatchObject({ ref, status: 'requires_action', tag });
    expect(context.calls).toEqual({ retrieve: 1 });
  });

  test('somebody else’s response has no tag', async () => {
    const client = new OpenAI({ baseURL: simulator.baseURL, apiKey: 'sk-simulator', maxRetries: 0 });
    const { id } = await client.responses.create({ model: 'gpt-sim', input: 'Hello' });
    const snapshot = await provider.readWebhook(event('response.completed', { id }))?.readSnapshot(context);
    expect(snapshot).toMatchObject({ ref: { id }, status: 'completed' });
    expect(snapshot).not.toHaveProperty('tag');
  });

  test('one that is gone is lost', async () => {
    const news = provider.readWebhook(event('response.completed', { id: 'resp_none' }));
    expect(await news?.readSnapshot(context)).toMatchObject({ ref: { id: 'resp_none' }, status: 'lost' });
  });

  test('is what comes when a response has ended', async () => {
    const { baseURL: url, sent: received } = await replying({ body: {} });
    const own = await startSimulator({
      port: 0,
      queueMs: 0,
      workMs: 0,
      webhooks: [{ url, secret: 'whsec_c2VjcmV0' }],
    });
    onTestFinished(() => own.close());
    const { ref } = await createdBy(responseProviderOf(own.baseURL), context);
    await expect.poll(() => received).toHaveLength(1);
    expect(provider.readWebhook(received[0]?.body)?.ref).toEqual(ref);
  });

  test.each<[string, unknown]>([
    ['a response that begins', event('response.queued', { id: 'resp_1' })],
    ['a type that only begins alike', event('response.completed.delta', { id: 'resp_1' })],
    ['a run of an assistant', event('thread.run.completed', { id: 'run_1', thread_id: 'thread_1' })],
    ['a batch', event('batch.completed', { id: 'batch_1' })],
    ['a session', event('agent.session.idle', { id: 'as_1' })],
    ['an empty id', event('response.completed', { id: '' })],
    ['an id that is a number', event('response.completed', { id: 5 })],
    ['no data', event('response.completed', undefined)],
    ['data that is null', event('response.completed', null)],
    ['no type', { data: { id: 'resp_1' } }],
    ['null', null],
    ['a list', [event('response.completed', { id: 'resp_1' })]],
    ['a text', 'response.completed'],
  ])('%s is none of it', (_name, value) => {
    expect(provider.readWebhook(value)).toBeUndefined();
  });
});
