import type OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import type { ProviderRef, Snapshot, ToolOutput } from '../../core/snapshot.ts';
import { tagToMetadata, type RunTag } from '../../core/tag.ts';
import { noUsage } from '../../core/usage.ts';
import { buildRunParams, readRequest, type RunCreateParams } from '../../providers/assistant/request.ts';
import type { AssistantProvider } from '../../providers/assistant/assistantProvider.ts';
import type { CreateRequest, FindRequest, SubmitRequest, ToolDefinition } from '../../providers/provider.ts';
import {
  SIMULATOR_ASSISTANT_ID,
  startSimulator,
  type Script,
  type Simulator,
} from '../../simulator/index.ts';
import { accountOf, CountingContext, problemOf, providerOf, serve } from './support.ts';

const tag: RunTag = { workflowId: 'order-17', executionId: 'e-1', attempt: 1, round: 0 };
const addTool: ToolDefinition = {
  name: 'add',
  description: 'Adds two numbers',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
};

let simulator: Simulator;
let provider: AssistantProvider;
let context: CountingContext;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, queueMs: 0, workMs: 0, cancelMs: 0 });
  provider = providerOf(accountOf(simulator.baseURL, { defaultAssistantId: SIMULATOR_ASSISTANT_ID }));
});
beforeEach(() => {
  simulator.reset();
  context = new CountingContext();
});
afterAll(() => simulator.close());

const scripted = (script: Script): JsonObject => ({ metadata: { simulator: JSON.stringify(script) } });

function createRequest(given: Partial<CreateRequest> = {}): CreateRequest {
  return { tag, input: 'What is 2+2?', inputDelivered: false, request: {}, tools: [], ...given };
}

function submitRequest(ref: ProviderRef, outputs: readonly ToolOutput[]): SubmitRequest {
  return { tag: { ...tag, round: 1 }, ref, outputs, request: {}, tools: [] };
}

/** Creates a thread, then a run in it, as the workflow does. */
async function createRun(
  given: Partial<CreateRequest> = {},
): Promise<{ snapshot: Snapshot; request: JsonObject }> {
  const first = createRequest(given);
  const prepared = await provider.create(first, context);
  if (prepared.kind !== 'prepared') throw new Error('expected a thread first');
  const { request } = prepared;
  const created = await provider.create({ ...first, request, inputDelivered: true }, context);
  if (created.kind !== 'created') throw new Error('expected a run');
  return { snapshot: created.snapshot, request };
}

/** The run's ref, when the simulator has brought it to this status. */
async function runThatIs(
  status: string,
  script: Script = {},
  request: JsonObject = {},
): Promise<ProviderRef> {
  const { snapshot } = await createRun({ request: { ...request, ...scripted(script) } });
  const { id } = snapshot.ref;
  await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.runId === id && entry.to === status);
  context = new CountingContext();
  simulator.log.clear();
  return snapshot.ref;
}

async function ended(ref: ProviderRef): Promise<ProviderRef> {
  await simulator.log.waitFor(
    (entry) => entry.kind === 'run' && entry.runId === ref.id && entry.to === 'completed',
  );
  return ref;
}

const pairs = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_pair, index) => [`key${index}`, 'v']));

