import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import type { ScriptSource } from '../../simulator/index.ts';
import { createThread, reached, scripted, send, useSimulator, WEATHER_TOOL } from './support.ts';

/** The names of the events, repeated deltas once. */
function story(events: readonly OpenAI.Beta.AssistantStreamEvent[]): string[] {
  const names = events.map(({ event }) => event);
  return names.filter((name, index) => name !== names[index - 1]);
}
async function collect(
  stream: AsyncIterable<OpenAI.Beta.AssistantStreamEvent>,
): Promise<OpenAI.Beta.AssistantStreamEvent[]> {
  const events: OpenAI.Beta.AssistantStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}
const STEP_BEGINS = ['thread.run.step.created', 'thread.run.step.in_progress'];
const MESSAGE = [
  ...STEP_BEGINS,
  'thread.message.created',
  'thread.message.in_progress',
  'thread.message.delta',
  'thread.message.completed',
  'thread.run.step.completed',
];

describe('a streamed run', () => {
  it('tells its message, and works with the client’s helper', async () => {
    const { client } = await useSimulator();
    const threadId = await createThread(client, 'What is 2+2?');
    const stream = client.beta.threads.runs.stream(threadId, { assistant_id });
    const names: string[] = [];
    stream.on('event', ({ event }) => names.push(event));
    const run = await stream.finalRun();
    expect(run.status).toBe('completed');
    expect(names.filter((name, index) => name !== names[index - 1])).toEqual([
      'thread.run.created',
      'thread.run.queued',
      'thread.run.in_progress',
      ...MESSAGE,
      'thread.run.completed',
    ]);
    const [message] = await stream.finalMessages();
    expect(message?.content).toMatchObject([{ type: 'text', text: { value: '2+2 = 4.' } }]);
    const { data } = await client.beta.threads.messages.list(threadId, { limit: 1 });
    expect(data[0]).toEqual(message);
  });

  it('tells its calls, stops for their outputs, and goes on with another stream', async () => {
    const { client } = await useSimulator();
    const { runs } = client.beta.threads;
    const thread_id = await createThread(client, 'What is the weather in Paris and in Rome?');
    const first = runs.stream(thread_id, { assistant_id, tools: [WEATHER_TOOL] });
    const before = await collect(first);
    expect(story(before).slice(3)).toEqual([
      ...STEP_BEGINS,
      'thread.run.step.delta',
      'thread.run.requires_action',
    ]);
    const waiting = await first.finalRun();
    const calls = waiting.required_action?.submit_tool_outputs.tool_calls ?? [];
    const [step] = await first.finalRunSteps();
    expect(step?.step_details).toMatchObject({
      tool_calls: calls.map(({ id, function: call }) => ({ id, function: { ...call, output: null } })),
    });

    const second = runs.submitToolOutputsStream(waiting.id, {
      thread_id,
      tool_outputs: calls.map((call) => ({ tool_call_id: call.id, output: 'fine' })),
    });
    const after = await collect(second);
    expect(story(after)).toEqual([
      'thread.run.step.completed',
      'thread.run.queued',
      'thread.run.in_progress',
      ...MESSAGE,
      'thread.run.completed',
    ]);
    expect(after[0]?.data).toMatchObject({
      step_details: { tool_calls: [{ function: { output: 'fine' } }, { function: { output: 'fine' } }] },
    });
  });

  it('begins with its thread when they are created together', async () => {
    const { client } = await useSimulator();
    const stream = client.beta.threads.createAndRunStream({
      assistant_id,
      thread: { messages: [{ role: 'user', content: 'What is 6*7?' }] },
    });
    const events = await collect(stream);
    expect(story(events).slice(0, 3)).toEqual(['thread.created', 'thread.run.created', 'thread.run.queued']);
    expect((await stream.finalRun()).status).toBe('completed');
  });

  it.each([
    ['failed', { end: 'failed' }],
    ['expired', { stuck: 'in_progress', expiresAfterMs: 5 }],
    ['incomplete', { end: 'incomplete' }],
    ['cancelled', { end: 'cancelled' }],
  ] satisfies [string, ScriptSource][])('ends with %s', async (status, script) => {
    const { client } = await useSimulator();
    const threadId = await createThread(client, 'Hello');
    const metadata = scripted(script);
    const stream = await client.beta.threads.runs.create(threadId, { assistant_id, metadata, stream: true });
    const names = story(await collect(stream));
    expect(names.at(-1)).toBe(`thread.run.${status}`);
    expect(names.includes('thread.message.incomplete')).toBe(status === 'incomplete');
  });

  it('ends with done, and refuses what cannot be submitted before anything is told', async () => {
    const simulator = await useSimulator();
    const threadId = await createThread(simulator.client, 'Hello');
    const body = JSON.stringify({ assistant_id, stream: true });
    const text = await (await send(simulator, 'POST', `/threads/${threadId}/runs`, body)).text();
    expect(text).toMatch(/event: done\ndata: \[DONE\]\n\n$/);
    const [created] = simulator.log.entries({ kind: 'run' });
    const answer = await send(
      simulator,
      'POST',
      `/threads/${threadId}/runs/${created?.runId}/submit_tool_outputs`,
      JSON.stringify({ tool_outputs: [], stream: true }),
    );
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('do not accept tool outputs');
  });

  it('goes on when nobody reads it any more', async () => {
    const simulator = await useSimulator({ workMs: 20 });
    const threadId = await createThread(simulator.client, 'Hello');
    simulator.addFault({ on: 'runs.create', fault: { kind: 'cut_stream', afterEvents: 2 } });
    const stream = await simulator.client.beta.threads.runs.create(threadId, { assistant_id, stream: true });
    await expect(collect(stream)).rejects.toBeInstanceOf(Error);
    const [created] = simulator.log.entries({ kind: 'run' });
    await reached(simulator, created?.runId ?? '', 'completed');
  });
});
