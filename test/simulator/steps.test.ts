import { describe, expect, it } from 'vitest';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import type { ScriptSource } from '../../simulator/index.ts';
import {
  WEATHER_TOOL,
  createThread,
  readError,
  scripted,
  send,
  statusesOf,
  useSimulator,
} from './support.ts';

const poll = { pollIntervalMs: 2 };
const ADD = [[{ name: 'add', arguments: { a: 1, b: 2 } }]];

describe('the steps of a run', () => {
  it('are its tool rounds, with outputs once they are submitted, and its message', async () => {
    const { client } = await useSimulator();
    const { runs, messages } = client.beta.threads;
    const thread_id = await createThread(client, 'What is the weather in Paris and in Rome?');
    const waiting = await runs.createAndPoll(thread_id, { assistant_id, tools: [WEATHER_TOOL] }, poll);
    const calls = waiting.required_action?.submit_tool_outputs.tool_calls ?? [];
    const path = { thread_id, run_id: waiting.id };

    const open = (await runs.steps.list(waiting.id, { thread_id })).data;
    const withOutput = (output: (index: number) => string | null) =>
      calls.map((call, index) => ({ ...call, function: { ...call.function, output: output(index) } }));
    expect(open).toEqual([
      {
        id: expect.stringMatching(/^step_\w{24}$/),
        object: 'thread.run.step',
        created_at: expect.any(Number),
        run_id: waiting.id,
        thread_id,
        assistant_id,
        type: 'tool_calls',
        status: 'in_progress',
        step_details: { type: 'tool_calls', tool_calls: withOutput(() => null) },
        last_error: null,
        cancelled_at: null,
        completed_at: null,
        expired_at: null,
        failed_at: null,
        metadata: null,
        usage: null,
      },
    ]);

    const tool_outputs = calls.map((call, index) => ({ tool_call_id: call.id, output: `out ${index}` }));
    const done = await runs.submitToolOutputsAndPoll(waiting.id, { thread_id, tool_outputs }, poll);
    const [message] = (await messages.list(thread_id, { run_id: done.id })).data;
    const steps = (await runs.steps.list(waiting.id, { thread_id, order: 'asc' })).data;
    expect(steps).toMatchObject([
      {
        ...open[0],
        status: 'completed',
        completed_at: expect.any(Number),
        step_details: { type: 'tool_calls', tool_calls: withOutput((index) => `out ${index}`) },
        usage: { total_tokens: expect.any(Number) },
      },
      {
        type: 'message_creation',
        status: 'completed',
        step_details: { type: 'message_creation', message_creation: { message_id: message?.id } },
      },
    ]);
    // The run's bill is the sum of its steps'.
    expect(steps.reduce((sum, step) => sum + (step.usage?.total_tokens ?? 0), 0)).toBe(
      done.usage?.total_tokens,
    );
    expect(await runs.steps.retrieve(steps[1]?.id ?? '', path)).toEqual(steps[1]);
  });

  it('are paged through by the official client', async () => {
    const { client } = await useSimulator({ queueMs: 0, workMs: 0 });
    const { runs } = client.beta.threads;
    const thread_id = await createThread(client, 'Hello');
    const metadata = scripted({ rounds: ADD, repeat: 4 });
    let run = await runs.createAndPoll(thread_id, { assistant_id, metadata }, poll);
    const expected: string[] = [];
    while (run.required_action) {
      const [call] = run.required_action.submit_tool_outputs.tool_calls;
      expected.push(call?.id ?? '');
      const tool_outputs = [{ tool_call_id: call?.id ?? '', output: '3' }];
      run = await runs.submitToolOutputsAndPoll(run.id, { thread_id, tool_outputs }, poll);
    }
    const seen: string[] = [];
    const include = ['step_details.tool_calls[*].file_search.results[*].content' as const];
    for await (const step of runs.steps.list(run.id, { thread_id, limit: 2, order: 'asc', include })) {
      const details = step.step_details;
      seen.push(details.type === 'tool_calls' ? (details.tool_calls[0]?.id ?? '') : 'message');
    }
    expect(seen).toEqual([...expected, 'message']);
  });

  it.each<[status: string, script: ScriptSource, step: object]>([
    ['expired', { rounds: ADD }, { status: 'expired', expired_at: expect.any(Number) }],
    [
      'cancelled',
      { rounds: ADD },
      { status: 'cancelled', cancelled_at: expect.any(Number), completed_at: null, last_error: null },
    ],
    [
      'failed',
      { rounds: ADD, cancelTo: 'failed', error: { code: 'invalid_prompt', message: 'No.' } },
      {
        status: 'failed',
        failed_at: expect.any(Number),
        last_error: { code: 'server_error', message: 'No.' },
      },
    ],
  ])('share the fate of a run that ends %s', async (status, script, expected) => {
    const simulator = await useSimulator({ time: 'stepped' });
    const { runs } = simulator.client.beta.threads;
    const thread_id = await createThread(simulator.client, 'Hello');
    const { id } = await runs.create(thread_id, { assistant_id, metadata: scripted(script) });
    await simulator.advance(1000);
    if (status !== 'expired') await runs.cancel(id, { thread_id });
    await simulator.advance(600_000);
    expect(statusesOf(simulator, id)).toEqual(expect.arrayContaining(['requires_action', status]));
    const { data } = await runs.steps.list(id, { thread_id });
    expect(data).toMatchObject([{ ...expected, usage: { total_tokens: expect.any(Number) } }]);
  });

  it('are refused with the API’s texts', async () => {
    const simulator = await useSimulator();
    const { client } = simulator;
    const thread_id = await createThread(client, 'Hello');
    const run = await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id }, poll);
    const steps = `/threads/${thread_id}/runs/${run.id}/steps`;
    const refusal = async (path: string) => {
      const response = await send(simulator, 'GET', path);
      return [response.status, readError(await response.text()).message];
    };
    expect(await refusal(`${steps}/step_x`)).toEqual([404, "No run step found with id 'step_x'."]);
    expect(await refusal(`/threads/${thread_id}/runs/run_x/steps`)).toEqual([
      404,
      "No run found with id 'run_x'.",
    ]);
    expect(await refusal(`${steps}?include[]=all`)).toEqual([
      400,
      "Invalid value: 'all'. Supported value is: 'step_details.tool_calls[*].file_search.results[*].content'.",
    ]);
  });
});