describe('create', () => {
  test('without a thread makes one with the message in it, and nothing that is paid for', async () => {
    const prepared = await provider.create(createRequest({ request: { temperature: 0 } }), context);
    const threadId = expect.stringMatching(/^thread_/);
    expect(prepared).toEqual({
      kind: 'prepared',
      request: { temperature: 0, thread_id: threadId },
      inputDelivered: true,
    });
    expect(context.calls).toEqual({ prepare: 1 });
    expect(simulator.log.counts()).toEqual({ 'threads.create': 1 });
    expect(simulator.runs()).toEqual([]);
  });

  test('in the prepared thread makes a run with our tag, without bringing the message again', async () => {
    const { snapshot, request } = await createRun();
    expect(snapshot).toMatchObject({ status: 'queued', tag, ref: { containerId: request['thread_id'] } });
    expect(context.calls).toEqual({ prepare: 1, create: 1 });
    expect(simulator.log.counts()).toEqual({ 'threads.create': 1, 'runs.create': 1 });
    const [run] = simulator.runs();
    expect(run).toMatchObject({ assistant_id: SIMULATOR_ASSISTANT_ID, metadata: tagToMetadata(tag) });
    await expect(provider.retrieve(await ended(snapshot.ref), context)).resolves.toMatchObject({
      status: 'completed',
      output: { text: expect.stringContaining('4') },
    });
  });

  test('in a thread of the user brings the message with the run: one call', async () => {
    const { request } = await createRun();
    await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === 'completed');
    context = new CountingContext();
    simulator.log.clear();
    const given = createRequest({ input: 'What is 20+3?', request });
    const created = await provider.create(given, context);
    if (created.kind !== 'created') throw new Error('expected a run');
    expect(context.calls).toEqual({ create: 1 });
    expect(simulator.log.counts()).toMatchObject({ 'runs.create': 1 });
    await expect(provider.retrieve(await ended(created.snapshot.ref), context)).resolves.toMatchObject({
      output: { text: expect.stringContaining('23') },
    });
  });

  test('sends tools as functions', async () => {
    await createRun({ tools: [addTool] });
    expect(simulator.runs()[0]?.tools).toEqual([{ type: 'function', function: addTool }]);
  });

  test('keeps the assistant’s own tools when none are named', () => {
    const body = buildRunParams(
      readRequest({ thread_id: 't' }, 'asst_1'),
      createRequest({ inputDelivered: true }),
    );
    expect(body).not.toHaveProperty('tools');
    expect(body).not.toHaveProperty('additional_messages');
  });

  test('sends the user’s fields as they are, null, 0 and false among them', async () => {
    const fields = { temperature: 0, parallel_tool_calls: false, top_p: null, model: 'gpt-6', stream: false };
    await createRun({ request: { ...fields, metadata: { order: '17' } } });
    expect(simulator.runs()[0]).toMatchObject({
      temperature: 0,
      parallel_tool_calls: false,
      model: 'gpt-6',
      metadata: { order: '17', ...tagToMetadata(tag) },
    });
  });

  test('the assistant of the request comes before the one of the account', () => {
    expect(readRequest({ assistant_id: 'asst_mine' }, 'asst_default').assistantId).toBe('asst_mine');
    expect(readRequest({}, 'asst_default').assistantId).toBe('asst_default');
  });

  test.each<[string, JsonObject, RegExp]>([
    ['12 pairs of metadata', { metadata: pairs(12) }, /request\.metadata: at most 11 pairs/],
    ['a reserved key', { metadata: { durable_run_mine: 'x' } }, /request\.metadata: .*durable_run_ are/],
    ['a long key', { metadata: { ['k'.repeat(65)]: 'v' } }, /request\.metadata/],
    ['a long value', { metadata: { k: 'v'.repeat(513) } }, /request\.metadata\.k: .*512/],
    ['a value that is no text', { metadata: { k: 1 } }, /request\.metadata\.k: /],
    ['metadata that is a text', { metadata: 'x' }, /request\.metadata: /],
    ['a stream', { stream: true }, /request\.stream: a durable run cannot stream/],
    ['messages', { additional_messages: [] }, /request\.additional_messages: .*input of the run/],
    ['tools', { tools: [] }, /request\.tools: tools are named in the input of the run/],
    ['an empty assistant', { assistant_id: '' }, /request\.assistant_id: /],
    ['a thread that is no id', { thread_id: 17 }, /request\.thread_id: /],
  ])('refuses %s before anything is sent', async (_name, request, message) => {
    const problem = await problemOf(() => provider.create(createRequest({ request }), context));
    expect(problem).toMatchObject({
      type: 'provider.invalid_request',
      retry: { kind: 'never' },
      details: { effect: 'none' },
      message: expect.stringMatching(message),
    });
    expect(context.calls).toEqual({});
    expect(simulator.log.counts()).toEqual({});
  });

  test('11 pairs of metadata and our 4 are within the 16 that the API takes', async () => {
    await createRun({ request: { metadata: pairs(11) } });
    expect(Object.keys(simulator.runs()[0]?.metadata ?? {})).toHaveLength(15);
  });

  test('names every problem of a request at once', async () => {
    const request = { stream: true, tools: [], metadata: { k: 1 } };
    const { message } = await problemOf(() => provider.create(createRequest({ request }), context));
    for (const place of ['request.stream', 'request.tools', 'request.metadata.k']) {
      expect(message).toContain(place);
    }
  });

  test('without an assistant says where one can be given', async () => {
    const { defaultAssistantId: _none, ...account } = accountOf(simulator.baseURL);
    const own = providerOf(account);
    const problem = await problemOf(() => own.create(createRequest(), context));
    expect(problem.message).toMatch(/request\.assistant_id: .*OPENAI_ASSISTANT_ID/);
    expect(simulator.log.counts()).toEqual({});
  });

  test('an unknown assistant, thread or parameter is a refusal', async () => {
    const { request } = await createRun();
    const create = (changed: JsonObject): Promise<unknown> =>
      provider.create(createRequest({ request: { ...request, ...changed } }), context);
    await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === 'completed');
    expect(await problemOf(() => create({ assistant_id: 'asst_none' }))).toMatchObject({
      type: 'provider.not_found',
      details: { effect: 'none' },
    });
    expect((await problemOf(() => create({ thread_id: 'thread_none' }))).type).toBe('provider.not_found');
    expect(await problemOf(() => create({ no_such_parameter: 1 }))).toMatchObject({
      type: 'provider.invalid_request',
      message: expect.stringContaining('no_such_parameter'),
    });
  });

  test('in a thread that is busy names the run that holds it', async () => {
    const blocker = await runThatIs('in_progress', { stuck: 'in_progress' });
    const request = { thread_id: blocker.containerId ?? '' };
    const problem = await problemOf(() => provider.create(createRequest({ request }), context));
    expect(problem).toMatchObject({
      type: 'provider.thread_busy',
      retry: { kind: 'never' },
      details: { effect: 'none', status: 400, blocker },
    });
    expect(context.calls).toEqual({ create: 1 });
  });

  test('a busy thread is known by its message, whatever letters the id has', async () => {
    simulator.addFault({
      on: 'runs.create',
      fault: { kind: 'status', status: 400, message: 'Thread t-1 already has an active run run_0b-3.' },
    });
    const request = { thread_id: 't-1' };
    const problem = await problemOf(() => provider.create(createRequest({ request }), context));
    expect(problem.details.blocker).toEqual({ id: 'run_0b-3', containerId: 't-1' });
  });

  test.each(['completed', 'incomplete'])(
    'what the run wrote that is %s at once has yet to be read',
    async (status) => {
      const ref = { id: 'run_1', containerId: 'thread_1' };
      const own = providerOf(
        accountOf(await acceptingServer({ id: ref.id, thread_id: ref.containerId, status })),
      );
      const given = createRequest({ request: { thread_id: ref.containerId } });
      expect(await own.create(given, context)).toEqual({
        kind: 'created',
        snapshot: { ref, status: 'in_progress' },
      });
      expect(context.calls).toEqual({ create: 1 });
    },
  );

  test.each(['drop_reply', 'truncate'] as const)('a lost reply (%s): the effect is unknown', async (kind) => {
    const { request } = await createRun();
    await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === 'completed');
    simulator.addFault({ on: 'runs.create', fault: { kind } });
    const problem = await problemOf(() => provider.create(createRequest({ request }), context));
    expect(problem.details.effect).toBe('unknown');
    expect(simulator.runs()).toHaveLength(2);
  });

  test.each(['drop_reply', 'truncate'] as const)('a lost thread (%s) does no harm', async (kind) => {
    simulator.addFault({ on: 'threads.create', fault: { kind } });
    const problem = await problemOf(() => provider.create(createRequest(), context));
    expect(problem).toMatchObject({ retry: { kind: 'backoff' }, details: { effect: 'none' } });
    expect(context.calls).toEqual({ prepare: 1 });
  });

  test('a thread that is no thread', async () => {
    simulator.addFault({ on: 'threads.create', fault: { kind: 'html', status: 200 } });
    const problem = await problemOf(() => provider.create(createRequest(), context));
    expect(problem).toMatchObject({ type: 'provider.unexpected_reply', details: { effect: 'none' } });
  });

  test('the body is one of the SDK’s', () => {
    expectTypeOf<RunCreateParams>().toEqualTypeOf<OpenAI.Beta.Threads.RunCreateParamsNonStreaming>();
    expectTypeOf(buildRunParams).returns.toExtend<OpenAI.Beta.Threads.RunCreateParamsNonStreaming>();
    const fields = { assistant_id: 'a', thread_id: 't', metadata: null, temperature: 1, stream: null };
    expect(
      buildRunParams(readRequest(fields, undefined), createRequest({ input: 'hi', tools: [addTool] })),
    ).toEqual({
      assistant_id: 'a',
      temperature: 1,
      metadata: tagToMetadata(tag),
      additional_messages: [{ role: 'user', content: 'hi' }],
      tools: [{ type: 'function', function: addTool }],
    });
  });
});

