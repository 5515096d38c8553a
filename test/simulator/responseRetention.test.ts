import { NotFoundError } from 'openai';
import { describe, expect, it } from 'vitest';
import { scriptedResponse as scripted, send, useSimulator } from './support.ts';

const model = 'gpt-sim';
const background = true;

describe('what is kept', () => {
  it('is what is stored; the rest is gone ten minutes after its end', async () => {
    const simulator = await useSimulator({ time: 'stepped' });
    const { responses } = simulator.client;
    const stored = await responses.create({ model, background, input: 'Hello' });
    const passing = await responses.create({ model, background, input: 'Hello', store: false });
    expect(passing).toMatchObject({ store: false });
    await simulator.advance(599_000);
    expect(await responses.retrieve(passing.id)).toMatchObject({ status: 'completed' });
    await simulator.advance(2000);
    expect(simulator.responses().map(({ id }) => id)).toEqual([stored.id]);
    await expect(responses.retrieve(passing.id)).rejects.toMatchObject({
      status: 404,
      type: 'invalid_request_error',
      message: `404 Response with id '${passing.id}' not found.`,
    });
    await simulator.advance(30 * 24 * 3_600_000);
    expect(await responses.retrieve(stored.id)).toMatchObject({ status: 'completed' });
  });

  it('in the foreground is nothing but what is stored', async () => {
    const simulator = await useSimulator();
    const { responses } = simulator.client;
    const { id } = await responses.create({ model, input: 'Hello', store: false });
    await expect.poll(() => simulator.responses()).toEqual([]);
    await expect(responses.create({ model, input: 'And?', previous_response_id: id })).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
  });

  it('has a limit: the first that ended goes first', async () => {
    const simulator = await useSimulator({ maxObjects: 2 });
    const { responses } = simulator.client;
    const metadata = scripted({ stuck: 'queued' });
    const { id } = await responses.create({ model, background, input: 'Hello', metadata });
    const ended: string[] = [];
    for (let count = 0; count < 3; count += 1)
      ended.push((await responses.create({ model, input: 'Hello' })).id);
    expect(simulator.responses().map((response) => response.id)).toEqual([id, ...ended.slice(1)]);
  });

  it('can be lost although it is stored', async () => {
    const simulator = await useSimulator();
    const metadata = scripted({ retainMs: 1 });
    await simulator.client.responses.create({ model, background, input: 'Hello', metadata });
    await expect.poll(() => simulator.responses()).toEqual([]);
  });

  it('in the background had to be stored, once', async () => {
    const { client } = await useSimulator({ backgroundNeedsStore: true });
    await expect(
      client.responses.create({ model, background, input: 'Hello', store: false }),
    ).rejects.toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'store' });
    await client.responses.create({ model, background, input: 'Hello' });
  });

  it('can be deleted once it has ended', async () => {
    const simulator = await useSimulator();
    const { responses } = simulator.client;
    const { id } = await responses.create({
      model,
      background,
      input: 'Hello',
      metadata: scripted({ stuck: 'queued' }),
    });
    await expect(responses.delete(id)).rejects.toThrow('400 Cannot delete an in-flight response.');
    await responses.cancel(id);
    const deleted = await send(simulator, 'DELETE', `/responses/${id}`);
    expect(await deleted.json()).toEqual({ id, object: 'response', deleted: true });
    await expect(responses.retrieve(id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('cannot be listed', async () => {
    const simulator = await useSimulator();
    expect((await send(simulator, 'GET', '/responses')).status).toBe(405);
  });
});

it('keeps so many conversations that nothing works on', async () => {
  const { client } = await useSimulator({ maxObjects: 1 });
  const { conversations, responses } = client;
  const busy = await conversations.create();
  const metadata = scripted({ stuck: 'queued' });
  await responses.create({ model, background, input: 'Hello', conversation: busy.id, metadata });
  const idle = [await conversations.create(), await conversations.create()];
  await expect(conversations.retrieve(idle[0]?.id ?? '')).rejects.toBeInstanceOf(NotFoundError);
  expect(await conversations.retrieve(idle[1]?.id ?? '')).toEqual(idle[1]);
  expect(await conversations.retrieve(busy.id)).toEqual(busy);
});
