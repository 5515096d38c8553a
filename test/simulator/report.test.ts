import { describe, expect, it } from 'vitest';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import type { ScriptSource } from '../../simulator/index.ts';
import { ADD_TOOL, control, createThread, scripted, useReceiver, useSimulator } from './support.ts';

const BY = { by: ['job'], attempt: 'attempt' };
type Used = Awaited<ReturnType<typeof useSimulator>>;

async function createRun(simulator: Used, metadata: Record<string, string>, script: ScriptSource = {}) {
  const threadId = await createThread(simulator.client, 'Hello');
  const { id } = await simulator.client.beta.threads.runs.create(threadId, {
    assistant_id,
    metadata: { ...metadata, ...scripted(script) },
  });
  return { id, thread_id: threadId };
}

describe('the report', () => {
  it('says what was created, submitted, left active and spent under each tag', async () => {
    const simulator = await useSimulator({ time: 'stepped' });
    const { runs } = simulator.client.beta.threads;
    const usage = { prompt: 10, completion: 5 };
    await createRun(
      simulator,
      { job: 'a', attempt: '1' },
      { usage, stuck: 'in_progress', expiresAfterMs: 50 },
    );
    await simulator.advance(100);
    const rounds = [[{ name: 'add', arguments: {} }]];
    const second = await createRun(simulator, { job: 'a', attempt: '2' }, { usage, rounds });
    const left = await createRun(simulator, { job: 'b', attempt: '1' }, { stuck: 'queued' });
    await simulator.advance(10);
    const calls =
      (await runs.retrieve(second.id, second)).required_action?.submit_tool_outputs.tool_calls ?? [];
    const tool_outputs = calls.map(({ id }) => ({ tool_call_id: id, output: '5' }));
    await runs.submitToolOutputs(second.id, { thread_id: second.thread_id, tool_outputs });
    await simulator.advance(10);

    const report = simulator.report(BY);
    expect(report.complete).toBe(true);
    expect(report.requests.byEndpoint).toMatchObject({ 'runs.create': 3, 'runs.submitToolOutputs': 1 });
    expect(report.totals).toMatchObject({
      created: 3,
      active: [left.id],
      submits: { accepted: 1, refused: 0 },
    });
    expect(report.tags).toMatchObject([
      {
        tag: { job: 'a' },
        created: 2,
        byStatus: { expired: 1, completed: 1 },
        active: [],
        submits: { accepted: 1, refused: 0 },
        tokens: { prompt: 20, completion: 10, total: 30, abandoned: 15 },
        runs: [
          { kind: 'run', status: 'expired', rounds: [] },
          {
            id: second.id,
            status: 'completed',
            rounds: [{ calls: calls.map(({ id }) => id), accepted: 1, refused: 0 }],
          },
        ],
      },
      { tag: { job: 'b' }, created: 1, active: [left.id], tokens: { total: 0 } },
    ]);
    expect(report.violations).toEqual([]);
  });

  it('finds two active at once, an attempt created twice, a round submitted twice', async () => {
    const simulator = await useSimulator({ time: 'stepped' });
    const { runs } = simulator.client.beta.threads;
    const rounds = [[{ name: 'add', arguments: {} }]];
    const first = await createRun(simulator, { job: 'a', attempt: '1' }, { rounds });
    const twin = await createRun(simulator, { job: 'a', attempt: '1' }, { stuck: 'queued' });
    await simulator.advance(10);
    const calls =
      (await runs.retrieve(first.id, first)).required_action?.submit_tool_outputs.tool_calls ?? [];
    const tool_outputs = calls.map(({ id }) => ({ tool_call_id: id, output: '5' }));
    // A lost reply, and the client that does not look before it repeats.
    simulator.addFault({ on: 'runs.submitToolOutputs', fault: { kind: 'drop_reply' } });
    for (let time = 0; time < 2; time += 1) {
      await runs.submitToolOutputs(first.id, { thread_id: first.thread_id, tool_outputs }).catch(() => {});
    }
    expect(simulator.report(BY).violations).toEqual([
      { kind: 'two_active', tag: { job: 'a' }, runIds: [first.id, twin.id] },
      { kind: 'created_twice', tag: { job: 'a' }, attempt: '1', runIds: [first.id, twin.id] },
      { kind: 'submitted_twice', runId: first.id, calls: calls.map(({ id }) => id), accepted: 1, refused: 1 },
    ]);
    // Without a tag only what one run shows by itself.
    expect(simulator.report().violations).toMatchObject([{ kind: 'submitted_twice' }]);
  });

  it('knows the rounds of responses, and does not count what continues another as a new attempt', async () => {
    const simulator = await useSimulator();
    const { responses } = simulator.client;
    const metadata = { job: 'r', attempt: '1' };
    const tools = [{ type: 'function' as const, strict: false, ...ADD_TOOL.function, parameters: {} }];
    const asked = await responses.create({
      model: 'gpt-sim',
      input: 'Add 2 and 3',
      tools,
      metadata: { ...metadata, simulator: JSON.stringify({ rounds: [[{ name: 'add' }]] }) },
    });
    const call = asked.output.find((item) => item.type === 'function_call');
    const input = [{ type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: '5' }];
    const go = () =>
      responses.create({ model: 'gpt-sim', previous_response_id: asked.id, input, tools, metadata });
    await go();
    const { tags, violations } = simulator.report(BY);
    expect(tags).toMatchObject([{ created: 2, submits: { accepted: 1 }, byStatus: { completed: 2 } }]);
    expect(tags[0]?.tokens.total).toBeGreaterThan(0);
    expect(violations).toEqual([]);
    await go();
    expect(simulator.report(BY).violations).toMatchObject([
      { kind: 'submitted_twice', runId: asked.id, accepted: 2, refused: 0 },
    ]);
  });

  it('counts submits that were refused, and not those that a fault kept from the work', async () => {
    const simulator = await useSimulator({ time: 'stepped' });
    const { runs } = simulator.client.beta.threads;
    const run = await createRun(simulator, { job: 'a' }, { stuck: 'queued' });
    const submit = () =>
      runs
        .submitToolOutputs(run.id, {
          thread_id: run.thread_id,
          tool_outputs: [{ tool_call_id: 'call_x', output: '' }],
        })
        .catch(() => {});
    simulator.addFault({ on: 'runs.submitToolOutputs', fault: { kind: 'status', status: 500 } });
    await submit();
    await submit();
    expect(simulator.report().totals.submits).toEqual({ accepted: 0, refused: 1 });
  });

  it('has the deliveries, and those that were given up under their tag', async () => {
    const receiver = await useReceiver(500);
    const simulator = await useSimulator({ time: 'stepped', webhooks: [{ url: receiver.url, secret: 's' }] });
    await createRun(simulator, { job: 'a' });
    await simulator.advance(74 * 3_600_000);
    await createRun(simulator, { job: 'b' });
    await simulator.advance(100);
    const report = simulator.report(BY);
    expect(report.deliveries).toEqual({ pending: 1, acknowledged: 0, given_up: 1, lost: 0, cancelled: 0 });
    expect(report.tags.map(({ deliveriesGivenUp }) => deliveriesGivenUp.length)).toEqual([1, 0]);
  });

  it('is asked for over HTTP, by the keys that are filtered for when no others are named', async () => {
    const simulator = await useSimulator({ time: 'stepped' });
    for (const job of ['a', 'a', 'b']) await createRun(simulator, { job, team: 'x' });
    const tagsOf = async (query: string) => {
      const report: unknown = await control(simulator, 'GET', `/report?${query}`);
      return report;
    };
    expect(await tagsOf('')).toMatchObject({ tags: [], totals: { created: 3 } });
    expect(await tagsOf('metadata.job=a')).toMatchObject({
      tags: [{ tag: { job: 'a' }, created: 2 }],
      totals: { created: 2 },
      violations: [{ kind: 'two_active' }],
    });
    expect(await tagsOf('by=job,team')).toMatchObject({
      tags: [{ tag: { job: 'a', team: 'x' } }, { tag: { job: 'b', team: 'x' } }],
    });
    expect(await tagsOf('by=job&by=nothing')).toMatchObject({ tags: [] });
    expect(await tagsOf('by=team&attempt=job')).toMatchObject({
      violations: [{ kind: 'two_active' }, { kind: 'two_active' }, { kind: 'created_twice', attempt: 'a' }],
    });
  });
});