describe('retrieve', () => {
  test.each<[string, Script, object, number]>([
    ['queued', { stuck: 'queued' }, {}, 0],
    ['in_progress', { stuck: 'in_progress' }, {}, 0],
    ['completed', { answer: 'forty-two' }, { output: { text: 'forty-two' } }, 1],
    [
      'failed',
      { error: { code: 'rate_limit_exceeded', message: 'Too fast' } },
      { error: { code: 'rate_limit_exceeded', message: 'Too fast' } },
      0,
    ],
    [
      'incomplete',
      { answer: 'abcdef', reason: 'max_prompt_tokens' },
      { reason: 'max_prompt_tokens', output: { text: 'abc' } },
      1,
    ],
    ['expired', { end: 'expired' }, {}, 0],
    ['cancelled', { end: 'cancelled' }, {}, 0],
    [
      'requires_action',
      {
        rounds: [
          [
            { name: 'add', arguments: { a: 1 } },
            { name: 'none', arguments: '{bad' },
          ],
        ],
      },
      {
        toolCalls: [
          { callId: expect.any(String), name: 'add', arguments: '{"a":1}' },
          { callId: expect.any(String), name: 'none', arguments: '{bad' },
        ],
      },
      0,
    ],
  ])('a run that is %s', async (status, script, expected, reads) => {
    const ref = await runThatIs(status, script);
    expect(await provider.retrieve(ref, context)).toMatchObject({ ref, tag, status, ...expected });
    expect(context.calls).toEqual({ retrieve: 1, ...(reads > 0 ? { readOutput: reads } : {}) });
    expect(simulator.log.counts()).toEqual({
      'runs.retrieve': 1,
      ...(reads > 0 ? { 'messages.list': reads } : {}),
    });
  });

  test('a status that nobody knows is told as it is', async () => {
    const ref = await runThatIs('meditating', { status: 'meditating' });
    expect(await provider.retrieve(ref, context)).toMatchObject({
      status: 'unknown',
      reported: 'meditating',
    });
  });

  test('usage and times of a finished run', async () => {
    const ref = await runThatIs('completed', { usage: { prompt: 100, completion: 7 } });
    const snapshot = await provider.retrieve(ref, context);
    expect(snapshot.usage).toEqual({ ...noUsage, inputTokens: 100, outputTokens: 7, totalTokens: 107 });
    expect(snapshot.endedAtMs).toBeGreaterThan(1.6e12);
    expect(snapshot.expiresAtMs === undefined || snapshot.expiresAtMs > 1.6e12).toBe(true);
  });

  test.each([[{ id: 'run_none', containerId: 'thread_none' }], [{ id: 'run_none', containerId: 'known' }]])(
    '%j is lost',
    async (ref) => {
      const known = await runThatIs('completed');
      const containerId = ref.containerId === 'known' ? (known.containerId ?? '') : ref.containerId;
      expect(await provider.retrieve({ ...ref, containerId }, context)).toEqual({
        ref: { ...ref, containerId },
        status: 'lost',
        message: expect.stringContaining('404'),
      });
      expect(context.calls).toEqual({ retrieve: 1 });
    },
  );

  test('a ref without a thread is a bug, not a request', async () => {
    await expect(provider.retrieve({ id: 'run_1' }, context)).rejects.toThrow(/run_1 names no thread/);
    expect(simulator.log.counts()).toEqual({});
  });

  test('an answer that cannot be read is an error, and not an empty text', async () => {
    const ref = await runThatIs('completed');
    simulator.addFault({ on: 'messages.list', fault: { kind: 'html', status: 200 } });
    expect((await problemOf(() => provider.retrieve(ref, context))).type).toBe('provider.unexpected_reply');
    expect(context.calls).toEqual({ retrieve: 1, readOutput: 1 });
    simulator.addFault({ on: 'messages.list', fault: { kind: 'status', status: 429 } });
    expect((await problemOf(() => provider.retrieve(ref, context))).type).toBe('provider.rate_limited');
    expect(await provider.retrieve(ref, context)).toMatchObject({ status: 'completed' });
  });

  test.each(['retrieve', 'cancel', 'find'] as const)(
    '%s: messages that are not there do not end the run',
    async (kind) => {
      const run = { id: 'run_1', thread_id: 'thread_1', status: 'completed', metadata: tagToMetadata(tag) };
      const own = providerOf(accountOf(await serverWithoutMessages(run)));
      const ref = { id: run.id, containerId: run.thread_id };
      const request = { thread_id: run.thread_id };
      const problem = await problemOf(() =>
        kind === 'find' ? own.find({ tag, request }, context) : own[kind](ref, context),
      );
      expect(problem).toMatchObject({
        type: 'provider.unexpected_reply',
        retry: { kind: 'backoff' },
        details: { effect: 'unknown' },
        message: expect.stringMatching(/the messages of run_1.*No such thread/),
      });
      expect(context.calls).toEqual({ [kind]: 1, readOutput: 1 });
    },
  );
});

