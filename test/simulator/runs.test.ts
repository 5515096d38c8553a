import { describe, expect, it } from 'vitest';
import { SIMULATOR_ASSISTANT_ID as assistant_id, SIMULATOR_MODEL } from '../../simulator/index.ts';
import type { ScriptSource } from '../../simulator/index.ts';
import {
  ADD_TOOL,
  WEATHER_TOOL,
  createThread,
  reached,
  scripted,
  statusesOf,
  useSimulator,
} from './support.ts';

const poll = { pollIntervalMs: 2 };

describe('a run without tools', () => {
  it('is queued, works, completes, and leaves its answer in the thread', async () => {
    const simulator = await useSimulator();
    const { threads } = simulator.client.beta;
    const threadId = await createThread(simulator.client, 'What is 2+2?');

    const created = await threads.runs.create(threadId, { assistant_id, metadata: { tag: 'a' } });
    expect(created).toEqual({
      id: expect.stringMatching(/^run_\w{24}$/),
      object: 'thread.run',
      created_at: expect.any(Number),
      thread_id: threadId,
      assistant_id,
      status: 'queued',
      required_action: null,
      last_error: null,
      expires_at: created.created_at + 600,
      started_at: null,
      cancelled_at: null,
      failed_at: null,
      completed_at: null,
      incomplete_details: null,
      model: SIMULATOR_MODEL,
      instructions: 'You are a helpful assistant.',
      tools: [],
      metadata: { tag: 'a' },
      usage: null,
      temperature: 1,
      top_p: 1,
      max_prompt_tokens: null,
      max_completion_tokens: null,
      truncation_strategy: { type: 'auto', last_messages: null },
      tool_choice: 'auto',
      parallel_tool_calls: true,
      response_format: 'auto',
    });

    const run = await threads.runs.poll(created.id, { thread_id: threadId }, poll);
    expect(run).toMatchObject({ status: 'completed', completed_at: expect.any(Number), expires_at: null });
    expect(run.usage?.total_tokens).toBe(
      (run.usage?.prompt_tokens ?? 0) + (run.usage?.completion_tokens ?? 0),
    );
    expect(run.usage?.prompt_tokens).toBeGreaterThan(0);
    expect(statusesOf(simulator, run.id)).toEqual(['queued', 'in_progress', 'completed']);

    const messages = await threads.messages.list(threadId, { run_id: run.id });
    expect(messages.data).toMatchObject([
      {
        role: 'assistant',
        run_id: run.id,
        assistant_id,
        content: [{ type: 'text', text: { value: '2+2 = 4.' } }],
      },
    ]);
  });

  it('takes instructions, additional instructions, model and additional messages', async () => {
    const simulator = await useSimulator();
    const threadId = await createThread(simulator.client, 'Hello');
    const run = await simulator.client.beta.threads.runs.createAndPoll(
      threadId,
      {
        assistant_id,
        model: 'gpt-other',
        instructions: 'Be brief.',
        additional_instructions: 'Be kind.',
        additional_messages: [{ role: 'user', content: 'What is 3*5?' }],
      },
      poll,
    );
    expect(run).toMatchObject({
      status: 'completed',
      model: 'gpt-other',
      instructions: 'Be brief.\n\nBe kind.',
    });
    const { data } = await simulator.client.beta.threads.messages.list(threadId);
    expect(data.map((message) => message.role)).toEqual(['assistant', 'user', 'user']);
    expect(JSON.stringify(data[0]?.content)).toContain('3*5 = 15');
  });

  it('is created together with its thread', async () => {
    const { client } = await useSimulator();
    const run = await client.beta.threads.createAndRunPoll(
      { assistant_id, thread: { messages: [{ role: 'user', content: 'What is 6*7?' }] } },
      poll,
    );
    expect(run.status).toBe('completed');
    const { data } = await client.beta.threads.messages.list(run.thread_id, { limit: 1 });
    expect(JSON.stringify(data)).toContain('42');
  });

  it('is cut off by a token limit', async () => {
    const { client } = await useSimulator();
    const threadId = await createThread(client, 'word '.repeat(400));
    const run = await client.beta.threads.runs.createAndPoll(
      threadId,
      { assistant_id, max_prompt_tokens: 256 },
      poll,
    );
    expect(run).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_prompt_tokens' } });
  });
});

