import { describe, expect, it } from 'vitest';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import { Log } from '../../simulator/log.ts';
import { noSubject } from '../../simulator/log.ts';
import { Retention } from '../../simulator/retention.ts';
import { createThread, scripted, useReceiver, useSimulator } from './support.ts';

describe('what is kept', () => {
  it('is what ended last, with everything that has not ended', async () => {
    const receiver = await useReceiver(200);
    const simulator = await useSimulator({
      time: 'stepped',
      maxObjects: 3,
      webhooks: [{ url: receiver.url, secret: 's' }],
    });
    const { runs } = simulator.client.beta.threads;
    const create = async (metadata: Record<string, string> = {}) => {
      const threadId = await createThread(simulator.client, 'Hello');
      const { id } = await runs.create(threadId, { assistant_id, metadata });
      await simulator.advance(10);
      return { id, threadId };
    };
    const active = await create(scripted({ stuck: 'in_progress' }));
    const ended: { id: string; threadId: string }[] = [];
    for (let count = 0; count < 6; count += 1) ended.push(await create({ job: 'a' }));
    const kept = [active, ...ended.slice(-3)].map(({ id }) => id);
    expect(simulator.runs().map(({ id }) => id)).toEqual(kept);
    const [first] = ended;
    await expect(simulator.client.beta.threads.retrieve(first?.threadId ?? '')).rejects.toThrow('404');
    await simulator.client.beta.threads.retrieve(active.threadId);
    expect(simulator.deliveries()).toHaveLength(3);

    const report = simulator.report({ by: ['job'] });
    expect(report.complete).toBe(true);
    expect(report.tags).toMatchObject([{ created: 6, byStatus: { completed: 6 } }]);
    expect(report.tags[0]?.tokens.total).toBeGreaterThan(0);
    expect(report.deliveries.acknowledged).toBe(6);
  });

  it('goes for several runs on one thread, for threads without any, for responses and assistants', async () => {
    const simulator = await useSimulator({ time: 'stepped', maxObjects: 2 });
    const { client } = simulator;
    const threadId = await createThread(client, 'Hello');
    for (let count = 0; count < 4; count += 1) {
      await client.beta.threads.runs.create(threadId, { assistant_id });
      await simulator.advance(10);
    }
    expect((await client.beta.threads.runs.list(threadId)).data).toHaveLength(2);
    const others: string[] = [];
    for (let count = 0; count < 3; count += 1) others.push(await createThread(client, 'Hello'));
    await expect(client.beta.threads.retrieve(threadId)).rejects.toThrow('404');
    await expect(client.beta.threads.retrieve(others[0] ?? '')).rejects.toThrow('404');
    await client.beta.threads.retrieve(others[1] ?? '');
    expect(simulator.runs()).toEqual([]);

    for (let count = 0; count < 4; count += 1) {
      await client.responses.create({ model: 'gpt-sim', input: 'Hello', background: true });
      await simulator.advance(10);
      await client.beta.assistants.create({ model: 'gpt-sim' });
    }
    expect(simulator.responses()).toHaveLength(2);
    const names = (await client.beta.assistants.list()).data.map(({ id }) => id);
    expect(names).toHaveLength(2);
    expect(names).toContain(assistant_id);
  });

  it('is only counted when even the report would be too long', async () => {
    const simulator = await useSimulator({ time: 'stepped', maxObjects: 1 });
    for (let count = 0; count < 12; count += 1) {
      const metadata = { job: 'a', ...scripted({ usage: { prompt: 1, completion: 1 } }) };
      const threadId = await createThread(simulator.client, 'Hello');
      await simulator.client.beta.threads.runs.create(threadId, { assistant_id, metadata });
      await simulator.advance(10);
    }
    const report = simulator.report({ by: ['job'] });
    expect(report.complete).toBe(false);
    expect(report.tags).toMatchObject([{ created: 10 }]);
    expect(report.totals).toMatchObject({ created: 12, byStatus: { completed: 12 }, tokens: { total: 24 } });
  });

  it('is the newest of the log; counts and order go on', () => {
    const log = new Log(100);
    for (let count = 0; count < 1000; count += 1) {
      log.append({ kind: 'fault', ruleId: String(count), on: '*', fault: 'reset', ...noSubject() });
      log.append({
        kind: 'request',
        requestId: '',
        endpoint: 'runs.list',
        method: 'GET',
        path: '/',
        status: 200,
        outcome: 'answered',
        durationMs: 0,
        ...noSubject(),
      });
    }
    const entries = log.entries();
    expect(entries.length).toBeGreaterThanOrEqual(100);
    expect(entries.length).toBeLessThanOrEqual(110);
    expect(entries.at(-1)?.seq).toBe(2000);
    expect(log.dropped + entries.length).toBe(2000);
    expect(log.counts()).toEqual({ 'runs.list': 1000 });
    expect(log.counts({ endpoint: 'runs.list' })['runs.list']).toBeLessThanOrEqual(55);
  });

  it('counts from the last end', () => {
    const gone: string[] = [];
    const retention = new Retention(2, (id) => gone.push(id));
    for (const id of ['a', 'b', 'a', 'c', 'd']) retention.ended(id);
    expect(gone).toEqual(['b', 'a']);
    retention.gone('c');
    retention.ended('e');
    expect(gone).toEqual(['b', 'a']);
  });
});