/** A server that has one run, and answers 404, as the API does, for its messages. */
async function serverWithoutMessages(run: object): Promise<string> {
  return serve((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const isMessages = path.endsWith('/messages');
    response.writeHead(isMessages ? 404 : 200, { 'content-type': 'application/json' });
    const said = path.endsWith('/runs') ? { data: [run] } : run;
    response.end(JSON.stringify(isMessages ? { error: { message: 'No such thread.' } } : said));
  });
}

const rounds: Script = {
  rounds: [
    [
      { name: 'add', arguments: {} },
      { name: 'add', arguments: {} },
    ],
  ],
};

/** A run that waits for the outputs of a round, and outputs for it. */
async function asked(script: Script = rounds): Promise<{ ref: ProviderRef; outputs: ToolOutput[] }> {
  const ref = await runThatIs('requires_action', script);
  const snapshot = await provider.retrieve(ref, context);
  if (snapshot.status !== 'requires_action') throw new Error(`The run is ${snapshot.status}.`);
  context = new CountingContext();
  simulator.log.clear();
  return { ref, outputs: snapshot.toolCalls.map(({ callId }) => ({ callId, output: '3', failed: false })) };
}

/** A server that has one run, says this of it when it is created or submitted to, and knows nothing else: reads fail. */
async function acceptingServer(said: object): Promise<string> {
  return serve((request, response) => {
    const isWrite = request.method === 'POST';
    response.writeHead(isWrite ? 200 : 429, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(isWrite ? said : { error: { message: 'Too many.', code: 'rate_limit_exceeded' } }),
    );
  });
}

