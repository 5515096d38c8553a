import { describe, expect, it } from 'vitest';
import type OpenAI from 'openai';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import { OFFICIAL_EVENT_TYPES } from '../../simulator/webhooks/catalogue.ts';
import { createThread, readError, send, useReceiver, useSimulator } from './support.ts';
import type { Received } from './support.ts';

const HOUR_MS = 3_600_000;

async function useEndpoint(...answers: number[]) {
  const receiver = await useReceiver(...answers);
  const simulator = await useSimulator({ time: 'stepped' });
  const { webhooks } = simulator.client;
  const endpoint = await webhooks.create({
    name: 'mine',
    url: receiver.url,
    event_types: ['response.completed', 'response.failed'],
  });
  return { receiver, simulator, webhooks, endpoint };
}

/** Makes an event, and gives what the receiver got of it. */
async function nextEvent({
  simulator,
  receiver,
}: Awaited<ReturnType<typeof useEndpoint>>): Promise<Received> {
  await simulator.client.responses.create({ model: 'gpt-sim', input: 'Hello', background: true });
  await simulator.advance(1000);
  const received = receiver.received.at(-1);
  if (received === undefined) throw new Error('Nothing was delivered.');
  return received;
}

describe('webhook endpoints', () => {
  it('are created with a secret that is never shown again', async () => {
    const { webhooks, endpoint, receiver } = await useEndpoint(200);
    const { signing_secret: secret, ...shown } = endpoint;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(shown).toEqual({
      id: expect.stringMatching(/^whe_/),
      object: 'webhook_endpoint',
      created_at: expect.any(Number),
      updated_at: shown.created_at,
      name: 'mine',
      url: receiver.url,
      event_types: ['response.completed', 'response.failed'],
      signing_secret_hint: `whsec_...${secret.slice(-4)}`,
    });
    expect(await webhooks.retrieve(endpoint.id)).toEqual(shown);
    expect((await webhooks.list()).data).toEqual([shown]);
  });

  it('are listed newest first, page by page', async () => {
    const simulator = await useSimulator();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) {
      await simulator.client.webhooks.create({
        name,
        url: 'https://example.com/hook',
        event_types: ['batch.completed'],
      });
    }
    const listed: string[] = [];
    for await (const { name } of simulator.client.webhooks.list({ limit: 2 })) listed.push(name);
    expect(listed).toEqual(names.toReversed());
  });

  it('are updated in part; nothing changed, nothing moves', async () => {
    const { webhooks, endpoint, simulator } = await useEndpoint(200);
    await simulator.advance(5000);
    expect((await webhooks.update(endpoint.id, { name: 'mine' })).updated_at).toBe(endpoint.created_at);
    expect((await webhooks.update(endpoint.id)).updated_at).toBe(endpoint.created_at);
    const updated = await webhooks.update(endpoint.id, { event_types: ['batch.failed'] });
    expect(updated).toMatchObject({ name: 'mine', url: endpoint.url, event_types: ['batch.failed'] });
    expect(updated.updated_at).toBe(endpoint.created_at + 5);
  });

  it('are deleted, and what was pending for them with them', async () => {
    const used = await useEndpoint(500);
    await nextEvent(used);
    const { webhooks, endpoint, simulator } = used;
    expect(await webhooks.delete(endpoint.id)).toEqual({
      id: endpoint.id,
      object: 'webhook_endpoint.deleted',
      deleted: true,
    });
    await expect(webhooks.retrieve(endpoint.id)).rejects.toThrow(
      `404 No webhook endpoint found with id '${endpoint.id}'.`,
    );
    const tries = used.receiver.received.length;
    await simulator.advance(HOUR_MS);
    expect(used.receiver.received).toHaveLength(tries);
    expect(simulator.deliveries()).toMatchObject([{ state: 'cancelled' }]);
  });

  it('are tested with a sample of any type, signed, once', async () => {
    const { webhooks, endpoint, receiver, simulator } = await useEndpoint(200, 503);
    const test = (event_type: OpenAI.Webhooks.WebhookTestParams['event_type']) =>
      webhooks.test(endpoint.id, { event_type });
    for (const status_code of [200, 503]) {
      expect(await test('agent.session.created')).toEqual({
        object: 'webhook_endpoint.test',
        webhook_endpoint_id: endpoint.id,
        event_type: 'agent.session.created',
        status_code,
        success: true,
      });
    }
    await simulator.advance(HOUR_MS);
    expect(receiver.received).toHaveLength(2);
    const [{ headers, body } = { headers: new Headers(), body: '' }] = receiver.received;
    expect(await webhooks.unwrap(body, headers, endpoint.signing_secret)).toMatchObject({
      type: 'agent.session.created',
      data: { id: expect.any(String), environment_type: 'none' },
    });
  });

  it('say that a test got no answer', async () => {
    const simulator = await useSimulator();
    const { id } = await simulator.client.webhooks.create({
      name: 'nobody',
      url: 'http://127.0.0.1:9/',
      event_types: ['response.completed'],
    });
    await expect(simulator.client.webhooks.test(id, { event_type: 'response.completed' })).rejects.toThrow(
      '400 The webhook endpoint did not answer the test event',
    );
  });

  it('have a sample for every type', async () => {
    const { webhooks, endpoint, receiver } = await useEndpoint(200);
    for (const event_type of OFFICIAL_EVENT_TYPES) await webhooks.test(endpoint.id, { event_type });
    const sent = receiver.received.map(({ body }) => JSON.parse(body).type);
    expect(sent).toEqual(OFFICIAL_EVENT_TYPES);
  });

  it('know the official types, and those of Assistants runs', async () => {
    const simulator = await useSimulator();
    const { object, data } = await simulator.client.webhooks.eventTypes.list();
    expect(object).toBe('list');
    expect(data).toEqual(expect.arrayContaining([...OFFICIAL_EVENT_TYPES, 'thread.run.requires_action']));
    expect(data).toHaveLength(37);
  });

  it.each([
    [{ name: 'x', event_types: ['batch.completed'] }, "Missing required parameter: 'url'."],
    [{ name: '', url: 'https://a.b', event_types: ['batch.completed'] }, "Invalid 'name': string too short."],
    [{ name: 'x', url: 'http://example.com/', event_types: ['batch.completed'] }, 'absolute HTTPS URL'],
    [{ name: 'x', url: 'hook', event_types: ['batch.completed'] }, 'absolute HTTPS URL'],
    [{ name: 'x', url: 'https://a.b', event_types: [] }, "Invalid 'event_types': array too short."],
    [
      { name: 'x', url: 'https://a.b', event_types: ['run.done'] },
      "Invalid value: 'run.done'. Supported values",
    ],
    [
      { name: 'x', url: 'https://a.b', event_types: ['batch.failed'], secret: 's' },
      "Unknown parameter: 'secret'.",
    ],
  ])('refuse %j', async (body, message) => {
    const simulator = await useSimulator();
    const response = await send(simulator, 'POST', '/webhook_endpoints', JSON.stringify(body));
    expect(response.status).toBe(400);
    expect(readError(await response.text()).message).toContain(message);
  });

  it.each([
    ['never', 'http://127.0.0.1:1/', 400],
    ['loopback', 'http://localhost:1/', 200],
    ['loopback', 'http://127.0.0.1.evil.example/', 400],
    ['any', 'http://bridge:8088/hook', 200],
    ['never', 'https://example.com/', 200],
  ] as const)('with httpWebhooks %s: %s is answered %i', async (httpWebhooks, url, status) => {
    const simulator = await useSimulator({ httpWebhooks });
    const body = JSON.stringify({ name: 'x', url, event_types: ['batch.completed'] });
    expect((await send(simulator, 'POST', '/webhook_endpoints', body)).status).toBe(status);
  });
});

