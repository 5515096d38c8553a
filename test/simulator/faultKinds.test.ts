import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import OpenAI, {
  APIConnectionError,
  APIError,
  ConflictError,
  InternalServerError,
  RateLimitError,
} from 'openai';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import type { HttpFault, WebhookFault } from '../../simulator/index.ts';
import { httpFault, webhookFault } from '../../simulator/faults/table.ts';
import {
  control,
  createThread,
  reached,
  scripted,
  SECRET,
  send,
  statusesOf,
  useReceiver,
  useSimulator,
} from './support.ts';

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
const { webhooks } = new OpenAI({ apiKey: 'none' });

describe('errors', () => {
  it.each([
    ['rate_limit_exceeded', 'requests', 'Rate limit reached'],
    ['slow_down', 'requests', 'reduce your request rate'],
    ['insufficient_quota', 'insufficient_quota', 'You exceeded your current quota'],
    ['credit_balance_exhausted', 'insufficient_quota', 'You exceeded your current quota'],
    ['organization_spend_limit_exceeded', 'insufficient_quota', 'You exceeded your current quota'],
    ['project_spend_limit_exceeded', 'insufficient_quota', 'You exceeded your current quota'],
    ['organization_usage_limit_exceeded', 'insufficient_quota', 'You exceeded your current quota'],
  ])('429 %s has its type and text', async (code, type, message) => {
    const simulator = await useSimulator();
    simulator.addFault({ on: 'webhookEndpoints.list', fault: { kind: 'status', status: 429, code } });
    const error = await failure(simulator.client.webhooks.list());
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code, type, message: expect.stringContaining(message) });
  });

  it.each([
    [408, null, APIError],
    [409, null, ConflictError],
    [500, null, InternalServerError],
    [503, 'server_is_overloaded', InternalServerError],
  ] as const)('%i has the code %s', async (status, code, kind) => {
    const simulator = await useSimulator();
    simulator.addFault({ on: '*', fault: { kind: 'status', status } });
    const error = await failure(simulator.client.webhooks.list());
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status, code });
  });

  it('say when to come back in each of the three ways, and whether to', async () => {
    const simulator = await useSimulator();
    const headersOf = async (fault: Omit<Extract<HttpFault, { kind: 'status' }>, 'kind' | 'status'>) => {
      simulator.addFault({ on: '*', fault: { kind: 'status', status: 429, ...fault } });
      return (await send(simulator, 'GET', '/assistants')).headers;
    };
    expect((await headersOf({})).has('retry-after')).toBe(false);
    expect((await headersOf({ retryAfter: { seconds: 7 } })).get('retry-after')).toBe('7');
    expect((await headersOf({ retryAfter: { ms: 250 } })).get('retry-after-ms')).toBe('250');
    const date = (await headersOf({ retryAfter: { dateInMs: 60_000 } })).get('retry-after') ?? '';
    expect(date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
    expect(Math.abs(Date.parse(date) - Date.now() - 60_000)).toBeLessThan(10_000);
    expect((await headersOf({ shouldRetry: false })).get('x-should-retry')).toBe('false');
  });

  it('are obeyed by the official client', async () => {
    const simulator = await useSimulator();
    const client = new OpenAI({ apiKey: 'sk-simulator', baseURL: simulator.baseURL, maxRetries: 2 });
    simulator.addFault({
      on: '*',
      times: 2,
      fault: { kind: 'status', status: 429, retryAfter: { ms: 1 } },
    });
    await client.webhooks.list();
    simulator.addFault({ on: '*', fault: { kind: 'status', status: 500, shouldRetry: false } });
    await expect(client.webhooks.list()).rejects.toThrow('500');
    expect(simulator.log.counts()).toEqual({ 'webhookEndpoints.list': 4 });
  });
});