describe('submitToolOutputs', () => {
  test('submits all outputs of a round in one call', async () => {
    const { ref, outputs } = await asked();
    const snapshot = await provider.submitToolOutputs(submitRequest(ref, outputs), context);
    expect(snapshot).toMatchObject({ status: 'queued', ref, tag });
    expect(context.calls).toEqual({ submitToolOutputs: 1 });
    expect(simulator.log.counts()).toEqual({ 'runs.submitToolOutputs': 1 });
  });

  test('a second time is harmless: the answer is the state of the run', async () => {
    const { ref, outputs } = await asked();
    await provider.submitToolOutputs(submitRequest(ref, outputs), context);
    await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === 'completed');
    const again = await provider.submitToolOutputs(submitRequest(ref, outputs), context);
    expect(again).toMatchObject({ status: 'completed', ref });
    expect(context.calls).toEqual({ submitToolOutputs: 2, retrieve: 1, readOutput: 1 });
  });

  test('after the next round has begun the answer is the next round', async () => {
    const { ref, outputs } = await asked({ ...rounds, repeat: 2 });
    await provider.submitToolOutputs(submitRequest(ref, outputs), context);
    await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === 'requires_action');
    const again = await provider.submitToolOutputs(submitRequest(ref, outputs), context);
    if (again.status !== 'requires_action') throw new Error(`The run is ${again.status}.`);
    expect(again.toolCalls.map(({ callId }) => callId)).not.toContain(outputs[0]?.callId);
  });

  test('an empty output, and one of a call that failed, are outputs like any other', async () => {
    const { ref, outputs } = await asked();
    const given = outputs.map(({ callId }, index) => ({ callId, output: '', failed: index === 1 }));
    const snapshot = await provider.submitToolOutputs(submitRequest(ref, given), context);
    expect(snapshot).toMatchObject({ status: 'queued', ref });
    await ended(ref);
  });

  test('what the user asked for is not looked at: the run knows it', async () => {
    const { ref, outputs } = await asked();
    const given = { ...submitRequest(ref, outputs), request: { stream: true }, tools: [addTool] };
    expect(await provider.submitToolOutputs(given, context)).toMatchObject({ ref });
  });

  test.each(['completed', 'incomplete'])(
    'that was accepted is not failed by a read: a run that is %s at once has yet to be read',
    async (status) => {
      const ref = { id: 'run_1', containerId: 'thread_1' };
      const own = providerOf(
        accountOf(await acceptingServer({ id: ref.id, thread_id: ref.containerId, status })),
      );
      const outputs = [{ callId: 'call_1', output: '3', failed: false }];
      expect(await own.submitToolOutputs(submitRequest(ref, outputs), context)).toEqual({
        ref,
        status: 'in_progress',
      });
      expect(context.calls).toEqual({ submitToolOutputs: 1 });
    },
  );

  test('that was accepted with words that cannot be read may have worked: the effect is unknown', async () => {
    const ref = { id: 'run_1', containerId: 'thread_1' };
    const own = providerOf(accountOf(await acceptingServer({ ok: true })));
    const problem = await problemOf(() => own.submitToolOutputs(submitRequest(ref, []), context));
    expect(problem).toMatchObject({ type: 'provider.unexpected_reply', details: { effect: 'unknown' } });
    expect(context.calls).toEqual({ submitToolOutputs: 1 });
  });

  test.each(['drop_reply', 'truncate'] as const)(
    'whose reply was lost (%s): the effect is unknown',
    async (kind) => {
      const { ref, outputs } = await asked();
      simulator.addFault({ on: 'runs.submitToolOutputs', fault: { kind } });
      const problem = await problemOf(() => provider.submitToolOutputs(submitRequest(ref, outputs), context));
      expect(problem.details.effect).toBe('unknown');
      await ended(ref);
    },
  );

  test('to a run that is no more', async () => {
    const outputs = [{ callId: 'call_1', output: '3', failed: false }];
    const ref = { id: 'run_none', containerId: 'thread_none' };
    const problem = await problemOf(() => provider.submitToolOutputs(submitRequest(ref, outputs), context));
    expect(problem).toMatchObject({ type: 'provider.not_found', details: { effect: 'none' } });
  });

  test('any other refusal stays one', async () => {
    const { ref, outputs } = await asked();
    simulator.addFault({
      on: 'runs.submitToolOutputs',
      fault: { kind: 'status', status: 400, message: 'The outputs are too long.' },
    });
    const problem = await problemOf(() => provider.submitToolOutputs(submitRequest(ref, outputs), context));
    expect(problem.type).toBe('provider.invalid_request');
    expect(context.calls).toEqual({ submitToolOutputs: 1 });
  });
});

