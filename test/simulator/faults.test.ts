import { describe, expect, it } from 'vitest';
import { APIConnectionError, InternalServerError, RateLimitError } from 'openai';
import OpenAI from 'openai';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import type { LogEntry } from '../../simulator/index.ts';
import { SECRET, createThread, send, useReceiver, useSimulator } from './support.ts';

const acknowledged = (entry: LogEntry) => entry.kind === 'delivery' && entry.error === null;

describe('faults of requests', () => {
  it('drop_reply: the run exists, the caller does not know', async () => {
    const simulator = await useSimulator();
    const threadId = await createThread(simulator.client, 'Hello');
    simulator.addFault({ on: 'runs.create', fault: { kind: 'drop_reply' } });
    await expect(
      simulator.client.beta.threads.runs.create(threadId, { assistant_id, metadata: { tag: 'lost' } }),
    ).rejects.toThrow(APIConnectionError);
    expect(simulator.runs()).toMatchObject([{ thread_id: threadId, metadata: { tag: 'lost' } }]);
    expect(simulator.log.entries({ endpoint: 'runs.create' })).toMatchObject([
      {
        status: null,
        outcome: 'dropped',
        threadId,
        runId: simulator.runs()[0]?.id,
        metadata: { tag: 'lost' },
      },
    ]);
  });

  it('reset: nothing was done', async () => {
    const simulator = await useSimulator();
    const threadId = await createThread(simulator.client, 'Hello');
    simulator.addFault({ on: 'runs.create', fault: { kind: 'reset' } });
    await expect(simulator.client.beta.threads.runs.create(threadId, { assistant_id })).rejects.toThrow(
      APIConnectionError,
    );
    expect(simulator.runs()).toEqual([]);
    expect(simulator.log.entries({ endpoint: 'runs.create' })).toMatchObject([
      { status: null, outcome: 'reset' },
    ]);
  });

  it('status: with the usual text, or with code, message and headers of one’s own', async () => {
    const simulator = await useSimulator();
    simulator.addFault({ on: 'threads.create', fault: { kind: 'status', status: 500 } });
    simulator.addFault({
      on: 'threads.create',
      fault: {
        kind: 'status',
        status: 429,
        code: 'slow_down',
        message: 'Slower.',
        headers: { 'retry-after': '7' },
      },
    });
    await expect(simulator.client.beta.threads.create()).rejects.toThrow(InternalServerError);
    const limited = await simulator.client.beta.threads.create().catch((error: unknown) => error);
    expect(limited).toBeInstanceOf(RateLimitError);
    expect(limited).toMatchObject({ message: '429 Slower.', code: 'slow_down', type: 'requests' });
    expect(limited instanceof RateLimitError && limited.headers.get('retry-after')).toBe('7');
    await simulator.client.beta.threads.create();
    expect(simulator.log.counts()).toEqual({ 'threads.create': 3 });
  });

  it('status after the work: a 500 that proves nothing', async () => {
    const simulator = await useSimulator();
    const threadId = await createThread(simulator.client, 'Hello');
    simulator.addFault({ on: 'runs.create', fault: { kind: 'status', status: 500, when: 'after' } });
    await expect(simulator.client.beta.threads.runs.create(threadId, { assistant_id })).rejects.toThrow(
      InternalServerError,
    );
    expect(simulator.runs()).toHaveLength(1);
  });

  it('html and truncate: replies that are no JSON', async () => {
    const simulator = await useSimulator();
    simulator.addFault({ on: 'assistants.list', fault: { kind: 'html' } });
    simulator.addFault({ on: 'assistants.list', fault: { kind: 'truncate' } });
    const html = await send(simulator, 'GET', '/assistants');
    expect([html.status, html.headers.get('content-type')]).toEqual([502, 'text/html']);
    const truncated = await send(simulator, 'GET', '/assistants');
    expect(truncated.status).toBe(200);
    await expect(truncated.json()).rejects.toThrow(SyntaxError);
    expect((await send(simulator, 'GET', '/assistants')).status).toBe(200);
  });

  it('delay: in simulated time, after the work or before it', async () => {
    const simulator = await useSimulator({ timeScale: 10_000 });
    const threadId = await createThread(simulator.client, 'Hello');
    for (const when of ['after', 'before'] as const) {
      simulator.addFault({ on: 'runs.retrieve', fault: { kind: 'delay', ms: 100_000, when } });
    }
    const { id } = await simulator.client.beta.threads.runs.create(threadId, { assistant_id });
    for (let read = 0; read < 2; read += 1) {
      await simulator.client.beta.threads.runs.retrieve(id, { thread_id: threadId });
    }
    const [late] = simulator.log.entries({ endpoint: 'runs.retrieve' });
    expect(late?.kind === 'request' && late.durationMs).toBeGreaterThan(9);
    expect(simulator.faults().map((rule) => rule.applied)).toEqual([1, 1]);
  });

  it('concern what they match, after so many, so often', async () => {
    const simulator = await useSimulator();
    simulator.addFault({
      id: 'mine',
      on: '*',
      match: { metadata: { tag: 'x' } },
      after: 1,
      times: 2,
      fault: { kind: 'status', status: 503 },
    });
    const create = async (tag: string) => {
      const response = await send(simulator, 'POST', '/threads', JSON.stringify({ metadata: { tag } }));
      return response.status;
    };
    const statuses: number[] = [];
    for (const tag of ['x', 'y', 'x', 'x', 'y', 'x']) statuses.push(await create(tag));
    expect(statuses).toEqual([200, 200, 503, 503, 200, 200]);
    expect(simulator.log.entries({ kind: 'fault' })).toMatchObject([
      { ruleId: 'mine', on: 'threads.create', fault: 'status', metadata: { tag: 'x' } },
      { ruleId: 'mine' },
    ]);
    expect(simulator.faults()).toMatchObject([{ id: 'mine', matched: 4, applied: 2 }]);
  });

  it('concern runs by their own metadata', async () => {
    const simulator = await useSimulator();
    const { runs } = simulator.client.beta.threads;
    simulator.addFault({
      on: 'runs.retrieve',
      times: null,
      match: { metadata: { tag: 'x' } },
      fault: { kind: 'status', status: 500 },
    });
    const read = async (tag: string) => {
      const thread_id = await createThread(simulator.client, 'Hello');
      const { id } = await runs.create(thread_id, { assistant_id, metadata: { tag } });
      return runs.retrieve(id, { thread_id });
    };
    await expect(read('x')).rejects.toThrow('500');
    await expect(read('y')).resolves.toMatchObject({ metadata: { tag: 'y' } });
  });

  it.each([
    [{ on: 'runs.invent', fault: { kind: 'reset' } }, 'on'],
    [{ on: 'runs.create', fault: { kind: 'lose' } }, 'fault'],
    [{ on: 'webhook:*', fault: { kind: 'reset' } }, 'fault'],
    [{ on: '*', fault: { kind: 'status', status: 200 } }, 'status'],
  ])('are refused when they make no sense: %j', async (rule, where) => {
    const simulator = await useSimulator();
    const response = await fetch(`${simulator.url}/_simulator/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rule),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(where);
  });
});

describe('faults of webhooks', () => {
  const { webhooks } = new OpenAI({ apiKey: 'none' });
  it('lose: the event never comes', async () => {
    const receiver = await useReceiver(200);
    const simulator = await useSimulator({ webhooks: [{ url: receiver.url, secret: SECRET }] });
    const { runs } = simulator.client.beta.threads;
    simulator.addFault({ on: 'webhook:thread.run.completed', fault: { kind: 'lose' } });
    const first = await runs.create(await createThread(simulator.client, 'one'), { assistant_id });
    await simulator.log.waitFor((entry) => entry.kind === 'fault');
    const second = await runs.create(await createThread(simulator.client, 'two'), { assistant_id });
    await simulator.log.waitFor(acknowledged);
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]?.body).toContain(second.id);
    expect(simulator.log.entries({ kind: 'fault' })).toMatchObject([{ runId: first.id, fault: 'lose' }]);
  });

  it('double: the same event comes several times', async () => {
    const receiver = await useReceiver(200);
    const simulator = await useSimulator({ webhooks: [{ url: receiver.url, secret: SECRET }] });
    simulator.addFault({ on: 'webhook:*', fault: { kind: 'double', times: 3 } });
    await simulator.client.beta.threads.runs.create(await createThread(simulator.client, 'one'), {
      assistant_id,
    });
    await simulator.log.waitFor(() => simulator.log.entries({ kind: 'delivery' }).length === 3);
    expect(new Set(receiver.received.map(({ headers }) => headers.get('webhook-id'))).size).toBe(1);
  });

  it.each([
    ['bad_signature', 'does not match'],
    ['old_timestamp', 'too old'],
  ] as const)('%s: refused by the receiver, then sent properly', async (kind, why) => {
    const receiver = await useReceiver(400, 200);
    const simulator = await useSimulator({ webhooks: [{ url: receiver.url, secret: SECRET }] });
    simulator.addFault({ on: 'webhook:*', fault: { kind } });
    await simulator.client.beta.threads.runs.create(await createThread(simulator.client, 'one'), {
      assistant_id,
    });
    await simulator.log.waitFor(acknowledged);
    const verify = (index: number) => {
      const { headers, body } = receiver.received[index] ?? { headers: new Headers(), body: '' };
      return webhooks.verifySignature(body, headers, SECRET);
    };
    await expect(verify(0)).rejects.toThrow(why);
    await expect(verify(1)).resolves.toBeUndefined();
  });

  it('delay: later events overtake', async () => {
    const receiver = await useReceiver(200);
    const simulator = await useSimulator({ webhooks: [{ url: receiver.url, secret: SECRET }] });
    simulator.addFault({ on: 'webhook:*', fault: { kind: 'delay', ms: 500 } });
    const { runs } = simulator.client.beta.threads;
    const first = await runs.create(await createThread(simulator.client, 'one'), { assistant_id });
    await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === 'completed');
    const second = await runs.create(await createThread(simulator.client, 'two'), { assistant_id });
    await simulator.log.waitFor((entry) => acknowledged(entry) && entry.runId === first.id);
    expect(simulator.log.entries({ kind: 'delivery' }).map((entry) => entry.runId)).toEqual([
      second.id,
      first.id,
    ]);
  });
});
