import { describe, expect, it } from 'vitest';
import OpenAI from 'openai';
import { RUN_EVENT_TYPES, SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import type { DeliveryEntry, LogEntry, Simulator } from '../../simulator/index.ts';
import { signWebhook } from '../../simulator/webhooks/sign.ts';
import { SECRET, createThread, reached, scripted, useReceiver, useSimulator } from './support.ts';

const { webhooks } = new OpenAI({ apiKey: 'none' });

function deliveries(simulator: Simulator): DeliveryEntry[] {
  return simulator.log
    .entries({ kind: 'delivery' })
    .flatMap((entry) => (entry.kind === 'delivery' ? [entry] : []));
}

const acknowledged = (entry: LogEntry) => entry.kind === 'delivery' && entry.error === null;

describe('webhooks', () => {
  it('carry the whole run, signed so that the official client accepts them', async () => {
    const receiver = await useReceiver(204);
    const simulator = await useSimulator({ webhooks: [{ url: receiver.url, secret: SECRET }] });
    const threadId = await createThread(simulator.client, 'Hello');
    const run = await simulator.client.beta.threads.runs.create(threadId, {
      assistant_id,
      metadata: { tag: 'w' },
    });
    await simulator.log.waitFor(acknowledged);

    const [{ headers, body } = { headers: new Headers(), body: '' }] = receiver.received;
    expect(Object.fromEntries(headers)).toMatchObject({
      'webhook-id': expect.stringMatching(/^wh_/),
      'content-type': 'application/json',
      'user-agent': 'OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)',
    });
    expect(Math.abs(Number(headers.get('webhook-timestamp')) - Date.now() / 1000)).toBeLessThan(60);
    const event: unknown = await webhooks.unwrap(body, headers, SECRET);
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_/),
      object: 'event',
      created_at: expect.any(Number),
      type: 'thread.run.completed',
      data: await simulator.client.beta.threads.runs.retrieve(run.id, { thread_id: threadId }),
    });
    expect(deliveries(simulator)).toMatchObject([
      {
        type: 'thread.run.completed',
        runId: run.id,
        threadId,
        try: 1,
        status: 204,
        error: null,
        metadata: { tag: 'w' },
      },
    ]);
  });

  it('are sent again, with the same id and body, until a 2xx', async () => {
    const receiver = await useReceiver(500, 302, 404, 200);
    const simulator = await useSimulator({ webhooks: [{ url: receiver.url, secret: SECRET }] });
    await simulator.client.beta.threads.runs.create(await createThread(simulator.client, 'Hello'), {
      assistant_id,
    });
    await simulator.log.waitFor(acknowledged);
    expect(deliveries(simulator).map((entry) => [entry.try, entry.status, entry.error])).toEqual([
      [1, 500, 'answered 500'],
      [2, 302, 'answered 302'],
      [3, 404, 'answered 404'],
      [4, 200, null],
    ]);
    expect(new Set(receiver.received.map(({ headers }) => headers.get('webhook-id'))).size).toBe(1);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  it('outlast a receiver that is not there', async () => {
    const simulator = await useSimulator({ webhooks: [{ url: 'http://127.0.0.1:9/hook', secret: SECRET }] });
    await simulator.client.beta.threads.runs.create(await createThread(simulator.client, 'Hello'), {
      assistant_id,
    });
    await simulator.log.waitFor((entry) => entry.kind === 'delivery' && entry.try === 3);
    expect(deliveries(simulator)[0]).toMatchObject({ status: null, error: expect.any(String) });
  });

  it('go to each endpoint for the types it wants', async () => {
    const [all, some] = [await useReceiver(200), await useReceiver(200)];
    const simulator = await useSimulator();
    simulator.addWebhook({ url: all.url, secret: SECRET, eventTypes: RUN_EVENT_TYPES });
    simulator.addWebhook({ url: some.url, secret: SECRET });
    const threadId = await createThread(simulator.client, 'Hello');
    const { runs } = simulator.client.beta.threads;
    const metadata = scripted({ rounds: [[{ name: 'add', arguments: {} }]] });
    const { id } = await runs.create(threadId, { assistant_id, metadata });
    await reached(simulator, id, 'requires_action');
    await runs.cancel(id, { thread_id: threadId });
    await simulator.log.waitFor(() => deliveries(simulator).length === 8);
    const typesAt = (url: string) =>
      deliveries(simulator).flatMap((entry) => (entry.url === url ? [entry.type] : []));
    expect(typesAt(all.url).toSorted()).toEqual(
      ['cancelled', 'cancelling', 'created', 'in_progress', 'queued', 'requires_action'].map(
        (type) => `thread.run.${type}`,
      ),
    );
    expect(typesAt(some.url).toSorted()).toEqual(['thread.run.cancelled', 'thread.run.requires_action']);
  });
});

describe('signatures', () => {
  const message = { id: 'wh_1', timestampSeconds: Math.floor(Date.now() / 1000), body: '{"a":1}' };
  const verify = (secrets: string[], expected: string, changes: Partial<typeof message> = {}) => {
    const headers = { ...signWebhook({ ...message, ...changes }, secrets) };
    return webhooks.verifySignature(message.body, new Headers(headers), expected);
  };

  it.each([
    ['a base64 secret', [SECRET], SECRET],
    ['a raw secret', ['plain text'], 'plain text'],
    ['the second of two', ['whsec_b2xk', SECRET], SECRET],
  ])('verify with %s', async (_name, secrets, expected) => {
    await expect(verify(secrets, expected)).resolves.toBeUndefined();
  });

  it('do not verify with another secret, body or time', async () => {
    await expect(verify([SECRET], 'whsec_b3RoZXI=')).rejects.toThrow('does not match');
    await expect(verify([SECRET], SECRET, { body: '{"a":2}' })).rejects.toThrow('does not match');
    await expect(verify([SECRET], SECRET, { timestampSeconds: 1 })).rejects.toThrow('too old');
  });
});
