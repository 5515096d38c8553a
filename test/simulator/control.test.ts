import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SIMULATOR_ASSISTANT_ID as assistant_id, startSimulator } from '../../simulator/index.ts';
import type { Simulator } from '../../simulator/index.ts';
import { SECRET, control, createThread, reached, scripted, useReceiver, useSimulator } from './support.ts';

const logAnswer = z.strictObject({ entries: z.array(z.record(z.string(), z.unknown())) });

async function readLog(simulator: Simulator, query: string) {
  return logAnswer.parse(await control(simulator, 'GET', `/log?${query}`)).entries;
}

async function runOnce(simulator: Simulator & Awaited<ReturnType<typeof useSimulator>>, tag: string) {
  const threadId = await createThread(simulator.client, 'Hello');
  const { id } = await simulator.client.beta.threads.runs.create(threadId, {
    assistant_id,
    metadata: { tag },
  });
  await reached(simulator, id, 'completed');
  await simulator.client.beta.threads.messages.list(threadId);
  return { threadId, id };
}

describe('the log', () => {
  it('has requests and status changes in order', async () => {
    const simulator = await useSimulator();
    const { threadId, id } = await runOnce(simulator, 'a');
    const entries = await readLog(simulator, '');
    expect(entries.map((entry) => [entry['seq'], entry['kind'], entry['endpoint'] ?? entry['to']])).toEqual([
      [1, 'request', 'threads.create'],
      [2, 'run', 'queued'],
      [3, 'request', 'runs.create'],
      [4, 'run', 'in_progress'],
      [5, 'run', 'completed'],
      [6, 'request', 'messages.list'],
    ]);
    expect(entries.every((entry) => entry['threadId'] === threadId)).toBe(true);
    expect(entries[2]).toMatchObject({
      method: 'POST',
      path: `/v1/threads/${threadId}/runs`,
      status: 200,
      outcome: 'answered',
      runId: id,
      metadata: { tag: 'a' },
      at: expect.any(Number),
      durationMs: expect.any(Number),
      requestId: expect.stringMatching(/^req_/),
    });
    expect(entries[4]).toMatchObject({
      runId: id,
      from: 'in_progress',
      to: 'completed',
      metadata: { tag: 'a' },
    });
  });

  it('is filtered, and counted', async () => {
    const simulator = await useSimulator();
    const a = await runOnce(simulator, 'a');
    const b = await runOnce(simulator, 'b');
    const seqs = async (query: string) => {
      const entries = await readLog(simulator, query);
      return entries.map((entry) => entry['seq']);
    };
    expect(await seqs('metadata.tag=a')).toEqual([2, 3, 4, 5]);
    expect(await seqs('metadata.tag=a&related=true')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await seqs('metadata.tag=a&related=true&endpoint=messages.list')).toEqual([6]);
    expect(await seqs(`threadId=${b.threadId}&kind=request`)).toEqual([7, 9, 12]);
    expect(await seqs(`runId=${a.id}&after=3`)).toEqual([4, 5]);
    expect(await seqs('endpoint=messages.list')).toEqual([6, 12]);
    expect(await control(simulator, 'GET', '/counts')).toEqual({
      total: 6,
      byEndpoint: { 'threads.create': 2, 'runs.create': 2, 'messages.list': 2 },
    });
    expect(await control(simulator, 'GET', '/counts?metadata.tag=b&related=true')).toEqual({
      total: 3,
      byEndpoint: { 'threads.create': 1, 'runs.create': 1, 'messages.list': 1 },
    });
    expect(await control(simulator, 'GET', '/runs?metadata.tag=b')).toMatchObject({
      runs: [{ id: b.id, status: 'completed', metadata: { tag: 'b' } }],
    });
  });
});