describe('cancel', () => {
  test('of a run at work', async () => {
    const ref = await runThatIs('in_progress', { stuck: 'in_progress' });
    expect(await provider.cancel(ref, context)).toMatchObject({ status: 'cancelling', ref, tag });
    expect(context.calls).toEqual({ cancel: 1 });
  });

  test.each<[string, Script, object]>([
    ['completed', {}, { output: { text: expect.any(String) } }],
    ['failed', { end: 'failed' }, {}],
    ['expired', { end: 'expired' }, {}],
    ['cancelled', { end: 'cancelled' }, {}],
  ])('of a run that has ended %s gives its end', async (status, script, expected) => {
    const ref = await runThatIs(status, script);
    expect(await provider.cancel(ref, context)).toMatchObject({ status, ref, ...expected });
    expect(context.calls).toMatchObject({ cancel: 1, retrieve: 1 });
  });

  test('a second time', async () => {
    const ref = await runThatIs('in_progress', { stuck: 'cancelling', workMs: 60_000 });
    await provider.cancel(ref, context);
    expect(await provider.cancel(ref, context)).toMatchObject({ status: 'cancelling' });
  });

  test('of a run that is no more', async () => {
    const ref = { id: 'run_none', containerId: 'thread_none' };
    expect(await provider.cancel(ref, context)).toMatchObject({ status: 'lost', ref });
  });
});

