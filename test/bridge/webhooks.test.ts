import { request as httpRequest } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import { webhookPathOf } from '../../config/webhookPath.ts';
import { startSimulator, SIMULATOR_ASSISTANT_ID, type Simulator } from '../../simulator/index.ts';
import { accountOf, closedPort, CountingContext, providerOf, serve } from '../providers/support.ts';
import {
  accountOf as ownAccount,
  apiKey,
  connect,
  connectHeld,
  deliverTo,
  eventOf,
  otherSecret,
  secret,
  sign,
  startBridge,
  startRun,
  wakeUpsOf,
  type Signing,
  type TestBridge,
  type WaitingRun,
} from './support.ts';

const delivered = { status: 200, body: '{"status":"delivered"}' };
const ignored = { status: 200, body: '{"status":"ignored"}' };
const refused = { status: 400, body: '{"error":"the webhook could not be verified"}' };
const unavailable = { status: 503, body: '{"error":"try again later"}' };
const run = { id: 'run_1', containerId: 'thread_1' };

async function simulate(): Promise<Simulator> {
  const simulator = await startSimulator({ port: 0, queueMs: 0, workMs: 0, apiKeys: [apiKey] });
  onTestFinished(() => simulator.close());
  return simulator;
}

async function completedRun(simulator: Simulator, { tag }: WaitingRun): Promise<object> {
  const provider = providerOf(
    accountOf(simulator.baseURL, { apiKey, defaultAssistantId: SIMULATOR_ASSISTANT_ID }),
  );
  const given = { tag, input: 'What is 2+2?', inputDelivered: false, request: {}, tools: [] };
  const prepared = await provider.create(given, new CountingContext());
  if (prepared.kind !== 'prepared') throw new Error('expected a thread');
  const { request, inputDelivered } = prepared;
  await provider.create({ ...given, request, inputDelivered }, new CountingContext());
  await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === 'completed');
  return { ...simulator.runs()[0] };
}

const ofCalls = (...calls: object[]): object => ({
  required_action: { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: calls } },
});

