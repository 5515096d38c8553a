import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProviderActivities } from '../../activities/providerActivities.ts';
import {
  accountsChoice,
  type CreateArguments,
  type ProviderActivities,
  type SnapshotReply,
  type SubmitArguments,
} from '../../core/activities.ts';
import type { FailureType } from '../../core/failures.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ProviderRef, ToolOutput } from '../../core/snapshot.ts';
import { tagToMetadata } from '../../core/tag.ts';
import type { Account } from '../../providers/account.ts';
import { ProviderRegistry } from '../../providers/registry.ts';
import {
  SIMULATOR_ASSISTANT_ID,
  startSimulator,
  type HttpFault,
  type Script,
  type Simulator,
} from '../../simulator/index.ts';
import { demonstrationTools } from '../../tools/demonstration.ts';
import { ToolRegistry } from '../../tools/registry.ts';
import { accountOf, closedPort, serve } from '../providers/support.ts';
import { detailsOf, failureOf, runActivity } from './support.ts';

let simulator: Simulator;
let activities: ProviderActivities;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, queueMs: 0, workMs: 0, cancelMs: 0 });
  activities = activitiesAt(simulator.baseURL);
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

function activitiesAt(baseURL: string, given: Partial<Account> = {}): ProviderActivities {
  const account = accountOf(baseURL, { defaultAssistantId: SIMULATOR_ASSISTANT_ID, ...given });
  return createProviderActivities({
    providers: new ProviderRegistry([account]),
    tools: new ToolRegistry(demonstrationTools),
  });
}

const target = { provider: 'assistant', account: 'default' };
const tag = { workflowId: 'w', executionId: 'e', attempt: 1, round: 0 };
const createArguments: CreateArguments = {
  ...target,
  tag,
  input: 'hi',
  inputDelivered: false,
  request: {},
  tools: [],
};
const ref: ProviderRef = { id: 'run_1', containerId: 'thread_1' };
const outputs: ToolOutput[] = [{ callId: 'call_1', output: '3', failed: false }];
const submitArguments: SubmitArguments = {
  ...target,
  tag: { ...tag, round: 1 },
  ref,
  outputs,
  request: {},
  tools: [],
};

const answering = (code: number, headers: Record<string, string> = {}): HttpFault => ({
  kind: 'status',
  status: code,
  headers,
  when: 'before',
});

/** A thread to create runs in. */
async function prepare(): Promise<JsonObject> {
  const prepared = await runActivity({}, () => activities.createRun(createArguments));
  if (prepared.kind !== 'prepared') throw new Error('expected a thread');
  simulator.log.clear();
  return prepared.request;
}

async function runThatIs(status: string, script: Script): Promise<{ ref: ProviderRef; request: JsonObject }> {
  const request = { ...(await prepare()), metadata: { simulator: JSON.stringify(script) } };
  const created = await runActivity({}, () => activities.createRun({ ...createArguments, request }));
  if (created.kind !== 'created') throw new Error('expected a run');
  await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === status);
  simulator.log.clear();
  return { ref: created.snapshot.ref, request };
}

/** A run that asks for a tool once. */
const asking: Script = { rounds: [[{ name: 'add', arguments: {} }]] };

/** An output for each call that a run asks for. */
function outputsFor({ snapshot }: SnapshotReply): ToolOutput[] {
  if (snapshot.status !== 'requires_action') throw new Error(`The run is ${snapshot.status}.`);
  return snapshot.toolCalls.map(({ callId }) => ({ callId, output: '3', failed: false }));
}