const lostSubmit = (submittedTo: ProviderRef): FindRequest => ({
  tag: { ...tag, round: 1 },
  submittedTo,
  request: { thread_id: submittedTo.containerId ?? '' },
});

describe('find', () => {
  test('finds the run with our tag among others, ended or not', async () => {
    const ref = await runThatIs('completed', { answer: 'found' });
    const request = { thread_id: ref.containerId ?? '' };
    const second = { ...tag, attempt: 2 };
    await provider.create(createRequest({ tag: second, request }), context);
    context = new CountingContext();
    simulator.log.clear();
    expect(await provider.find({ tag, request }, context)).toMatchObject({
      kind: 'found',
      snapshot: { ref, tag, status: 'completed', output: { text: 'found' } },
    });
    expect(context.calls).toEqual({ find: 1, readOutput: 1 });
    expect(await provider.find({ tag: second, request }, context)).toMatchObject({
      snapshot: { tag: second },
    });
  });

  test.each<[string, RunTag]>([
    ['another attempt', { ...tag, attempt: 2 }],
    ['another round', { ...tag, round: 1 }],
    ['another execution', { ...tag, executionId: 'e-2' }],
    ['another workflow', { ...tag, workflowId: 'order-18' }],
  ])('does not take %s for ours', async (_name, other) => {
    const ref = await runThatIs('completed');
    const request = { thread_id: ref.containerId ?? '' };
    expect(await provider.find({ tag: other, request }, context)).toEqual({ kind: 'not_found' });
    expect(context.calls).toEqual({ find: 1 });
  });

  test('without a thread there is nowhere to look, and nothing is asked', async () => {
    expect(await provider.find({ tag, request: {} }, context)).toEqual({ kind: 'not_sent' });
    expect(simulator.log.counts()).toEqual({});
  });

  describe('what a lost submit has done', () => {
    test('nothing: the run still asks for outputs', async () => {
      const { ref } = await asked();
      expect(await provider.find(lostSubmit(ref), context)).toEqual({ kind: 'not_sent' });
      expect(context.calls).toEqual({ retrieve: 1 });
      expect(simulator.log.counts()).toEqual({ 'runs.retrieve': 1 });
    });

    test('its work: the run has gone on, and says where it is', async () => {
      const { ref, outputs } = await asked();
      simulator.addFault({ on: 'runs.submitToolOutputs', fault: { kind: 'drop_reply' } });
      await problemOf(() => provider.submitToolOutputs(submitRequest(ref, outputs), context));
      await ended(ref);
      context = new CountingContext();
      expect(await provider.find(lostSubmit(ref), context)).toMatchObject({
        kind: 'found',
        snapshot: { ref, status: 'completed', output: { text: expect.any(String) } },
      });
      expect(context.calls).toEqual({ retrieve: 1, readOutput: 1 });
    });

    test('its work, and the run asks for the next round: sent again, it does no harm and tells where the run is', async () => {
      const { ref, outputs } = await asked({ ...rounds, repeat: 2 });
      simulator.addFault({ on: 'runs.submitToolOutputs', fault: { kind: 'drop_reply' } });
      await problemOf(() => provider.submitToolOutputs(submitRequest(ref, outputs), context));
      await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === 'requires_action');
      expect(await provider.find(lostSubmit(ref), context)).toEqual({ kind: 'not_sent' });
      const again = await provider.submitToolOutputs(submitRequest(ref, outputs), context);
      if (again.status !== 'requires_action') throw new Error(`The run is ${again.status}.`);
      expect(again.toolCalls.map(({ callId }) => callId)).not.toContain(outputs[0]?.callId);
    });

    test('nobody can say any more: the run is lost', async () => {
      const ref = { id: 'run_none', containerId: 'thread_none' };
      expect(await provider.find(lostSubmit(ref), context)).toMatchObject({
        kind: 'found',
        snapshot: { ref, status: 'lost' },
      });
    });

    test('cannot be told by a read that fails', async () => {
      const { ref } = await asked();
      simulator.addFault({ on: 'runs.retrieve', fault: { kind: 'status', status: 500 } });
      const problem = await problemOf(() => provider.find(lostSubmit(ref), context));
      expect(problem.type).toBe('provider.server_error');
    });
  });

  test('a reply that is no list does not mean that there is none', async () => {
    const ref = await runThatIs('completed');
    const request = { thread_id: ref.containerId ?? '' };
    simulator.addFault({ on: 'runs.list', fault: { kind: 'html', status: 200 } });
    const problem = await problemOf(() => provider.find({ tag, request }, context));
    expect(problem.type).toBe('provider.unexpected_reply');
  });
});