describe('tool calls', () => {
  it('asks for parallel calls, goes back to the queue, and cites the outputs', async () => {
    const simulator = await useSimulator();
    const { runs, messages } = simulator.client.beta.threads;
    const threadId = await createThread(simulator.client, 'What is the weather in Paris and in Rome?');
    const waiting = await runs.createAndPoll(threadId, { assistant_id, tools: [WEATHER_TOOL] }, poll);
    expect(waiting.status).toBe('requires_action');
    const calls = waiting.required_action?.submit_tool_outputs.tool_calls ?? [];
    expect(calls.map((call) => JSON.parse(call.function.arguments))).toEqual([
      { city: 'Paris' },
      { city: 'Rome' },
    ]);

    const done = await runs.submitToolOutputsAndPoll(
      waiting.id,
      {
        thread_id: threadId,
        // Any order will do.
        tool_outputs: calls
          .toReversed()
          .map((call) => ({ tool_call_id: call.id, output: `fine ${call.function.arguments}` })),
      },
      poll,
    );
    expect(done).toMatchObject({ status: 'completed', required_action: null });
    expect(statusesOf(simulator, done.id)).toEqual(
      ['queued', 'in_progress', 'requires_action'].concat(['queued', 'in_progress', 'completed']),
    );
    const { data } = await messages.list(threadId, { limit: 1 });
    expect(JSON.stringify(data[0]?.content)).toMatch(/Paris.*= fine.*Rome.*= fine/);
  });

  it('refuses a part of the outputs, strangers, and a second submission', async () => {
    const simulator = await useSimulator();
    const { runs } = simulator.client.beta.threads;
    const threadId = await createThread(simulator.client, 'Add 1 and 2, add 3 and 4');
    const run = await runs.createAndPoll(threadId, { assistant_id, tools: [ADD_TOOL] }, poll);
    const [first, second] = run.required_action?.submit_tool_outputs.tool_calls.map((call) => call.id) ?? [];
    const submit = (...ids: (string | undefined)[]) =>
      runs.submitToolOutputs(run.id, {
        thread_id: threadId,
        tool_outputs: ids.map((id) => ({ tool_call_id: id ?? '', output: '1' })),
      });

    await expect(submit(first)).rejects.toThrow(
      `400 Expected tool outputs for call_ids ['${first}', '${second}'], got ['${first}']`,
    );
    await expect(submit(first, 'call_other')).rejects.toThrow(`got ['${first}', 'call_other']`);
    await expect(submit(first, first, second)).rejects.toThrow('Expected tool outputs');
    expect(await submit(first, second)).toMatchObject({ status: 'queued', required_action: null });
    await expect(submit(first, second)).rejects.toThrow(
      /400 Runs in status "\w+" do not accept tool outputs\./,
    );
  });

  it.each([
    ['as long as it is told to', 3_600_000, 'requires_action'],
    ['and goes on then', 1, 'completed'],
  ])('still shows the submitted calls %s', async (_name, staleAfterSubmitMs, later) => {
    const simulator = await useSimulator();
    const { runs } = simulator.client.beta.threads;
    const thread_id = await createThread(simulator.client, 'Hello');
    const metadata = scripted({ rounds: [[{ name: 'add', arguments: { a: 1, b: 2 } }]], staleAfterSubmitMs });
    const run = await runs.createAndPoll(thread_id, { assistant_id, metadata }, poll);
    const calls = run.required_action?.submit_tool_outputs.tool_calls ?? [];
    const submitted = await runs.submitToolOutputs(run.id, {
      thread_id,
      tool_outputs: calls.map((call) => ({ tool_call_id: call.id, output: '3' })),
    });
    expect(submitted).toMatchObject({ status: 'queued', required_action: null });
    if (later === 'completed') await reached(simulator, run.id, later);
    const read = await runs.retrieve(run.id, { thread_id });
    expect(read.status).toBe(later);
    expect(read.required_action?.submit_tool_outputs.tool_calls ?? calls).toEqual(calls);
  });

  it('repeats rounds hundreds of times, each call with its own id', async () => {
    const simulator = await useSimulator({ queueMs: 0, workMs: 0 });
    const { runs } = simulator.client.beta.threads;
    const threadId = await createThread(simulator.client, 'Hello');
    const metadata = scripted({ repeat: 100, rounds: [[{ name: 'add', arguments: 'not json' }]] });
    let run = await runs.createAndPoll(threadId, { assistant_id, metadata }, { pollIntervalMs: 0 });
    const seen = new Set<string>();
    while (run.status === 'requires_action') {
      const [call] = run.required_action?.submit_tool_outputs.tool_calls ?? [];
      expect(call?.function.arguments).toBe('not json');
      seen.add(call?.id ?? '');
      run = await runs.submitToolOutputsAndPoll(
        run.id,
        { thread_id: threadId, tool_outputs: [{ tool_call_id: call?.id ?? '', output: 'x' }] },
        { pollIntervalMs: 0 },
      );
    }
    expect(run.status).toBe('completed');
    expect(seen.size).toBe(100);
  });
});

describe('cancel', () => {
  it('goes through cancelling, from any status that is not final', async () => {
    const simulator = await useSimulator();
    const { runs } = simulator.client.beta.threads;
    for (const [script, from] of [
      [{ stuck: 'queued' }, 'queued'],
      [{ stuck: 'in_progress' }, 'in_progress'],
      [{ rounds: [[{ name: 'add', arguments: {} }]] }, 'requires_action'],
    ] satisfies [ScriptSource, string][]) {
      const threadId = await createThread(simulator.client, 'Hello');
      const { id } = await runs.create(threadId, { assistant_id, metadata: scripted(script) });
      await reached(simulator, id, from);
      expect(await runs.cancel(id, { thread_id: threadId })).toMatchObject({
        status: 'cancelling',
        required_action: null,
      });
      await reached(simulator, id, 'cancelled');
      expect(statusesOf(simulator, id).slice(-3)).toEqual([from, 'cancelling', 'cancelled']);
      await expect(runs.cancel(id, { thread_id: threadId })).rejects.toThrow(
        "400 Cannot cancel run with status 'cancelled'.",
      );
    }
  });

  it('may lose against the end of the run', async () => {
    const simulator = await useSimulator();
    const { runs } = simulator.client.beta.threads;
    const threadId = await createThread(simulator.client, 'Hello');
    const metadata = scripted({ stuck: 'in_progress', cancelTo: 'completed' });
    const { id } = await runs.create(threadId, { assistant_id, metadata });
    await runs.cancel(id, { thread_id: threadId });
    await reached(simulator, id, 'completed');
    expect(statusesOf(simulator, id).slice(-2)).toEqual(['cancelling', 'completed']);
  });
});

it('runs faster than the clock when told to', async () => {
  const simulator = await useSimulator({ timeScale: 10_000, queueMs: 60_000, workMs: 60_000 });
  const threadId = await createThread(simulator.client, 'Hello');
  const run = await simulator.client.beta.threads.runs.createAndPoll(threadId, { assistant_id }, poll);
  expect(run.status).toBe('completed');
  expect((run.completed_at ?? 0) - run.created_at).toBeGreaterThanOrEqual(119);
});