describe('connections', () => {
  it('reset after the work: it was done', async () => {
    const simulator = await useSimulator();
    const threadId = await createThread(simulator.client, 'Hello');
    simulator.addFault({ on: 'runs.create', fault: { kind: 'reset', when: 'after' } });
    const error = await failure(simulator.client.beta.threads.runs.create(threadId, { assistant_id }));
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(simulator.runs()).toHaveLength(1);
    expect(simulator.log.entries({ endpoint: 'runs.create' })).toMatchObject([{ outcome: 'dropped' }]);
  });

  it('refused: from a request on', async () => {
    const simulator = await useSimulator();
    simulator.addFault({ on: 'threads.create', fault: { kind: 'refuse', ms: 600_000 } });
    await expect(simulator.client.beta.threads.create()).rejects.toThrow(APIConnectionError);
    expect(await failure(fetch(simulator.url))).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(simulator.log.entries({ endpoint: 'threads.create' })).toMatchObject([
      { outcome: 'reset', status: null },
    ]);
  });

  it('refused: by order, after the answer', async () => {
    const simulator = await useSimulator();
    expect(await control(simulator, 'POST', '/refuse', { ms: 600_000 })).toEqual({ refusingForMs: 600_000 });
    await expect
      .poll(() => failure(fetch(simulator.url)), { timeout: 10_000 })
      .toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('refused for a while, then there again, on the same port', async () => {
    const simulator = await useSimulator();
    simulator.refuse(20);
    await expect.poll(() => failure(simulator.client.webhooks.list()), { timeout: 10_000 }).toBeUndefined();
  });

  it('cut in the middle of a body', async () => {
    const simulator = await useSimulator();
    simulator.addFault({ on: 'assistants.list', fault: { kind: 'truncate', cut: true } });
    const response = await send(simulator, 'GET', '/assistants');
    expect(response.status).toBe(200);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    await expect(response.text()).rejects.toThrow('terminated');
  });
});

describe('objects', () => {
  it('unknown_status: a status that nobody knows, in one reply', async () => {
    const simulator = await useSimulator();
    simulator.addFault({ on: 'responses.retrieve', fault: { kind: 'unknown_status', status: 'pondering' } });
    const { id } = await simulator.client.responses.create({ model: 'gpt-sim', input: 'Hello' });
    expect((await simulator.client.responses.retrieve(id)).status).toBe('pondering');
    expect((await simulator.client.responses.retrieve(id)).status).toBe('completed');
  });

  it.each(['queued', 'in_progress'] as const)('stuck in %s: a run, until it expires', async (status) => {
    const simulator = await useSimulator({ time: 'stepped' });
    const threadId = await createThread(simulator.client, 'Hello');
    simulator.addFault({ on: 'runs.create', fault: { kind: 'stuck', status } });
    const { id } = await simulator.client.beta.threads.runs.create(threadId, { assistant_id });
    await simulator.advance(500_000);
    expect(statusesOf(simulator, id).at(-1)).toBe(status);
    await simulator.advance(200_000);
    expect(statusesOf(simulator, id).at(-1)).toBe('expired');
  });

  it('stuck in cancelling: a cancel that never ends', async () => {
    const simulator = await useSimulator({ time: 'stepped' });
    const threadId = await createThread(simulator.client, 'Hello');
    const { runs } = simulator.client.beta.threads;
    const { id } = await runs.create(threadId, { assistant_id });
    simulator.addFault({ on: 'runs.cancel', fault: { kind: 'stuck', status: 'cancelling' } });
    await runs.cancel(id, { thread_id: threadId });
    await simulator.advance(500_000);
    expect(statusesOf(simulator, id)).toEqual(['queued', 'cancelling']);
  });

  it.each(['queued', 'in_progress'] as const)(
    'stuck in %s: a response, until it is cancelled',
    async (status) => {
      const simulator = await useSimulator({ time: 'stepped' });
      const { responses } = simulator.client;
      simulator.addFault({ on: 'responses.create', fault: { kind: 'stuck', status } });
      const { id } = await responses.create({ model: 'gpt-sim', input: 'Hello', background: true });
      await simulator.advance(86_400_000);
      expect((await responses.retrieve(id)).status).toBe(status);
      expect((await responses.cancel(id)).status).toBe('cancelled');
    },
  );
});

/** A run that completes, and the fault on the first try of its event. */
async function deliverWith(fault: WebhookFault, ...answers: number[]) {
  const receiver = await useReceiver(...answers);
  const simulator = await useSimulator({ time: 'stepped', redeliverAfterMs: 1000 });
  simulator.addWebhook({ url: receiver.url, secret: SECRET });
  simulator.addFault({ on: 'webhook:*', fault });
  const threadId = await createThread(simulator.client, 'Hello');
  const { id } = await simulator.client.beta.threads.runs.create(threadId, { assistant_id });
  await simulator.advance(100);
  return { receiver, simulator, id };
}

describe('webhooks', () => {
  it('future_timestamp: refused by the receiver, then sent properly', async () => {
    const { receiver, simulator } = await deliverWith({ kind: 'future_timestamp' }, 400, 200);
    await simulator.advance(1000);
    const [first, second] = receiver.received.map(({ headers, body }) =>
      webhooks.verifySignature(body, headers, SECRET),
    );
    await expect(first).rejects.toThrow('too new');
    await expect(second).resolves.toBeUndefined();
  });

  it('receiver_error: it has the event, and gets it again', async () => {
    const { receiver, simulator } = await deliverWith({ kind: 'receiver_error' }, 200);
    expect(receiver.received).toHaveLength(1);
    expect(simulator.deliveries()).toMatchObject([
      { state: 'pending', tries: [{ status: 500, error: 'answered 500 (a fault)' }] },
    ]);
    await simulator.advance(1000);
    expect(simulator.deliveries()).toMatchObject([{ state: 'acknowledged', tries: [{}, { status: 200 }] }]);
    expect(new Set(receiver.received.map(({ headers }) => headers.get('webhook-id'))).size).toBe(1);
  });

  it('receiver_error, not delivered: nothing reaches it, no answer comes', async () => {
    const fault = { kind: 'receiver_error', delivered: false, status: null } as const;
    const { receiver, simulator } = await deliverWith(fault, 200);
    expect(receiver.received).toHaveLength(0);
    expect(simulator.deliveries()).toMatchObject([
      { tries: [{ status: null, error: 'no answer (a fault)' }] },
    ]);
    await simulator.advance(1000);
    expect(receiver.received).toHaveLength(1);
  });

  it('out_of_order: the next event overtakes', async () => {
    const { receiver, simulator, id } = await deliverWith({ kind: 'out_of_order' }, 200);
    expect(receiver.received).toHaveLength(0);
    const threadId = await createThread(simulator.client, 'Hello');
    const next = await simulator.client.beta.threads.runs.create(threadId, { assistant_id });
    await simulator.advance(100);
    expect(receiver.received.map(({ body }) => JSON.parse(body).data.id)).toEqual([next.id, id]);
  });

  it('out_of_order: not for ever', async () => {
    const { receiver, simulator } = await deliverWith({ kind: 'out_of_order', withinMs: 5000 }, 200);
    await simulator.advance(4000);
    expect(receiver.received).toHaveLength(0);
    await simulator.advance(1000);
    expect(receiver.received).toHaveLength(1);
  });

  it('lose is in the delivery log', async () => {
    const { simulator } = await deliverWith({ kind: 'lose' }, 200);
    expect(simulator.deliveries()).toMatchObject([{ state: 'lost', tries: [] }]);
  });

  it('after_webhook: they come before the create reply', async () => {
    const events: string[] = [];
    const server = createServer((_request, response) => {
      events.push('webhook');
      response.end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const simulator = await useSimulator({ webhooks: [{ url: `http://127.0.0.1:${port}`, secret: SECRET }] });
    simulator.addFault({ on: 'runs.create', fault: { kind: 'after_webhook', type: 'thread.run.completed' } });
    const threadId = await createThread(simulator.client, 'Hello');
    const run = await simulator.client.beta.threads.runs.create(threadId, { assistant_id });
    events.push('reply');
    expect(events).toEqual(['webhook', 'reply']);
    expect(run.status).toBe('queued');
    expect(statusesOf(simulator, run.id)).toContain('completed');
  });

  it('after_webhook: without one the reply is only late', async () => {
    const simulator = await useSimulator({ timeScale: 1000 });
    simulator.addFault({ on: 'responses.create', fault: { kind: 'after_webhook', withinMs: 10_000 } });
    await simulator.client.responses.create({ model: 'gpt-sim', input: 'Hello' });
    const [entry] = simulator.log.entries({ endpoint: 'responses.create' });
    expect(entry?.kind === 'request' && entry.durationMs).toBeGreaterThan(9);
  });
});

/** The answers to sixty calls, a third of which fail. */
const story = async (seed: string) => {
  const simulator = await useSimulator({ seed });
  simulator.addFault({ on: 'webhookEndpoints.list', rate: 0.3, fault: { kind: 'status', status: 500 } });
  const statuses: number[] = [];
  for (let call = 0; call < 60; call += 1)
    statuses.push((await send(simulator, 'GET', '/webhook_endpoints')).status);
  expect(simulator.faults()).toMatchObject([{ times: null, matched: 60 }]);
  return statuses;
};

describe('rules', () => {
  it('hit at a rate, the same ones with the same seed', async () => {
    const once = await story('a');
    expect(await story('a')).toEqual(once);
    expect(await story('b')).not.toEqual(once);
    const hit = once.filter((status) => status === 500).length;
    expect(hit).toBeGreaterThan(8);
    expect(hit).toBeLessThan(30);
  });

  it('with a rate and times end after so many', async () => {
    const simulator = await useSimulator();
    simulator.addFault({ on: '*', rate: 1, times: 2, fault: { kind: 'status', status: 500 } });
    const statuses: number[] = [];
    for (let call = 0; call < 3; call += 1)
      statuses.push((await send(simulator, 'GET', '/assistants')).status);
    expect(statuses).toEqual([500, 500, 200]);
  });

  it('concern one run or response', async () => {
    const simulator = await useSimulator();
    const { runs } = simulator.client.beta.threads;
    const threadId = await createThread(simulator.client, 'Hello');
    const { id } = await runs.create(threadId, { assistant_id, metadata: scripted({}) });
    await reached(simulator, id, 'completed');
    const other = await runs.create(threadId, { assistant_id });
    const match = { runId: id };
    simulator.addFault({ on: 'runs.retrieve', match, fault: { kind: 'status', status: 500 } });
    await runs.retrieve(other.id, { thread_id: threadId });
    await expect(runs.retrieve(id, { thread_id: threadId })).rejects.toThrow('500');
  });

  it.each([{ rate: 2 }, { rate: -0.1 }, { times: 0 }])('are refused with %j', async (part) => {
    const simulator = await useSimulator();
    expect(() => simulator.addFault({ on: '*', ...part, fault: { kind: 'reset' } })).toThrow(
      'Not a fault rule',
    );
  });
});

const kindsOf = (options: readonly { shape: { kind: { value: string } } }[]) =>
  options.map(({ shape }) => shape.kind.value);

it('every fault is in the README’s table, and nothing else is', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../simulator/README.md'), 'utf8');
  const written = [...readme.matchAll(/^\| (request|delivery) +\| `\{"kind":"(\w+)"/gm)].map(
    ([, on, kind]) => `${on} ${kind}`,
  );
  expect(written.toSorted()).toEqual(
    [
      ...kindsOf(httpFault.options).map((kind) => `request ${kind}`),
      ...kindsOf(webhookFault.options).map((kind) => `delivery ${kind}`),
    ].toSorted(),
  );
});