describe('a run that waits', () => {
  test('is told, and the answer comes when Temporal has it', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const bridge = startBridge({ client });
    expect(await deliverTo(bridge, eventOf(tag))).toEqual(delivered);
    expect(await wakeUpsOf(handle)).toEqual([
      {
        webhookId: 'wh_1',
        eventType: 'thread.run.in_progress',
        ref: run,
        tag,
        account: 'default',
        snapshot: { ref: run, tag, status: 'in_progress' },
        calls: {},
      },
    ]);
  });

  test('is told whose webhook it was', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const bridge = startBridge({ client, accounts: [ownAccount(), ownAccount({ name: 'acme' })] });
    const body = eventOf(tag);
    expect(await deliverTo(bridge, body, { ...sign(body) }, webhookPathOf('acme'))).toEqual(delivered);
    expect(await wakeUpsOf(handle)).toMatchObject([{ account: 'acme' }]);
  });

  test('is told each time a webhook comes, under the same id: it knows which it has seen', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const bridges = [startBridge({ client }), startBridge({ client })];
    const body = eventOf(tag);
    for (const bridge of bridges) expect(await deliverTo(bridge, body)).toEqual(delivered);
    expect(await wakeUpsOf(handle)).toMatchObject([{ webhookId: 'wh_1' }, { webhookId: 'wh_1' }]);
  });

  test('gets the answer of a completed run with the webhook', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const simulator = await simulate();
    const bridge = startBridge({ client, baseURL: simulator.baseURL });
    const done = await completedRun(simulator, { handle, tag });
    expect(await deliverTo(bridge, eventOf(tag, 'thread.run.completed', done))).toEqual(delivered);
    expect(simulator.log.counts({ endpoint: 'messages.list' })).toEqual({ 'messages.list': 1 });
    expect(await wakeUpsOf(handle)).toMatchObject([
      {
        snapshot: { status: 'completed', output: { text: expect.stringContaining('4') } },
        calls: { readOutput: 1 },
      },
    ]);
  });

  test.each(['status', 'drop_reply'] as const)(
    'gets a hint when its answer cannot be read now: %s',
    async (kind) => {
      const client = await connect();
      const { handle, tag } = await startRun(client);
      const simulator = await simulate();
      const fault = kind === 'status' ? { kind, status: 500 } : { kind };
      simulator.addFault({ on: 'messages.list', fault });
      const bridge = startBridge({ client, baseURL: simulator.baseURL });
      const body = eventOf(tag, 'thread.run.completed', await completedRun(simulator, { handle, tag }));
      expect(await deliverTo(bridge, body)).toEqual(delivered);
      const [wakeUp] = await wakeUpsOf(handle);
      expect(wakeUp).toMatchObject({ eventType: 'thread.run.completed', calls: { readOutput: 1 } });
      expect(wakeUp).not.toHaveProperty('snapshot');
    },
  );

  test('gets a hint when the provider takes too long', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const baseURL = await serve(() => {});
    const bridge = startBridge({ client, baseURL, readTimeoutMs: 50 });
    expect(await deliverTo(bridge, eventOf(tag, 'thread.run.completed'))).toEqual(delivered);
    const [wakeUp] = await wakeUpsOf(handle);
    expect(wakeUp).not.toHaveProperty('snapshot');
  });

  test.each([
    [490_000, true],
    [510_000, false],
  ])('of %i characters of arguments: with a snapshot is %s', async (length, withSnapshot) => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const call = { id: 'call_1', function: { name: 'add', arguments: 'a'.repeat(length) } };
    const required_action = { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [call] } };
    const body = eventOf(tag, 'thread.run.requires_action', { required_action });
    expect(await deliverTo(startBridge({ client }), body)).toEqual(delivered);
    const [wakeUp] = await wakeUpsOf(handle);
    expect(wakeUp).toMatchObject({ ref: run, tag });
    expect(Object.hasOwn(Object(wakeUp), 'snapshot')).toBe(withSnapshot);
  });

  test.each<[string, string, object, object]>([
    [
      'arguments that Temporal would not carry are left out',
      'requires_action',
      ofCalls({ id: 'call_1', function: { name: 'add', arguments: 'a'.repeat(800_000) } }),
      { status: 'requires_action', toolCalls: [{ callId: 'call_1', arguments: '', omittedBytes: 800_000 }] },
    ],
    [
      'of more calls than can be executed only so many travel that it shows',
      'requires_action',
      ofCalls(
        ...Array.from({ length: 3_000 }, (_unused, i) => ({
          id: `call_${i}`,
          function: { name: 'add', arguments: '{}' },
        })),
      ),
      { status: 'requires_action', toolCalls: { length: 1_001 } },
    ],
    [
      'a model of no end is cut',
      'in_progress',
      { model: 'm'.repeat(600_000) },
      { status: 'in_progress', model: `${'m'.repeat(3_999)}…` },
    ],
  ])('is told what the workflow itself would make of it: %s', async (_name, status, given, snapshot) => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const body = eventOf(tag, `thread.run.${status}`, given);
    expect(await deliverTo(startBridge({ client }), body)).toEqual(delivered);
    expect(await wakeUpsOf(handle)).toMatchObject([{ ref: run, tag, snapshot }]);
  });

  test.each(['queued', 'in_progress'])('is told that it is %s, where the event says so', async (status) => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    expect(await deliverTo(startBridge({ client }), eventOf(tag, `thread.run.${status}`))).toEqual(delivered);
    expect(await wakeUpsOf(handle)).toMatchObject([{ snapshot: { status } }]);
  });
});

describe('a webhook for nobody is acknowledged, costs no API call, and tells nobody', () => {
  test('a run that has ended', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    await handle.terminate();
    const simulator = await simulate();
    const bridge = startBridge({ client, baseURL: simulator.baseURL });
    expect(await deliverTo(bridge, eventOf(tag, 'thread.run.completed'))).toEqual(ignored);
    expect(simulator.log.counts()).toEqual({});
    expect(bridge.logged()).toContain('"reason":"closed"');
  });

  test('a workflow id that has been used again since', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const simulator = await simulate();
    const bridge = startBridge({ client, baseURL: simulator.baseURL });
    const body = eventOf({ ...tag, executionId: 'an-earlier-one' }, 'thread.run.completed');
    expect(await deliverTo(bridge, body)).toEqual(ignored);
    expect(await wakeUpsOf(handle)).toEqual([]);
    expect(simulator.log.counts()).toEqual({});
  });

  test('a run that ends while the webhook is under way', async () => {
    const client = await connect({
      async signal(input, next) {
        await handle.terminate();
        return next(input);
      },
    });
    const { handle, tag } = await startRun(client);
    expect(await deliverTo(startBridge({ client }), eventOf(tag))).toEqual(ignored);
  });

  test.each<[string, string]>([
    [
      'a workflow that does not exist',
      eventOf({ workflowId: 'no-such', executionId: 'e', attempt: 1, round: 0 }, 'thread.run.completed'),
    ],
    ['a run that somebody else made', eventOf(undefined, 'thread.run.completed')],
    ['a step of a run', eventOf(undefined, 'thread.run.step.completed', { id: 'step_1' })],
    ['a batch', '{"id":"evt_1","type":"batch.completed","data":{"id":"batch_1"}}'],
    ['an event without type', '{"data":{}}'],
    ['an object', '{}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"thread.run.completed"'],
  ])('%s', async (_name, body) => {
    const client = await connect();
    const simulator = await simulate();
    const bridge = startBridge({ client, baseURL: simulator.baseURL });
    expect(await deliverTo(bridge, body)).toEqual(ignored);
    expect(simulator.log.counts()).toEqual({});
  });
});

