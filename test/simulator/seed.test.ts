import { describe, expect, it } from 'vitest';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import { createThread, scripted, send, useReceiver, useSimulator } from './support.ts';

/** Everything of a story but its times, and the port of its receiver. */
async function tell(seed: string | number | undefined): Promise<string[]> {
  const receiver = await useReceiver(200);
  const simulator = await useSimulator({
    time: 'stepped',
    webhooks: [{ url: receiver.url, secret: 's' }],
    ...(seed === undefined ? {} : { seed }),
  });
  simulator.addFault({ on: 'runs.retrieve', rate: 0.5, fault: { kind: 'status', status: 503 } });
  simulator.addFault({ on: 'webhook:*', rate: 0.5, fault: { kind: 'bad_signature' } });
  const { runs } = simulator.client.beta.threads;
  for (const metadata of [{}, scripted({ end: 'failed' }), {}]) {
    const threadId = await createThread(simulator.client, 'What is 2+2?');
    const { id } = await runs.create(threadId, { assistant_id, metadata });
    for (let read = 0; read < 4; read += 1) {
      await simulator.advance(1);
      await runs.retrieve(id, { thread_id: threadId }).catch(() => {});
    }
  }
  await simulator.client.responses.create({ model: 'gpt-sim', input: 'Hello', background: true });
  const { signing_secret: secret } = await simulator.client.webhooks.create({
    name: 'x',
    url: 'https://example.com',
    event_types: ['batch.completed'],
  });
  await simulator.advance(100);
  return [
    secret,
    ...simulator.log.entries().map(({ seq: _seq, at: _at, ...entry }) => {
      const timeless = { ...entry, durationMs: 0, url: '' };
      return JSON.stringify(timeless);
    }),
  ];
}

describe('a seed', () => {
  it('with the same calls tells the same story', async () => {
    const once = await tell('spring');
    expect(await tell('spring')).toEqual(once);
    expect(await tell(7)).not.toEqual(once);
  });

  it('is chosen at every start, and told, when none is given', async () => {
    const [one, other] = [await useSimulator(), await useSimulator()];
    expect(one.seed).not.toBe(other.seed);
    const again = await useSimulator({ seed: one.seed });
    expect(await createThread(again.client, 'Hello')).toBe(await createThread(one.client, 'Hello'));
    expect(one.report().seed).toBe(one.seed);
  });

  it('is not spent by looking on, nor by other kinds of calls', async () => {
    const [one, other] = [await useSimulator({ seed: 1 }), await useSimulator({ seed: 1 })];
    for (const path of ['health', 'log', 'report', 'time']) await fetch(`${one.url}/_simulator/${path}`);
    const first = await send(one, 'GET', '/assistants');
    expect(first.headers.get('x-request-id')).toBe(
      (await send(other, 'GET', '/assistants')).headers.get('x-request-id'),
    );
    for (let call = 0; call < 3; call += 1) await send(one, 'GET', '/assistants');
    expect(await createThread(one.client, 'Hello')).toBe(await createThread(other.client, 'Hello'));
  });
});