describe('what the activities answer', () => {
  test('create: first the thread, then the run, each with its call', async () => {
    const prepared = await runActivity({}, () =>
      activities.createRun({ ...createArguments, tools: ['add'] }),
    );
    expect(prepared).toMatchObject({ kind: 'prepared', inputDelivered: true, calls: { prepare: 1 } });
    if (prepared.kind !== 'prepared') return;
    const { request, inputDelivered } = prepared;
    const again = { ...createArguments, request, inputDelivered, tools: ['add', 'get_weather'] };
    const created = await runActivity({}, () => activities.createRun(again));
    expect(created).toMatchObject({
      kind: 'created',
      snapshot: { status: 'queued', tag },
      calls: { create: 1 },
    });
    const offered = simulator
      .runs()[0]
      ?.tools.flatMap((tool) => (tool.type === 'function' ? [tool.function] : []));
    expect(offered).toMatchObject([
      { name: 'add', description: 'Adds two numbers', parameters: { required: ['a', 'b'] } },
      { name: 'get_weather' },
    ]);
  });

  test('retrieve, find, submit and cancel, each with its calls', async () => {
    const { ref: run, request } = await runThatIs('requires_action', asking);
    const retrieved = await runActivity({}, () => activities.retrieveRun({ ...target, ref: run }));
    expect(retrieved).toMatchObject({ snapshot: { status: 'requires_action' }, calls: { retrieve: 1 } });
    const found = await runActivity({}, () => activities.findRun({ ...target, tag, request }));
    expect(found).toMatchObject({ kind: 'found', snapshot: { ref: run }, calls: { find: 1 } });
    const submitted = await runActivity({}, () =>
      activities.submitToolOutputs({ ...submitArguments, ref: run, outputs: outputsFor(retrieved) }),
    );
    expect(submitted).toMatchObject({ snapshot: { ref: run }, calls: { submitToolOutputs: 1 } });
    await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === 'completed');
    const cancelled = await runActivity({}, () => activities.cancelRun({ ...target, ref: run }));
    expect(cancelled).toMatchObject({
      snapshot: { status: 'completed' },
      calls: { cancel: 1, retrieve: 1, readOutput: 1 },
    });
  });

  test('find: nothing there', async () => {
    const request = await prepare();
    expect(await runActivity({}, () => activities.findRun({ ...target, tag, request }))).toEqual({
      kind: 'not_found',
      calls: { find: 1 },
      provider: 'assistant',
    });
  });

  test('find: what a lost submit has done', async () => {
    const { ref: run, request } = await runThatIs('requires_action', asking);
    const lost = { ...target, tag: { ...tag, round: 1 }, request, submittedTo: run };
    expect(await runActivity({}, () => activities.findRun(lost))).toEqual({
      kind: 'not_sent',
      calls: { retrieve: 1 },
      provider: 'assistant',
    });
  });

  test.each(['response', 'assistant'])(
    'submit to %s: a tool that the worker does not have is waited for, for another worker may have it',
    async (provider) => {
      const given = { ...submitArguments, provider, tools: ['add', 'fly'] };
      const failure = await failureOf(runActivity({}, () => activities.submitToolOutputs(given)));
      expect(failure).toMatchObject({
        type: 'provider.invalid_request',
        nonRetryable: false,
        message: expect.stringMatching(/'fly'.*known: add, multiply/),
      });
      expect(detailsOf(failure)).toEqual({ effect: 'none', calls: {}, provider });
      expect(simulator.log.counts()).toEqual({});
    },
  );
});

describe('the provider that was called is named', () => {
  test.each(['assistant', accountsChoice])('in a reply, by its own name: %s', async (provider) => {
    const own = activitiesAt(simulator.baseURL, { defaultProvider: 'assistant' });
    const prepared = await runActivity({}, () => own.createRun({ ...createArguments, provider }));
    expect(prepared).toMatchObject({ kind: 'prepared', provider: 'assistant' });
    const retrieved = await runActivity({}, () => own.retrieveRun({ ...target, provider, ref }));
    expect(retrieved).toMatchObject({ snapshot: { status: 'lost' }, provider: 'assistant' });
  });

  test('by default it is the first of all', async () => {
    const created = await runActivity({}, () =>
      activities.createRun({ ...createArguments, provider: accountsChoice, request: { model: 'gpt-sim' } }),
    );
    expect(created).toMatchObject({ kind: 'created', provider: 'response' });
  });

  test('in a failure, too', async () => {
    simulator.addFault({ on: 'runs.retrieve', fault: answering(500) });
    const given = { ...target, provider: accountsChoice, ref };
    const own = activitiesAt(simulator.baseURL, { defaultProvider: 'assistant' });
    const failure = await failureOf(runActivity({}, () => own.retrieveRun(given)));
    expect(detailsOf(failure).provider).toBe('assistant');
  });
});

test('of more tool calls than can be executed only so many travel that it shows', async () => {
  const output = Array.from({ length: 3_000 }, (_unused, index) => ({
    type: 'function_call',
    call_id: `call_${index}`,
    name: 'add',
  }));
  const baseURL = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: 'resp_1', status: 'completed', output }));
  });
  const given = { ...target, provider: 'response', ref: { id: 'resp_1' } };
  const reply = await runActivity({}, () => activitiesAt(baseURL).retrieveRun(given));
  expect(reply.snapshot).toMatchObject({ status: 'requires_action', toolCalls: { length: 1_001 } });
});

