import { describe, expect, it } from 'vitest';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import type { ScriptSource } from '../../simulator/index.ts';
import { createThread, reached, scripted, statusesOf, useSimulator } from './support.ts';

const poll = { pollIntervalMs: 2 };

describe('scripts', () => {
  const ends: { name: string; script: ScriptSource; statuses: string[]; run: object }[] = [
    {
      name: 'failed with a code',
      script: { error: { code: 'rate_limit_exceeded', message: 'Too fast.' } },
      statuses: ['queued', 'in_progress', 'failed'],
      run: {
        last_error: { code: 'rate_limit_exceeded', message: 'Too fast.' },
        failed_at: expect.any(Number),
      },
    },
    {
      name: 'failed without saying why',
      script: { end: 'failed' },
      statuses: ['queued', 'in_progress', 'failed'],
      run: { last_error: { code: 'server_error', message: 'Sorry, something went wrong.' } },
    },
    {
      name: 'incomplete',
      script: { reason: 'max_prompt_tokens' },
      statuses: ['queued', 'in_progress', 'incomplete'],
      run: { incomplete_details: { reason: 'max_prompt_tokens' } },
    },
    {
      name: 'expired while it works',
      script: { stuck: 'in_progress', expiresAfterMs: 20 },
      statuses: ['queued', 'in_progress', 'expired'],
      run: { expires_at: expect.any(Number) },
    },
    {
      name: 'expired in the queue',
      script: { stuck: 'queued', expiresAfterMs: 10 },
      statuses: ['queued', 'expired'],
      run: { started_at: null, usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } },
    },
    {
      name: 'cancelled by the provider',
      script: { end: 'cancelled' },
      statuses: ['queued', 'in_progress', 'cancelled'],
      run: { cancelled_at: expect.any(Number) },
    },
    {
      name: 'completed after a status nobody knows',
      script: { status: 'pondering', unknownMs: 5, usage: { prompt: 11, completion: 7 } },
      statuses: ['queued', 'pondering', 'in_progress', 'completed'],
      run: { usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 } },
    },
  ];

  it.each(ends)('$name', async ({ script, statuses, run: expected }) => {
    const simulator = await useSimulator();
    const { runs } = simulator.client.beta.threads;
    const threadId = await createThread(simulator.client, 'Hello');
    const { id } = await runs.create(threadId, { assistant_id, metadata: scripted(script) });
    await reached(simulator, id, statuses.at(-1) ?? '');
    expect(statusesOf(simulator, id)).toEqual(statuses);
    const run = await runs.retrieve(id, { thread_id: threadId });
    expect(run).toMatchObject({
      status: statuses.at(-1),
      usage: { total_tokens: expect.any(Number) },
      ...expected,
    });
  });

  it('expires when nobody submits outputs', async () => {
    const simulator = await useSimulator();
    const { runs } = simulator.client.beta.threads;
    const threadId = await createThread(simulator.client, 'Hello');
    const metadata = scripted({ rounds: [[{ name: 'add', arguments: {} }]], expiresAfterMs: 40 });
    const run = await runs.createAndPoll(threadId, { assistant_id, metadata }, poll);
    await reached(simulator, run.id, 'expired');
    await expect(runs.submitToolOutputs(run.id, { thread_id: threadId, tool_outputs: [] })).rejects.toThrow(
      '400 Runs in status "expired" do not accept tool outputs.',
    );
  });

  it('can outlive its own expiry without a word', async () => {
    const simulator = await useSimulator();
    const { runs } = simulator.client.beta.threads;
    const threadId = await createThread(simulator.client, 'Hello');
    const script: ScriptSource = { stuck: 'in_progress', expiresAfterMs: 1, silentExpiry: true };
    const { id } = await runs.create(threadId, { assistant_id, metadata: scripted(script) });
    await reached(simulator, id, 'in_progress');
    const run = await runs.retrieve(id, { thread_id: threadId });
    expect(run.status).toBe('in_progress');
    expect(run.expires_at).toBeLessThanOrEqual(run.created_at + 1);
  });

  it('makes answers and arguments longer than a script can be', async () => {
    const simulator = await useSimulator();
    const { runs, messages } = simulator.client.beta.threads;
    const threadId = await createThread(simulator.client, 'Hello');
    const metadata = scripted({
      rounds: [[{ name: 'add', arguments: { a: 1 }, argumentsLength: 800_000 }]],
      answer: 'Long.',
      answerLength: 2_100_000,
    });
    const asking = await runs.createAndPoll(threadId, { assistant_id, metadata }, poll);
    const [call] = asking.required_action?.submit_tool_outputs.tool_calls ?? [];
    expect(call?.function.arguments).toBe('{"a":1}'.padEnd(800_000));
    await runs.submitToolOutputsAndPoll(
      asking.id,
      { thread_id: threadId, tool_outputs: [{ tool_call_id: call?.id ?? '', output: '1' }] },
      poll,
    );
    const { data } = await messages.list(threadId);
    expect(data[0]?.content).toEqual([
      { type: 'text', text: { value: 'Long.'.padEnd(2_100_000), annotations: [] } },
    ]);
  });

  it('tells attempts on one thread apart; the last entry repeats', async () => {
    const simulator = await useSimulator();
    const { runs } = simulator.client.beta.threads;
    const threadId = await createThread(simulator.client, 'Hello');
    const metadata = scripted({ attempts: [{ end: 'expired' }, { answer: 'second' }] });
    const statuses: string[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      statuses.push((await runs.createAndPoll(threadId, { assistant_id, metadata }, poll)).status);
    }
    expect(statuses).toEqual(['expired', 'completed', 'completed']);
  });

  it('tells attempts with one tag apart, whatever their thread', async () => {
    const { client } = await useSimulator();
    const metadata = { ...scripted({ by: 'tag', attempts: [{ end: 'failed' }, {}] }), tag: 'x' };
    const statuses: string[] = [];
    for (const prompt of ['one', 'two']) {
      const threadId = await createThread(client, prompt);
      statuses.push(
        (await client.beta.threads.runs.createAndPoll(threadId, { assistant_id, metadata }, poll)).status,
      );
    }
    expect(statuses).toEqual(['failed', 'completed']);
  });

  it('comes from the thread or the assistant when the run has none', async () => {
    const { client } = await useSimulator();
    const assistant = await client.beta.assistants.create({
      model: 'm',
      metadata: scripted({ answer: 'A' }),
    });
    const ask = async (metadata?: { simulator: string }) => {
      const thread = await client.beta.threads.create(metadata ? { metadata } : {});
      await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id }, poll);
      const { data } = await client.beta.threads.messages.list(thread.id);
      return JSON.stringify(data[0]?.content);
    };
    expect(await ask()).toContain('"A"');
    expect(await ask(scripted({ answer: 'T' }))).toContain('"T"');
  });

  it.each([
    ['{', 'not valid JSON'],
    ['{"queuMs":1}', 'queuMs'],
    ['{"end":"later"}', 'end'],
  ])('refuses %s', async (simulatorScript, why) => {
    const { client } = await useSimulator();
    const threadId = await createThread(client, 'Hello');
    await expect(
      client.beta.threads.runs.create(threadId, { assistant_id, metadata: { simulator: simulatorScript } }),
    ).rejects.toMatchObject({ status: 400, code: 'invalid_script', message: expect.stringContaining(why) });
  });
});
