import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import type { Simulator } from '../../simulator/index.ts';
import { SECRET, createThread, reached, scripted, useReceiver, useSimulator } from './support.ts';

async function get(simulator: Simulator, path: string): Promise<Response> {
  return fetch(simulator.url + path);
}

async function state(simulator: Simulator): Promise<unknown> {
  return (await get(simulator, '/_simulator/page/state')).json();
}

describe('the status page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8'],
    ['/_simulator/page', 'text/html; charset=utf-8'],
    ['/_simulator/page/page.css', 'text/css; charset=utf-8'],
    ['/_simulator/page/page.js', 'text/javascript; charset=utf-8'],
  ])('%s allows nothing from elsewhere, and nothing inline', async (path, type) => {
    const simulator = await useSimulator();
    const { status, headers } = await get(simulator, path);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('asks for nothing that it does not serve, and brings no script or style inside', async () => {
    const simulator = await useSimulator();
    const html = await (await get(simulator, '/')).text();
    const linked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);
    for (const target of linked.filter((one) => one !== 'data:,')) {
      expect([target, (await get(simulator, target)).status]).toEqual([target, 200]);
    }
    expect(linked.length).toBeGreaterThan(2);
    expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  it('never makes markup of what it shows', async () => {
    const simulator = await useSimulator();
    const script = await (await get(simulator, '/_simulator/page/page.js')).text();
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|setAttribute/);
  });

  it('is no part of the API: it is not in the log', async () => {
    const simulator = await useSimulator();
    await get(simulator, '/');
    await state(simulator);
    expect(simulator.log.entries()).toEqual([]);
  });
});

describe('its state', () => {
  it('has runs, responses, deliveries, faults and requests, newest first', async () => {
    const receiver = await useReceiver(500, 200);
    const eventTypes = ['thread.run.completed'];
    const simulator = await useSimulator({ webhooks: [{ url: receiver.url, secret: SECRET, eventTypes }] });
    const { client } = simulator;
    simulator.addFault({ id: 'slow', on: 'runs.retrieve', times: 3, fault: { kind: 'delay', ms: 1 } });
    const thread_id = await createThread(client, 'What is 2+2?');
    const metadata = { tag: '<b>a</b>' };
    const run = await client.beta.threads.runs.createAndPoll(
      thread_id,
      { assistant_id, metadata },
      { pollIntervalMs: 50 },
    );
    await simulator.log.waitFor((entry) => entry.kind === 'delivery' && entry.error === null);
    const waiting = await client.beta.threads.runs.create(thread_id, {
      assistant_id,
      metadata: scripted({ stuck: 'queued' }),
    });
    const response = await client.responses.create({ model: 'gpt-other', input: 'What is 2+2?' });

    expect(await state(simulator)).toMatchObject({
      time: { mode: 'real', nowMs: expect.any(Number) },
      totals: { objects: 3, active: 1, deliveries: 2, failedDeliveries: 1, faults: expect.any(Number) },
      statuses: { completed: 2, queued: 1 },
      objects: [
        { id: response.id, status: 'completed', model: 'gpt-other', tokens: response.usage?.total_tokens },
        { id: waiting.id, status: 'queued', tokens: 0 },
        { id: run.id, status: 'completed', tokens: run.usage?.total_tokens, metadata, rounds: 0 },
      ],
      rules: [{ id: 'slow', on: 'runs.retrieve', fault: 'delay (ms: 1, when: "after")', match: null }],
    });
    const shown = z
      .object({
        deliveries: z.array(z.object({ type: z.string(), try: z.number(), error: z.string().nullable() })),
        requests: z.array(z.object({ seq: z.number(), endpoint: z.string(), answer: z.string() })),
      })
      .parse(await state(simulator));
    expect(shown.deliveries).toContainEqual({ type: 'thread.run.completed', try: 1, error: 'answered 500' });
    expect(shown.requests.map(({ seq }) => seq)).toEqual(
      shown.requests.map(({ seq }) => seq).toSorted((a, b) => b - a),
    );
    expect(shown.requests[0]).toMatchObject({ endpoint: 'responses.create', answer: '200' });
  });

  it('counts everything, shows the newest, and forgets with a reset', async () => {
    const simulator = await useSimulator();
    const metadata = scripted({ stuck: 'queued' });
    for (let index = 0; index < 70; index += 1) {
      await simulator.client.beta.threads.createAndRun({ assistant_id, metadata });
    }
    const last = await simulator.client.beta.threads.createAndRun({ assistant_id });
    await reached(simulator, last.id, 'completed');
    expect(await state(simulator)).toMatchObject({
      totals: { objects: 71, active: 70, requests: 71 },
      statuses: { queued: 70, completed: 1 },
      objects: expect.objectContaining({ 0: expect.objectContaining({ id: last.id }), length: 60 }),
    });
    simulator.reset();
    expect(await state(simulator)).toMatchObject({
      totals: { objects: 0, active: 0, requests: 0 },
      objects: [],
      requests: [],
    });
  });
});