describe('what is longer than Temporal carries stays at the provider', () => {
  const given = 'x'.repeat(800_000);
  const run = {
    id: ref.id,
    thread_id: ref.containerId,
    status: 'requires_action',
    metadata: tagToMetadata(tag),
    required_action: {
      type: 'submit_tool_outputs',
      submit_tool_outputs: {
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'add', arguments: given } }],
      },
    },
  };
  const request = { thread_id: 'thread_1' };
  type Call = (own: ProviderActivities) => Promise<object>;
  test.each<[string, Call]>([
    ['create', (own) => own.createRun({ ...createArguments, request })],
    ['find', (own) => own.findRun({ ...target, tag, request })],
    ['retrieve', (own) => own.retrieveRun({ ...target, ref })],
    ['submit', (own) => own.submitToolOutputs(submitArguments)],
    ['cancel', (own) => own.cancelRun({ ...target, ref })],
  ])('%s', async (name, call) => {
    const baseURL = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(name === 'find' ? { data: [run] } : run));
    });
    const reply = await runActivity({}, () => call(activitiesAt(baseURL)));
    expect(JSON.stringify(reply).length).toBeLessThan(2_000);
    expect(reply).toMatchObject({
      snapshot: { toolCalls: [{ callId: 'call_1', name: 'add', arguments: '', omittedBytes: 800_000 }] },
    });
  });
});

describe('tries that were lost are counted as one request each', () => {
  test('a reply on the third try', async () => {
    const request = await prepare();
    const found = await runActivity({ attempt: 3 }, () => activities.findRun({ ...target, tag, request }));
    expect(found.calls).toEqual({ find: 3 });
  });

  test('a failure on the third try', async () => {
    simulator.addFault({ on: 'runs.retrieve', fault: { kind: 'status', status: 500 } });
    const failure = await failureOf(
      runActivity({ attempt: 3 }, () => activities.retrieveRun({ ...target, ref })),
    );
    expect(detailsOf(failure).calls).toEqual({ retrieve: 3 });
  });

  test('a create that is still at its thread has tried nothing but threads', async () => {
    const prepared = await runActivity({ attempt: 3 }, () => activities.createRun(createArguments));
    expect(prepared.calls).toEqual({ prepare: 3 });
  });

  test('a create in its thread has tried creates', async () => {
    const request = await prepare();
    const created = await runActivity({ attempt: 2 }, () =>
      activities.createRun({ ...createArguments, request }),
    );
    expect(created.calls).toEqual({ create: 2 });
  });
});