async function answerTo(signing: Signing, webhookSecrets: readonly string[] = [secret]): Promise<number> {
  const client = await connect();
  const { tag } = await startRun(client);
  const body = eventOf(tag);
  const bridge = startBridge({ client, webhookSecrets });
  // The clock stands still, for the tolerance is tried to the second.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  onTestFinished(() => void vi.useRealTimers());
  return (await deliverTo(bridge, body, { ...sign(body, signing) })).status;
}

describe('the signature', () => {
  test.each<[string, Signing, readonly string[], number]>([
    ['proper', {}, [secret], 200],
    ['300 s old', { ageSeconds: 300 }, [secret], 200],
    ['301 s old', { ageSeconds: 301 }, [secret], 400],
    ['an hour old', { ageSeconds: 3_600 }, [secret], 400],
    ['300 s in the future', { ageSeconds: -300 }, [secret], 200],
    ['301 s in the future', { ageSeconds: -301 }, [secret], 400],
    ['with another secret', { secrets: [otherSecret] }, [secret], 400],
    ['two, the second fits', { secrets: [otherSecret, secret] }, [secret], 200],
    ['two, none fits', { secrets: [otherSecret, otherSecret] }, [secret], 400],
    ['a rotation: the old secret', { secrets: [secret] }, [otherSecret, secret], 200],
    ['a rotation: the new secret', { secrets: [otherSecret] }, [otherSecret, secret], 200],
    ['a rotation: too old for either', { ageSeconds: 301 }, [otherSecret, secret], 400],
    ['no secret is configured: no such path', {}, [], 404],
  ])('%s', async (_name, signing, secrets, status) => {
    expect(await answerTo(signing, secrets)).toBe(status);
  });

  const body = eventOf({ workflowId: 'w', executionId: 'e', attempt: 1, round: 0 });
  const proper = { ...sign(body) };
  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['no headers', body, {}],
    ['no id', body, { ...proper, 'webhook-id': '' }],
    ['no timestamp', body, { ...proper, 'webhook-timestamp': '' }],
    ['no signature', body, { ...proper, 'webhook-signature': '' }],
    ['another id', body, { ...proper, 'webhook-id': 'wh_2' }],
    [
      'another timestamp',
      body,
      { ...proper, 'webhook-timestamp': String(Number(proper['webhook-timestamp']) - 1) },
    ],
    ['a timestamp that is no number', body, { ...proper, 'webhook-timestamp': 'now' }],
    [
      'another version of signature',
      body,
      { ...proper, 'webhook-signature': proper['webhook-signature'].replace('v1,', 'v2,') },
    ],
    ['a signature that is none', body, { ...proper, 'webhook-signature': 'v1,AAAA' }],
    ['a hundred signatures', body, { ...proper, 'webhook-signature': Array(100).fill('v1,AAAA').join(' ') }],
    ['a changed body', body.replace('"w"', '"v"'), proper],
    ['the same JSON, written in another way', JSON.stringify(JSON.parse(body), null, 1), proper],
    ['an empty body', '', proper],
  ])('is refused with %s, and nothing is asked of Temporal', async (_name, sent, headers) => {
    const client = await connect({
      describe: () => Promise.reject(new Error('asked')),
      signal: () => Promise.reject(new Error('asked')),
    });
    const bridge = startBridge({ client });
    expect(await deliverTo(bridge, sent, headers)).toEqual(refused);
    expect(bridge.logged()).toContain('webhook refused');
    expect(bridge.logged()).not.toContain('asked');
  });

  test.each(['not json', '', '{"type":'])('signed, but not JSON: %j', async (text) => {
    expect(await deliverTo(startBridge({ client: await connect() }), text)).toEqual(refused);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-8',
    'application/octet-stream',
  ])('counts, and not the content type: %s', async (contentType) => {
    const client = await connect();
    const { tag } = await startRun(client);
    const text = eventOf(tag);
    const headers = { ...sign(text), 'content-type': contentType };
    expect(await deliverTo(startBridge({ client }), text, headers)).toEqual(delivered);
  });

  test('covers every character of the body, of whatever language', async () => {
    const client = await connect();
    const { tag } = await startRun(client);
    const text = eventOf(tag, 'thread.run.failed', {
      last_error: { code: 'server_error', message: 'für 漢字 😀' },
    });
    expect(await deliverTo(startBridge({ client }), text)).toEqual(delivered);
  });
});