describe('rotating a secret', () => {
  it('kills the old one at once', async () => {
    const used = await useEndpoint(200);
    const rotated = await used.webhooks.rotateSecret(used.endpoint.id);
    expect(rotated.signing_secret).not.toBe(used.endpoint.signing_secret);
    const { body, headers } = await nextEvent(used);
    await expect(used.webhooks.unwrap(body, headers, rotated.signing_secret)).resolves.toBeDefined();
    await expect(used.webhooks.unwrap(body, headers, used.endpoint.signing_secret)).rejects.toThrow('match');
  });

  it('or keeps it for 24 hours, in which both sign', async () => {
    const used = await useEndpoint(200);
    const rotated = await used.webhooks.rotateSecret(used.endpoint.id, {
      keep_old_secret_active_for_24_hours: true,
    });
    const verified = async (event: Received) =>
      Promise.all(
        [rotated, used.endpoint].map(({ signing_secret: secret }) =>
          used.webhooks.unwrap(event.body, event.headers, secret).then(
            () => true,
            () => false,
          ),
        ),
      );
    const during = await nextEvent(used);
    expect(during.headers.get('webhook-signature')?.split(' ')).toHaveLength(2);
    expect(await verified(during)).toEqual([true, true]);
    await used.simulator.advance(23 * HOUR_MS);
    expect(await verified(await nextEvent(used))).toEqual([true, true]);
    await used.simulator.advance(HOUR_MS);
    const after = await nextEvent(used);
    expect(after.headers.get('webhook-signature')?.split(' ')).toHaveLength(1);
    expect(await verified(after)).toEqual([true, false]);
  });
});

