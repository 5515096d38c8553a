import { APIUserAbortError, NotFoundError } from 'openai';
import { describe, expect, it } from 'vitest';
import type { ResponseScriptSource } from '../../simulator/index.ts';
import {
  reached,
  scriptedResponse as scripted,
  statusesOf,
  useReceiver,
  useSimulator,
  SECRET,
} from './support.ts';

const model = 'gpt-sim';
const background = true;

describe('a background response', () => {
  it('is queued, works, completes, and answers the prompt', async () => {
    const simulator = await useSimulator();
    const { responses } = simulator.client;
    const created = await responses.create({
      model,
      background,
      input: 'What is 2+2?',
      metadata: { tag: 'a' },
    });
    expect(created).toMatchObject({
      status: 'queued',
      background: true,
      output: [],
      usage: null,
      error: null,
      completed_at: null,
      store: true,
      service_tier: 'auto',
      metadata: { tag: 'a' },
    });
    await reached(simulator, created.id, 'completed');
    const done = await responses.retrieve(created.id);
    expect(done).toMatchObject({ status: 'completed', output_text: '2+2 = 4.', service_tier: 'default' });
    expect(done.completed_at).toBeGreaterThanOrEqual(created.created_at);
    expect(statusesOf(simulator, created.id)).toEqual(['queued', 'in_progress', 'completed']);
    expect(simulator.log.entries({ kind: 'run', metadata: { tag: 'a' } })).toHaveLength(3);
  });

  const ends: { name: string; script: ResponseScriptSource; statuses: string[]; response: object }[] = [
    {
      name: 'failed with a code, as HTTP 200',
      script: { error: { code: 'rate_limit_exceeded', message: 'Too fast.' } },
      statuses: ['queued', 'in_progress', 'failed'],
      response: { error: { code: 'rate_limit_exceeded', message: 'Too fast.' }, output: [], usage: null },
    },
    {
      name: 'failed without saying why',
      script: { end: 'failed', usage: { prompt: 3, completion: 0 } },
      statuses: ['queued', 'in_progress', 'failed'],
      response: { error: { code: 'server_error' }, usage: { total_tokens: 3 } },
    },
    {
      name: 'incomplete',
      script: { reason: 'content_filter' },
      statuses: ['queued', 'in_progress', 'incomplete'],
      response: { incomplete_details: { reason: 'content_filter' }, completed_at: null },
    },
    {
      name: 'completed with a refusal',
      script: { refusal: 'Not that.' },
      statuses: ['queued', 'in_progress', 'completed'],
      response: {
        output_text: '',
        output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'Not that.' }] }],
      },
    },
    {
      name: 'completed with a long answer',
      script: { answer: 'Long.', answerLength: 2_100_000 },
      statuses: ['queued', 'in_progress', 'completed'],
      response: { output_text: 'Long.'.padEnd(2_100_000) },
    },
    {
      name: 'completed with a call of long arguments',
      script: { rounds: [[{ name: 'add', arguments: { a: 1 }, argumentsLength: 800_000 }]] },
      statuses: ['queued', 'in_progress', 'completed'],
      response: { output: [{ name: 'add', arguments: '{"a":1}'.padEnd(800_000) }] },
    },
    {
      name: 'cancelled by the provider',
      script: { end: 'cancelled' },
      statuses: ['queued', 'in_progress', 'cancelled'],
      response: { output: [], usage: null },
    },
    {
      name: 'completed after a status nobody knows',
      script: {
        status: 'pondering',
        unknownMs: 5,
        usage: { prompt: 11, completion: 7, cached: 5, cacheWrite: 2, reasoning: 3 },
      },
      statuses: ['queued', 'pondering', 'in_progress', 'completed'],
      response: {
        usage: {
          input_tokens: 11,
          input_tokens_details: { cached_tokens: 5, cache_write_tokens: 2 },
          output_tokens: 7,
          output_tokens_details: { reasoning_tokens: 3 },
          total_tokens: 18,
        },
      },
    },
  ];
  it.each(ends)('$name', async ({ script, statuses, response: expected }) => {
    const simulator = await useSimulator();
    const { responses } = simulator.client;
    const { id } = await responses.create({ model, background, input: 'Hello', metadata: scripted(script) });
    await reached(simulator, id, statuses.at(-1) ?? '');
    expect(statusesOf(simulator, id)).toEqual(statuses);
    expect(await responses.retrieve(id)).toMatchObject({ status: statuses.at(-1), ...expected });
  });

  it.each(['queued', 'in_progress'] as const)('can be stuck in %s and be cancelled there', async (stuck) => {
    const simulator = await useSimulator();
    const { responses } = simulator.client;
    const { id } = await responses.create({
      model,
      background,
      input: 'Hello',
      metadata: scripted({ stuck }),
    });
    await reached(simulator, id, stuck);
    for (let twice = 0; twice < 2; twice += 1) {
      expect(await responses.cancel(id)).toMatchObject({ status: 'cancelled', output: [], usage: null });
    }
    expect(statusesOf(simulator, id).slice(-2)).toEqual([stuck, 'cancelled']);
  });

  it('can flip from cancelled to completed', async () => {
    const simulator = await useSimulator();
    const { responses } = simulator.client;
    const metadata = scripted({ stuck: 'in_progress', cancelTo: 'completed', answer: 'Too late.' });
    const { id } = await responses.create({ model, background, input: 'Hello', metadata });
    expect(await responses.cancel(id)).toMatchObject({ status: 'cancelled' });
    await reached(simulator, id, 'completed');
    expect(await responses.retrieve(id)).toMatchObject({ status: 'completed', output_text: 'Too late.' });
  });

  it.each([
    [{}, 'completed', 'Cannot cancel a completed response.'],
    [{ end: 'failed' }, 'failed', 'Cannot cancel a failed response.'],
    [{ end: 'incomplete' }, 'incomplete', 'Cannot cancel a response in terminal state.'],
  ] satisfies [ResponseScriptSource, string, string][])(
    'refuses a cancel after %j',
    async (script, status, text) => {
      const simulator = await useSimulator();
      const { responses } = simulator.client;
      const { id } = await responses.create({
        model,
        background,
        input: 'Hello',
        metadata: scripted(script),
      });
      await reached(simulator, id, status);
      await expect(responses.cancel(id)).rejects.toMatchObject({ status: 400, message: `400 ${text}` });
    },
  );
});