function clientAt(address: string): Client {
  const connection = Connection.lazy({ address });
  onTestFinished(() => connection.close());
  return new Client({ connection });
}

async function silentServer(): Promise<string> {
  const server = createServer(() => {});
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  onTestFinished(() => void server.close());
  return `127.0.0.1:${port}`;
}

describe('when Temporal is away', () => {
  const tag = { workflowId: 'w', executionId: 'e', attempt: 1, round: 0 };

  test.each(['nobody listens', 'nobody answers'])(
    '%s: 503 in time, and the sender tries again',
    async (how) => {
      const address = how === 'nobody listens' ? new URL(await closedPort()).host : await silentServer();
      const bridge = startBridge({ client: clientAt(address), temporalTimeoutMs: 300 });
      const begun = performance.now();
      expect(await deliverTo(bridge, eventOf(tag))).toEqual(unavailable);
      // Far below the few seconds that OpenAI waits, far above what a busy machine adds.
      expect(performance.now() - begun).toBeLessThan(4_000);
      expect((await bridge.app.inject('/readyz')).statusCode).toBe(503);
      expect((await bridge.app.inject('/healthz')).json()).toMatchObject({
        status: 'ok',
        webhooks: { default: { unavailable: 1, delivered: 0 } },
      });
    },
  );

  test('says when to come back', async () => {
    const bridge = startBridge({
      client: clientAt(new URL(await closedPort()).host),
      temporalTimeoutMs: 100,
    });
    const body = eventOf(tag);
    const headers = { ...sign(body), 'content-type': 'application/json' };
    const response = await bridge.app.inject({ method: 'POST', url: webhookPath, headers, payload: body });
    expect(response.headers['retry-after']).toBe('5');
  });

  test('between the look at the run and the signal: 503, and nothing is claimed', async () => {
    const client = await connect({ signal: () => Promise.reject(new Error('Temporal went away')) });
    const waiting = await startRun(client);
    const bridge = startBridge({ client });
    expect(await deliverTo(bridge, eventOf(waiting.tag))).toEqual(unavailable);
    expect(await wakeUpsOf(waiting.handle)).toEqual([]);
  });
});

async function listen(bridge: TestBridge): Promise<string> {
  return bridge.app.listen({ host: '127.0.0.1', port: 0 });
}

describe('over a socket', () => {
  test('a webhook is delivered', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const url = await listen(startBridge({ client }));
    const body = eventOf(tag);
    const response = await fetch(`${url}${webhookPath}`, {
      method: 'POST',
      headers: { ...sign(body) },
      body,
    });
    expect({ status: response.status, body: await response.text() }).toEqual(delivered);
    expect(await wakeUpsOf(handle)).toHaveLength(1);
  });

  test.each(['with its length', 'in pieces'])('10 MB sent %s are refused', async (how) => {
    const bridge = startBridge({ client: await connect() });
    const url = await listen(bridge);
    const length = 10 * 1024 * 1024;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      let answered = false;
      const sent = httpRequest(`${url}${webhookPath}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(how === 'with its length' ? { 'content-length': length } : {}),
        },
      });
      sent.on('response', (response) => {
        answered = true;
        response.resume();
        resolve(response.statusCode);
      });
      // The bridge need not read to the end what it has refused.
      sent.on('error', (error) => {
        if (!answered) reject(error);
      });
      sent.end(Buffer.alloc(length, 'a'));
    });
    expect(status).toBe(413);
    // Nothing else is harmed.
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test('closing finishes the webhook that is under way, and takes no more', async () => {
    const { client, arrived, goOn } = await connectHeld();
    const { handle, tag } = await startRun(client);
    const bridge = startBridge({ client });
    const url = await listen(bridge);
    const body = eventOf(tag);
    const answer = fetch(`${url}${webhookPath}`, { method: 'POST', headers: { ...sign(body) }, body });
    await arrived;
    const closed = bridge.app.close();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
    goOn();
    expect((await answer).status).toBe(200);
    await closed;
    expect(await wakeUpsOf(handle)).toHaveLength(1);
  });
});
