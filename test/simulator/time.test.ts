import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../simulator/clock.ts';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import { control, createThread, scripted, SECRET, statusesOf, useReceiver, useSimulator } from './support.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('stepped time', () => {
  it('stands still, then does what falls due in order, each at its moment', async () => {
    const clock = new SimulatedClock('stepped');
    const startedAt = clock.now();
    const seen: [string, number][] = [];
    const note = (name: string) => seen.push([name, clock.now() - startedAt]);
    clock.after(2000, () => note('second'));
    clock.after(1000, () => {
      note('first');
      clock.after(500, () => note('from the first'));
    });
    clock.after(2000, () => note('second, too'));
    clock.after(9000, () => note('much later'));
    expect(clock.now()).toBe(startedAt);
    await clock.advance(2000);
    expect(seen).toEqual([
      ['first', 1000],
      ['from the first', 1500],
      ['second', 2000],
      ['second, too', 2000],
    ]);
    expect(clock.state()).toEqual({
      mode: 'stepped',
      scale: 0,
      nowMs: startedAt + 2000,
      pendingTimers: 1,
      nextTimerInMs: 7000,
    });
  });

  it('waits for real work that a step sets off, and makes one step after the other', async () => {
    const clock = new SimulatedClock('stepped');
    const seen: string[] = [];
    clock.after(1, () => {
      clock.track(
        new Promise<void>((resolve) => {
          setTimeout(() => {
            seen.push('work');
            resolve();
          }, 5);
        }),
      );
    });
    clock.after(2, () => seen.push('next'));
    await Promise.all([clock.advance(1), clock.advance(1).then(() => seen.push('advanced'))]);
    expect(seen).toEqual(['work', 'next', 'advanced']);
  });

  it('does at once what is due already', async () => {
    const clock = new SimulatedClock('stepped');
    const startedAt = clock.now();
    await new Promise<void>((resolve) => {
      clock.after(0, resolve);
    });
    expect(clock.now()).toBe(startedAt);
  });

  it('can be left and entered again; time never goes back', async () => {
    const clock = new SimulatedClock('real');
    await clock.advance(HOUR_MS);
    const after = clock.now();
    clock.set('stepped');
    const frozen = clock.now();
    expect(frozen).toBeGreaterThanOrEqual(after);
    clock.set('scaled', 1000);
    await new Promise<void>((resolve) => {
      clock.after(2000, resolve);
    });
    expect(clock.now()).toBeGreaterThanOrEqual(frozen + 2000);
    expect(clock.state()).toMatchObject({ mode: 'scaled', scale: 1000 });
    clock.stop();
  });
});

describe('a simulator in stepped time', () => {
  it('expires a run after ten minutes, to the second', async () => {
    const simulator = await useSimulator({ time: 'stepped' });
    const threadId = await createThread(simulator.client, 'Hello');
    const { id } = await simulator.client.beta.threads.runs.create(threadId, {
      assistant_id,
      metadata: scripted({ stuck: 'in_progress' }),
    });
    await simulator.advance(10 * MINUTE_MS - 1001);
    expect(statusesOf(simulator, id)).toEqual(['queued', 'in_progress']);
    await simulator.advance(1001);
    expect(statusesOf(simulator, id)).toEqual(['queued', 'in_progress', 'expired']);
  });

  it('gives a webhook up after 72 hours, and says so', async () => {
    const receiver = await useReceiver(500);
    const simulator = await useSimulator({
      time: 'stepped',
      redeliverAfterMs: 1000,
      webhooks: [{ url: receiver.url, secret: SECRET, eventTypes: ['thread.run.completed'] }],
    });
    await simulator.client.beta.threads.runs.create(await createThread(simulator.client, 'Hello'), {
      assistant_id,
    });
    await simulator.advance(71 * HOUR_MS);
    expect(simulator.deliveries()).toMatchObject([{ state: 'pending' }]);
    await simulator.advance(2 * HOUR_MS);
    const [delivery] = simulator.deliveries();
    expect(delivery).toMatchObject({ state: 'given_up', nextTryAtMs: null });
    const waits = delivery?.tries.map(({ atMs }, index, tries) => atMs - (tries[index - 1]?.atMs ?? atMs));
    expect(waits?.slice(0, 6)).toEqual([0, 1000, 2000, 4000, 8000, 16_000]);
    expect(Math.max(...(waits ?? []))).toBe(HOUR_MS);
    const entries = simulator.log.entries({ kind: 'delivery' });
    expect(entries.map((entry) => entry.kind === 'delivery' && entry.givenUp)).toEqual([
      ...Array.from({ length: entries.length - 1 }, () => false),
      true,
    ]);
    expect(receiver.received).toHaveLength(entries.length);
  });

  it('is driven over HTTP', async () => {
    const simulator = await useSimulator();
    expect(await control(simulator, 'GET', '/time')).toMatchObject({ mode: 'real', scale: 1 });
    expect(await control(simulator, 'POST', '/time', { mode: 'stepped' })).toMatchObject({ mode: 'stepped' });
    const threadId = await createThread(simulator.client, 'Hello');
    const { runs } = simulator.client.beta.threads;
    const { id, created_at: createdAt } = await runs.create(threadId, { assistant_id });
    await control(simulator, 'POST', '/time/advance', { ms: 1 });
    expect(await runs.retrieve(id, { thread_id: threadId })).toMatchObject({ status: 'in_progress' });
    await control(simulator, 'POST', '/time/advance', { ms: 5000 });
    expect(await runs.retrieve(id, { thread_id: threadId })).toMatchObject({ status: 'completed' });
    const later = await runs.create(threadId, { assistant_id });
    expect(later.created_at - createdAt).toBeGreaterThanOrEqual(5);
    expect(later.created_at - createdAt).toBeLessThanOrEqual(6);
    expect(await control(simulator, 'POST', '/time', { mode: 'scaled', scale: 60 })).toMatchObject({
      mode: 'scaled',
      scale: 60,
    });
  });

  it.each([
    ['/time', { mode: 'backwards' }, 'mode'],
    ['/time', { mode: 'scaled', scale: 0 }, 'scale'],
    ['/time/advance', { ms: -1 }, 'ms'],
    ['/time/advance', { ms: 1e12 }, 'ms'],
  ])('POST %s refuses %j', async (path, body, param) => {
    const simulator = await useSimulator();
    expect(await control(simulator, 'POST', path, body)).toMatchObject({ error: { param } });
  });
});