describe('the control API', () => {
  it('adds, lists and removes faults', async () => {
    const simulator = await useSimulator();
    const rule = { id: 'slow', on: 'runs.create', fault: { kind: 'delay', ms: 5 } };
    expect(await control(simulator, 'POST', '/faults', rule)).toMatchObject({
      rules: [{ ...rule, times: 1, after: 0 }],
    });
    expect(await control(simulator, 'POST', '/faults', rule)).toMatchObject({
      error: { message: "There is already a fault rule 'slow'." },
    });
    await control(simulator, 'POST', '/faults', [
      { on: '*', fault: { kind: 'reset' } },
      { on: 'webhook:*', fault: { kind: 'lose' } },
    ]);
    expect(await control(simulator, 'GET', '/faults')).toMatchObject({ rules: [{ id: 'slow' }, {}, {}] });
    expect(await control(simulator, 'DELETE', '/faults/slow')).toEqual({ removed: true });
    expect(await control(simulator, 'DELETE', '/faults/slow')).toMatchObject({
      error: { message: "No fault rule 'slow'." },
    });
    await control(simulator, 'DELETE', '/faults');
    expect(simulator.faults()).toEqual([]);
  });

  it('adds webhook endpoints, and never shows their secrets', async () => {
    const simulator = await useSimulator();
    const receiver = await useReceiver(200);
    await control(simulator, 'POST', '/webhooks', { url: receiver.url, secret: SECRET });
    expect(await control(simulator, 'GET', '/webhooks')).toEqual({
      endpoints: [{ id: expect.stringMatching(/^whe_/), url: receiver.url, eventTypes: null }],
    });
    await runOnce(simulator, 'a');
    await simulator.log.waitFor((entry) => entry.kind === 'delivery' && entry.status === 200);
    await control(simulator, 'DELETE', '/webhooks');
    expect(await control(simulator, 'GET', '/webhooks')).toEqual({ endpoints: [] });
  });

  it('resets everything but the endpoints', async () => {
    const simulator = await useSimulator();
    const threadId = await createThread(simulator.client, 'Hello');
    await simulator.client.beta.threads.runs.create(threadId, {
      assistant_id,
      metadata: scripted({ stuck: 'queued' }),
    });
    simulator.addFault({ on: '*', fault: { kind: 'reset' } });
    expect(await control(simulator, 'POST', '/reset')).toEqual({ status: 'ok' });
    expect(simulator.log.entries()).toEqual([]);
    expect(simulator.runs()).toEqual([]);
    await expect(simulator.client.beta.threads.retrieve(threadId)).rejects.toThrow('404');
    expect(await simulator.client.beta.assistants.retrieve(assistant_id)).toMatchObject({ id: assistant_id });
  });

  it('answers in the same shape when asked for what is not there', async () => {
    const simulator = await useSimulator();
    expect(await control(simulator, 'GET', '/health')).toEqual({ status: 'ok' });
    expect(await control(simulator, 'GET', '/nothing')).toMatchObject({
      error: { type: 'invalid_request_error' },
    });
    expect(await control(simulator, 'GET', '/log?kind=gossip')).toMatchObject({ error: { param: 'kind' } });
    expect(simulator.log.counts()).toEqual({});
  });
});

describe('startSimulator', () => {
  it.each([
    [{ timeScale: 0 }, 'timeScale'],
    [{ queueMs: -1 }, 'queueMs'],
    [{ webhooks: [{ url: 'nowhere', secret: 's' }] }, 'nowhere'],
  ])('refuses %j', async (options, why) => {
    await expect(startSimulator({ port: 0, ...options })).rejects.toThrow(why);
  });

  it('closes at once, whatever is pending', async () => {
    const silent = await useReceiver(500);
    const simulator = await startSimulator({
      port: 0,
      queueMs: 0,
      workMs: 0,
      webhooks: [{ url: silent.url, secret: SECRET }],
    });
    simulator.addFault({ on: 'threads.create', fault: { kind: 'delay', ms: 3_600_000 } });
    const stuck = fetch(`${simulator.baseURL}/threads`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-simulator', 'openai-beta': 'assistants=v2' },
    });
    await simulator.log.waitFor((entry) => entry.kind === 'fault');
    await simulator.close();
    await expect(stuck).rejects.toThrow('fetch failed');
  });
});