describe('a response in the foreground', () => {
  it('is answered when it has ended, and cannot be cancelled', async () => {
    const simulator = await useSimulator();
    const { responses } = simulator.client;
    const done = await responses.create({ model, input: [{ role: 'user', content: 'What is 3*5?' }] });
    expect(done).toMatchObject({ status: 'completed', background: false, output_text: '3*5 = 15.' });
    expect(statusesOf(simulator, done.id)).toEqual(['in_progress', 'completed']);
    await expect(responses.cancel(done.id)).rejects.toThrow('400 Cannot cancel a synchronous response.');
  });

  it('cannot be read before, and stops when its caller goes away', async () => {
    const simulator = await useSimulator();
    const { responses } = simulator.client;
    const caller = new AbortController();
    const asked = responses.create(
      { model, input: 'Hello', metadata: { ...scripted({ stuck: 'in_progress' }), tag: 'gone' } },
      { signal: caller.signal },
    );
    const created = await simulator.log.waitFor((entry) => entry.kind === 'run');
    await expect(responses.retrieve(created.runId ?? '')).rejects.toBeInstanceOf(NotFoundError);
    caller.abort();
    await expect(asked).rejects.toBeInstanceOf(APIUserAbortError);
    await reached(simulator, created.runId ?? '', 'cancelled');
  });
});

it('sends thin webhooks for the ends', async () => {
  const receiver = await useReceiver(200);
  const simulator = await useSimulator({ webhooks: [{ url: receiver.url, secret: SECRET }] });
  const { client } = simulator;
  for (const end of ['completed', 'failed', 'incomplete', 'cancelled'] as const) {
    const { id } = await client.responses.create({
      model,
      background,
      input: 'Hello',
      metadata: scripted({ end }),
    });
    await simulator.log.waitFor((entry) => entry.kind === 'delivery' && entry.runId === id);
    const received = receiver.received.at(-1);
    const event = await client.webhooks.unwrap(received?.body ?? '', received?.headers ?? {}, SECRET);
    expect(event).toMatchObject({ object: 'event', type: `response.${end}`, data: { id } });
    expect(Object.keys(event.data)).toEqual(['id']);
  }
  expect(receiver.received).toHaveLength(4);
});

describe('the script of a response', () => {
  it.each([
    ['{"end":"expired"}', 'end'],
    ['{"expiresAfterMs":1}', 'expiresAfterMs'],
    ['{"reason":"max_prompt_tokens"}', 'reason'],
  ])('refuses what a response has not: %s', async (text, why) => {
    const { client } = await useSimulator();
    await expect(
      client.responses.create({ model, input: 'Hello', metadata: { simulator: text } }),
    ).rejects.toMatchObject({ status: 400, code: 'invalid_script', message: expect.stringContaining(why) });
  });

  it('tells attempts with one tag apart', async () => {
    const { client } = await useSimulator();
    const metadata = { ...scripted({ by: 'tag', attempts: [{ end: 'failed' }, {}] }), tag: 'x' };
    const statuses: (string | undefined)[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1)
      statuses.push((await client.responses.create({ model, input: 'Hello', metadata })).status);
    expect(statuses).toEqual(['failed', 'completed', 'completed']);
  });
});

it('is in the report and the control API, with what it cost also when no usage is told', async () => {
  const simulator = await useSimulator();
  const { responses } = simulator.client;
  const metadata = { ...scripted({ stuck: 'in_progress' }), tag: 'a' };
  const { id } = await responses.create({ model, background, input: 'word '.repeat(100), metadata });
  await reached(simulator, id, 'in_progress');
  await responses.cancel(id);
  await responses.create({ model, input: 'Hello', metadata: { tag: 'b' } });
  const [{ active, byStatus, tokens } = simulator.report().totals] = simulator.report({
    by: ['tag'],
    metadata: { tag: 'a' },
  }).tags;
  expect({ active, byStatus }).toEqual({ active: [], byStatus: { cancelled: 1 } });
  expect(tokens.abandoned).toBeGreaterThanOrEqual(125);
  const listed = await fetch(`${simulator.url}/_simulator/responses?metadata.tag=a`);
  expect(await listed.json()).toMatchObject({ responses: [{ id, status: 'cancelled', usage: null }] });
});