describe('the delivery log', () => {
  it('has every try and its answer, and is filtered', async () => {
    const receiver = await useReceiver(500, 200);
    const simulator = await useSimulator({ time: 'stepped', redeliverAfterMs: 1000 });
    simulator.addWebhook({ url: receiver.url, secret: 's' });
    const create = async (tag: string) => {
      const threadId = await createThread(simulator.client, 'Hello');
      const run = { assistant_id, metadata: { tag } };
      const { id } = await simulator.client.beta.threads.runs.create(threadId, run);
      await simulator.advance(100);
      return id;
    };
    const first = await create('a');
    const second = await create('b');
    const startedAt = simulator.deliveries({ runId: first })[0]?.createdAtMs ?? 0;
    expect(simulator.deliveries()).toMatchObject([
      {
        runId: first,
        state: 'pending',
        nextTryAtMs: startedAt + 1000,
        tries: [{ try: 1, atMs: startedAt, status: 500, error: 'answered 500' }],
      },
      { runId: second, state: 'acknowledged', nextTryAtMs: null, tries: [{ status: 200, error: null }] },
    ]);
    const list = async (query: string) => {
      const response = await fetch(`${simulator.url}/_simulator/deliveries?${query}`);
      const { deliveries }: { deliveries: { runId: string }[] } = JSON.parse(await response.text());
      return deliveries.map(({ runId }) => runId);
    };
    expect(await list('')).toEqual([first, second]);
    expect(await list('state=pending')).toEqual([first]);
    expect(await list(`runId=${second}`)).toEqual([second]);
    expect(await list('metadata.tag=a&type=thread.run.completed')).toEqual([first]);
    expect(await list('type=thread.run.failed')).toEqual([]);
    await simulator.advance(1000);
    expect(simulator.deliveries({ runId: first })).toMatchObject([
      { state: 'acknowledged', tries: [{ status: 500 }, { try: 2, atMs: startedAt + 1000, status: 200 }] },
    ]);
  });

  it('delivers again on demand: the same event, signed anew', async () => {
    const receiver = await useReceiver(500, 200);
    const simulator = await useSimulator({ time: 'stepped', redeliverAfterMs: 1000 });
    simulator.addWebhook({ url: receiver.url, secret: 's' });
    await simulator.client.responses.create({ model: 'gpt-sim', input: 'Hello', background: true });
    await simulator.advance(100);
    const [{ webhookId } = { webhookId: '' }] = simulator.deliveries();
    const redeliver = async () => {
      const url = `${simulator.url}/_simulator/deliveries/${webhookId}/redeliver`;
      return JSON.parse(await (await fetch(url, { method: 'POST' })).text());
    };
    expect(await redeliver()).toMatchObject({
      state: 'acknowledged',
      tries: [{ status: 500 }, { status: 200 }],
    });
    expect(await redeliver()).toMatchObject({ tries: [{}, {}, { try: 3, status: 200 }] });
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(receiver.received.map(({ headers }) => headers.get('webhook-id')))).toEqual(
      new Set([webhookId]),
    );
    // The retry that was planned is off.
    await simulator.advance(HOUR_MS);
    expect(receiver.received).toHaveLength(3);
    const unknown = await fetch(`${simulator.url}/_simulator/deliveries/wh_x/redeliver`, { method: 'POST' });
    expect(unknown.status).toBe(404);
  });

  it('counts a receiver that takes too long as no answer', async () => {
    const silent = await useReceiver(0);
    const simulator = await useSimulator({ time: 'stepped', deliveryTimeoutMs: 20 });
    simulator.addWebhook({ url: silent.url, secret: 's' });
    await simulator.client.responses.create({ model: 'gpt-sim', input: 'Hello', background: true });
    await simulator.advance(3);
    expect(simulator.deliveries()).toMatchObject([
      { state: 'pending', tries: [{ status: null, error: 'no answer within 20 ms' }] },
    ]);
  });
});