describe('which failures are retried', () => {
  type Row = readonly [string, HttpFault, FailureType, create: boolean, retrieve: boolean];
  const rows: readonly Row[] = [
    ['400', answering(400), 'provider.invalid_request', false, false],
    ['401', answering(401), 'provider.authentication', false, false],
    ['403', answering(403), 'provider.permission', false, false],
    ['409', answering(409), 'provider.conflict', true, true],
    ['429', answering(429), 'provider.rate_limited', true, true],
    ['503, overloaded', answering(503), 'provider.overloaded', true, true],
    [
      '429, do not retry',
      answering(429, { 'x-should-retry': 'false' }),
      'provider.rate_limited',
      false,
      false,
    ],
    // Whether these have made a run, nobody can say: the workflow looks for it before it creates another.
    ['408', answering(408), 'provider.timeout', false, true],
    ['500', answering(500), 'provider.server_error', false, true],
    [
      '502, a proxy’s page',
      { kind: 'html', status: 502, when: 'before' },
      'provider.server_error',
      false,
      true,
    ],
    ['a reset', { kind: 'reset' }, 'provider.connection_lost', false, true],
    ['a lost reply', { kind: 'drop_reply' }, 'provider.connection_lost', false, true],
    ['half a reply', { kind: 'truncate' }, 'provider.unexpected_reply', false, true],
    ['500, do retry', answering(500, { 'x-should-retry': 'true' }), 'provider.server_error', false, true],
  ];

  test.each(rows)('create: %s', async (_name, fault, type, retried) => {
    const request = await prepare();
    simulator.addFault({ on: 'runs.create', fault });
    const failure = await failureOf(
      runActivity({}, () => activities.createRun({ ...createArguments, request })),
    );
    expect(failure).toMatchObject({ type, nonRetryable: !retried });
    expect(detailsOf(failure)).toMatchObject({ calls: { create: 1 } });
    expect(simulator.log.counts()).toEqual({ 'runs.create': 1 });
  });

  test.each(rows)('retrieve: %s', async (_name, fault, type, _create, retried) => {
    const { ref: run } = await runThatIs('in_progress', { stuck: 'in_progress' });
    simulator.addFault({ on: 'runs.retrieve', fault });
    const failure = await failureOf(runActivity({}, () => activities.retrieveRun({ ...target, ref: run })));
    expect(failure).toMatchObject({ type, nonRetryable: !retried });
  });

  test.each(rows)('submit: %s', async (_name, fault, type, retried) => {
    const { ref: run, request } = await runThatIs('requires_action', asking);
    const answers = outputsFor(await runActivity({}, () => activities.retrieveRun({ ...target, ref: run })));
    simulator.log.clear();
    simulator.addFault({ on: 'runs.submitToolOutputs', fault });
    const given = { ...submitArguments, ref: run, request, outputs: answers };
    const failure = await failureOf(runActivity({}, () => activities.submitToolOutputs(given)));
    expect(failure).toMatchObject({ type, nonRetryable: !retried });
    expect(detailsOf(failure)).toMatchObject({ calls: { submitToolOutputs: 1 }, provider: 'assistant' });
    // What may be sent again is what has certainly done nothing.
    expect(retried && detailsOf(failure).effect !== 'none').toBe(false);
    expect(simulator.log.counts()).toEqual({ 'runs.submitToolOutputs': 1 });
  });

  test.each(['find', 'cancel'] as const)('%s: a lost reply is', async (kind) => {
    const { ref: run, request } = await runThatIs('requires_action', asking);
    simulator.addFault({ on: '*', fault: { kind: 'drop_reply' } });
    const given = { ...target, ref: run };
    const calls = {
      find: () => runActivity({}, () => activities.findRun({ ...target, tag, request })),
      cancel: () => runActivity({}, () => activities.cancelRun(given)),
    };
    expect(await failureOf(calls[kind]())).toMatchObject({
      type: 'provider.connection_lost',
      nonRetryable: false,
    });
  });

  test('a thread whose reply was lost is: it costs nothing', async () => {
    simulator.addFault({ on: 'threads.create', fault: { kind: 'drop_reply' } });
    const failure = await failureOf(runActivity({}, () => activities.createRun(createArguments)));
    expect(failure).toMatchObject({ type: 'provider.connection_lost', nonRetryable: false });
    expect(detailsOf(failure)).toEqual({ effect: 'none', calls: { prepare: 1 }, provider: 'assistant' });
  });

  test('a busy thread is not, and the failure names the run that holds it', async () => {
    const { ref: blocker, request } = await runThatIs('in_progress', { stuck: 'in_progress' });
    const failure = await failureOf(
      runActivity({}, () => activities.createRun({ ...createArguments, request })),
    );
    expect(failure).toMatchObject({ type: 'provider.thread_busy', nonRetryable: true });
    expect(detailsOf(failure)).toMatchObject({ effect: 'none', blocker, calls: { create: 1 } });
  });

  test.each([
    [1, false],
    [4, false],
    [5, true],
    [6, true],
  ])('nobody listens, try %i: given up is %s', async (attempt, nonRetryable) => {
    const unreachable = activitiesAt(await closedPort());
    const given = { ...createArguments, request: { thread_id: 'thread_1' } };
    const failure = await failureOf(runActivity({ attempt }, () => unreachable.createRun(given)));
    expect(failure).toMatchObject({ type: 'provider.unreachable', nonRetryable });
    expect(detailsOf(failure).effect).toBe('none');
  });

  const request = { thread_id: 'thread_1' };
  const later: [string, (own: ProviderActivities) => Promise<object>][] = [
    ['submit', (own) => own.submitToolOutputs(submitArguments)],
    ['cancel', (own) => own.cancelRun({ ...target, ref })],
    ['find', (own) => own.findRun({ ...target, tag, request })],
    ['create, restart', (own) => own.createRun({ ...createArguments, tag: { ...tag, attempt: 2 }, request })],
    [
      'create, after its thread',
      (own) => own.createRun({ ...createArguments, inputDelivered: true, request }),
    ],
  ];

  test.each(later)(
    'nobody listens: a run that was there before does not give up: %s',
    async (_name, call) => {
      const unreachable = activitiesAt(await closedPort());
      const failure = await failureOf(runActivity({ attempt: 5 }, () => call(unreachable)));
      expect(failure).toMatchObject({ type: 'provider.unreachable', nonRetryable: false });
      expect(detailsOf(failure).effect).toBe('none');
    },
  );

  test.each(later)('nor for a 404 of a proxy: %s', async (_name, call) => {
    const baseURL = await serve((_request, response) => void response.writeHead(404).end('<html>'));
    const failure = await failureOf(runActivity({ attempt: 5 }, () => call(activitiesAt(baseURL))));
    expect(failure).toMatchObject({ type: 'provider.unexpected_reply', nonRetryable: false });
  });

  test.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after-ms': '250' }, 250],
    [{}, undefined],
    [{ 'retry-after': '7', 'x-should-retry': 'false' }, undefined],
  ])('after %j the next try comes after %s ms', async (headers, nextRetryDelay) => {
    simulator.addFault({ on: 'runs.retrieve', fault: answering(429, headers) });
    const failure = await failureOf(runActivity({}, () => activities.retrieveRun({ ...target, ref })));
    expect(failure.nextRetryDelay ?? undefined).toBe(nextRetryDelay);
  });
});

