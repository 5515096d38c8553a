import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import { createThread, send, useSimulator } from './support.ts';

describe('assistants', () => {
  it('are created, read, changed, listed and deleted', async () => {
    const { client } = await useSimulator();
    const { assistants } = client.beta;
    const made = await assistants.create({
      model: 'm',
      name: 'N',
      tools: [{ type: 'file_search' }],
      metadata: { a: '1' },
    });
    expect(made).toEqual({
      id: expect.stringMatching(/^asst_/),
      object: 'assistant',
      created_at: expect.any(Number),
      model: 'm',
      name: 'N',
      description: null,
      instructions: null,
      tools: [{ type: 'file_search' }],
      tool_resources: null,
      metadata: { a: '1' },
      temperature: 1,
      top_p: 1,
      response_format: 'auto',
    });
    expect(await assistants.retrieve(made.id)).toEqual(made);
    expect(await assistants.update(made.id, { name: null, instructions: 'I' })).toEqual({
      ...made,
      name: null,
      instructions: 'I',
    });
    expect((await assistants.list()).data.map(({ id }) => id)).toEqual([made.id, assistant_id]);
    expect(await assistants.delete(made.id)).toEqual({
      id: made.id,
      object: 'assistant.deleted',
      deleted: true,
    });
    await expect(assistants.retrieve(made.id)).rejects.toThrow('404');
  });
});

describe('threads and messages', () => {
  it('are created, read, changed and deleted', async () => {
    const { client } = await useSimulator();
    const { threads } = client.beta;
    const thread = await threads.create({ metadata: { a: '1' } });
    expect(thread).toEqual({
      id: expect.stringMatching(/^thread_/),
      object: 'thread',
      created_at: expect.any(Number),
      metadata: { a: '1' },
      tool_resources: null,
    });
    expect(await threads.update(thread.id, { metadata: { b: '2' } })).toEqual({
      ...thread,
      metadata: { b: '2' },
    });

    const message = await threads.messages.create(thread.id, {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      ],
    });
    expect(message).toEqual({
      id: expect.stringMatching(/^msg_/),
      object: 'thread.message',
      created_at: expect.any(Number),
      thread_id: thread.id,
      role: 'user',
      content: [
        { type: 'text', text: { value: 'Look', annotations: [] } },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      ],
      attachments: [],
      metadata: {},
      assistant_id: null,
      run_id: null,
      status: 'completed',
      completed_at: expect.any(Number),
      incomplete_at: null,
      incomplete_details: null,
    });
    const path = { thread_id: thread.id };
    const changed = await threads.messages.update(message.id, { ...path, metadata: { c: '3' } });
    expect(changed).toEqual({ ...message, metadata: { c: '3' } });
    expect(await threads.messages.retrieve(message.id, path)).toEqual(changed);
    expect(await threads.messages.delete(message.id, path)).toMatchObject({
      object: 'thread.message.deleted',
    });
    expect((await threads.messages.list(thread.id)).data).toEqual([]);
    expect(await threads.delete(thread.id)).toMatchObject({ object: 'thread.deleted', deleted: true });
    await expect(threads.messages.list(thread.id)).rejects.toThrow('404');
  });

  it('may go away under a run, which ends all the same', async () => {
    const simulator = await useSimulator();
    const { threads } = simulator.client.beta;
    const threadId = await createThread(simulator.client, 'Hello');
    const { id } = await threads.runs.create(threadId, { assistant_id });
    await threads.delete(threadId);
    const end = await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === 'completed');
    expect(end.runId).toBe(id);
  });
});

describe('tool resources', () => {
  const stores = { file_search: { vector_stores: [{ file_ids: ['file_a'] }] } };

  it('turn a new vector store into its id, for assistants and threads', async () => {
    const simulator = await useSimulator();
    const { client } = simulator;
    const made = { file_search: { vector_store_ids: [expect.stringMatching(/^vs_/)] } };
    const assistant = await client.beta.assistants.create({ model: 'm', tool_resources: stores });
    expect(assistant.tool_resources).toEqual(made);
    const code_interpreter = { file_ids: ['file_b'] };
    const thread = await client.beta.threads.create({ tool_resources: { ...stores, code_interpreter } });
    expect(thread.tool_resources).toEqual({ ...made, code_interpreter });
    // An update names stores that exist.
    const body = JSON.stringify({ tool_resources: stores });
    const refusal = await send(simulator, 'POST', `/assistants/${assistant.id}`, body);
    expect(await refusal.text()).toContain("Unknown parameter: 'tool_resources.file_search.vector_stores'.");
  });

  it('of createAndRun go to the new thread unless it brings its own', async () => {
    const { client } = await useSimulator();
    const run = { assistant_id, tool_resources: { code_interpreter: { file_ids: ['file_a'] } } };
    const own = { code_interpreter: { file_ids: ['file_b'] } };
    const resourcesOf = async ({ thread_id }: OpenAI.Beta.Threads.Run) =>
      (await client.beta.threads.retrieve(thread_id)).tool_resources;
    expect(await resourcesOf(await client.beta.threads.createAndRun(run))).toEqual(run.tool_resources);
    const withOwn = await client.beta.threads.createAndRun({ ...run, thread: { tool_resources: own } });
    expect(await resourcesOf(withOwn)).toEqual(own);
  });
});

describe('lists', () => {
  it('are paged through by the official client, in both directions', async () => {
    const { client } = await useSimulator();
    const threadId = await createThread(client, '0');
    for (let index = 1; index < 5; index += 1) {
      await client.beta.threads.messages.create(threadId, { role: 'user', content: String(index) });
    }
    const read = async (order: 'asc' | 'desc') => {
      const texts: string[] = [];
      for await (const message of client.beta.threads.messages.list(threadId, { limit: 2, order })) {
        const [part] = message.content;
        texts.push(part?.type === 'text' ? part.text.value : '');
      }
      return texts.join('');
    };
    expect(await read('asc')).toBe('01234');
    expect(await read('desc')).toBe('43210');
  });

  it('have cursors at both ends', async () => {
    const simulator = await useSimulator();
    const { client } = simulator;
    const { runs } = client.beta.threads;
    const threadId = await createThread(client, 'Hello');
    const ids: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      ids.push((await runs.createAndPoll(threadId, { assistant_id }, { pollIntervalMs: 1 })).id);
    }
    const page = async (query: OpenAI.Beta.Threads.RunListParams) => {
      const { data, has_more } = await runs.list(threadId, query);
      return [data.map(({ id }) => ids.indexOf(id)).join(''), has_more];
    };
    expect(await page({})).toEqual(['3210', false]);
    expect(await page({ limit: 3 })).toEqual(['321', true]);
    expect(await page({ order: 'asc', after: ids[1] ?? '' })).toEqual(['23', false]);
    expect(await page({ order: 'asc', before: ids[3] ?? '', limit: 2 })).toEqual(['12', true]);
    const raw = await send(simulator, 'GET', `/threads/${threadId}/runs?limit=2`);
    expect(await raw.json()).toMatchObject({
      object: 'list',
      first_id: ids[3],
      last_id: ids[2],
      has_more: true,
    });
  });

  it.each([
    ['limit=0', "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead."],
    [
      'limit=101',
      "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
    ],
    ['order=up', "Invalid value: 'up'. Supported values are: 'asc', and 'desc'."],
    ['after=asst_x', "Invalid 'after': no object with id 'asst_x' in this list."],
  ])('refuse ?%s', async (query, message) => {
    const simulator = await useSimulator();
    const response = await send(simulator, 'GET', `/assistants?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message } });
  });
});