const event = (type: string, data: unknown): object => ({ id: 'evt_1', object: 'event', type, data });

describe('readWebhook', () => {
  test('of a run at work needs no call', async () => {
    await runThatIs('in_progress', { stuck: 'in_progress' });
    const [run] = simulator.runs();
    const news = provider.readWebhook(event('thread.run.in_progress', run));
    expect(news).toMatchObject({ ref: { id: run?.id, containerId: run?.thread_id }, tag });
    expect(await news?.readSnapshot(context)).toMatchObject({ status: 'in_progress', tag });
    expect(context.calls).toEqual({});
    expect(simulator.log.counts()).toEqual({});
  });

  test('of a completed run reads what it wrote', async () => {
    await runThatIs('completed', { answer: 'done' });
    const [run] = simulator.runs();
    const news = provider.readWebhook(event('thread.run.completed', run));
    expect(await news?.readSnapshot(context)).toMatchObject({
      status: 'completed',
      output: { text: 'done' },
    });
    expect(context.calls).toEqual({ readOutput: 1 });
  });

  test.each<[string, unknown]>([
    ['another object', event('response.completed', { id: 'resp_1' })],
    ['a step', event('thread.run.step.completed', { id: 'step_1', thread_id: 't', status: 'completed' })],
    ['nothing', undefined],
  ])('is not about %s', (_name, value) => {
    expect(provider.readWebhook(value)).toBeUndefined();
  });

  test('is not about a run that somebody else made: it costs nothing to know', () => {
    const run = { id: 'run_1', thread_id: 'thread_1', status: 'completed', metadata: { order: '17' } };
    expect(provider.readWebhook(event('thread.run.completed', run))).toBeUndefined();
  });
});