describe('before anything is sent', () => {
  const provider = 'assistant';
  test.each<[string, Partial<CreateArguments>, FailureType, RegExp, object?]>([
    [
      'an unknown provider',
      { provider: 'session' },
      'provider.unknown',
      /'session' here; known: response, assistant/,
    ],
    ['a provider of JavaScript’s', { provider: 'constructor' }, 'provider.unknown', /'constructor'/],
    ['an unknown account', { account: 'acme' }, 'account.unknown', /'acme' here; known: default/],
    [
      'an unknown tool',
      { tools: ['add', 'fly'] },
      'provider.invalid_request',
      /'fly'.*known: add, multiply/,
      { provider },
    ],
    [
      'an invalid request',
      { request: { stream: true } },
      'provider.invalid_request',
      /request\.stream/,
      { provider },
    ],
  ])('%s fails at once', async (_name, given, type, message, facts) => {
    const failure = await failureOf(
      runActivity({}, () => activities.createRun({ ...createArguments, ...given })),
    );
    expect(failure).toMatchObject({ type, nonRetryable: true, message: expect.stringMatching(message) });
    // Who is not known is not named.
    expect(detailsOf(failure)).toEqual({ effect: 'none', calls: {}, ...facts });
    expect(simulator.log.counts()).toEqual({});
  });

  test('a bug of ours is not retried as a create, and says what it was', async () => {
    const failure = await failureOf(
      runActivity({}, () => activities.retrieveRun({ ...target, ref: { id: 'run_1' } })),
    );
    expect(failure.message).toContain('run_1 names no thread');
  });

  test.each(['response', 'assistant'])(
    'no key that a server quotes where a run has failed gets into what is answered: %s',
    async (name) => {
      const error = { code: 'server_error', message: 'Not for key-of-any-shape.' };
      const failed = { ...ref, thread_id: ref.containerId, status: 'failed', error, last_error: error };
      const baseURL = await serve((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(failed));
      });
      const own = activitiesAt(baseURL, { apiKey: 'key-of-any-shape' });
      const reply = await runActivity({}, () => own.retrieveRun({ ...target, provider: name, ref }));
      expect(reply.snapshot).toMatchObject({
        status: 'failed',
        error: { code: 'server_error', message: 'Not for [redacted].' },
      });
    },
  );

  test('no key gets into a failure', async () => {
    const unreachable = activitiesAt(await closedPort());
    const failure = await failureOf(runActivity({}, () => unreachable.createRun(createArguments)));
    expect(JSON.stringify([failure.message, failure.details])).not.toContain('sk-');
  });
});

describe('an activity’s time', () => {
  test('the call ends before it does: 90 % of it', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const info = { startToCloseTimeoutMs: 5_000 };
    await failureOf(
      runActivity(info, () => activities.findRun({ ...target, tag, request: { thread_id: 't' } })),
    );
    expect(timeout.mock.calls).toEqual([[4_500]]);
    timeout.mockRestore();
  });

  test('a provider that does not answer: a typed failure, not a lost try', async () => {
    const silent = activitiesAt(await serve(() => {}));
    const info = { startToCloseTimeoutMs: 100 };
    const retrieved = await failureOf(runActivity(info, () => silent.retrieveRun({ ...target, ref })));
    expect(retrieved).toMatchObject({ type: 'provider.timeout', nonRetryable: false });
    const given = { ...createArguments, request: { thread_id: 'thread_1' } };
    const created = await failureOf(runActivity(info, () => silent.createRun(given)));
    expect(created).toMatchObject({ type: 'provider.timeout', nonRetryable: true });
    expect(detailsOf(created)).toEqual({ effect: 'unknown', calls: { create: 1 }, provider: 'assistant' });
  });
});
