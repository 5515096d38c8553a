import { expect, it } from 'vitest';
import { dialect } from '../support/presentDialect.ts';
import { Counter } from './counter.ts';
import { isSubmit, System } from './system.ts';

/*
 * The worker is killed (SIGKILL) at the worst moments, and another takes over. The simulator's log is the ground truth for how many
 * runs there were, and what was submitted to them.
 */

/** Short enough for a lost try to be noticed soon; long enough for a slow machine. */
const calls = { timeoutMs: 1_500, initialMs: 50 };
const lostCreate = { settleMs: 50 };

/** Where a provider cannot be asked what a lost call has made, a webhook has to tell. */
async function hearOfLostCalls(system: System): Promise<void> {
  if (!dialect.searchable) await system.startListeningBridge();
}

it.concurrent(
  'killed before the create reply is recorded: the run is adopted, not created again',
  async () => {
    await using system = await System.start();
    const { simulator } = system;
    await hearOfLostCalls(system);
    simulator.addFault({
      on: dialect.endpoints.create,
      fault: { kind: 'delay', ms: 60_000, when: 'after' },
    });
    const doomed = await system.startWorker();

    const run = await system.startRun({
      input: 'What is 2+2?',
      policy: { calls, lostCreate, wait: { initialMs: 50 } },
    });
    await system.seen((entry) => entry.kind === 'run' && entry.from === null);
    await doomed.kill();
    await system.startWorker();

    const result = await run.result();
    expect(result).toMatchObject({ status: 'completed', recreations: 0, attempts: [{ adopted: true }] });
    expect(result.text).toContain('4');
    expect(new Set(system.changes(run.id).map(({ runId }) => runId)).size).toBe(1);
  },
);

it.runIf(dialect.hasThreads).concurrent(
  'killed before the thread is on record: no run can be lost, so none is looked for',
  async () => {
    await using system = await System.start();
    system.simulator.addFault({ on: 'threads.create', fault: { kind: 'delay', ms: 60_000, when: 'after' } });
    const doomed = await system.startWorker();

    const run = await system.startRun({
      input: 'What is 2+2?',
      policy: { calls, lostCreate: { settleMs: 50, whenNotFound: 'fail' }, wait: { initialMs: 50 } },
    });
    await system.seen((entry) => entry.kind === 'fault' && entry.on === 'threads.create');
    await doomed.kill();
    await system.startWorker();

    expect(await run.result()).toMatchObject({ status: 'completed', recreations: 0 });
    expect(new Set(system.changes(run.id).map(({ runId }) => runId)).size).toBe(1);
  },
);

it.concurrent('killed while the run is waited for: the wait goes on elsewhere', async () => {
  await using system = await System.start();
  const doomed = await system.startWorker();
  const run = await system.startRun({
    input: 'What is 2+2?',
    request: { metadata: { simulator: JSON.stringify({ workMs: 1_000 }) } },
    policy: { calls, wait: { initialMs: 100 } },
  });
  // The first check shows that the create is on record, and that the run is being waited for.
  await system.seen((entry) => entry.kind === 'request' && entry.endpoint === dialect.endpoints.retrieve);
  await doomed.kill();
  await system.startWorker();

  const result = await run.result();
  expect(result).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed', adopted: false }] });
  expect(system.changes(run.id).map(({ to }) => to)).toEqual(['queued', 'in_progress', 'completed']);
});

it.concurrent(
  'killed while a tool runs: the tool is tried again under the same idempotency key',
  async () => {
    await using system = await System.start();
    await using counter = await Counter.start();
    counter.answersFrom = 2;
    const doomed = await system.startToolWorker(counter.url);
    const run = await system.startRun({
      input: 'Do it',
      tools: ['work'],
      request: {
        metadata: {
          simulator: JSON.stringify({ rounds: [[{ name: 'work', arguments: { what: 'a' } }]], answer: 'ok' }),
        },
      },
      policy: { calls, wait: { initialMs: 50 } },
    });
    await counter.received(1);
    await doomed.kill();
    await system.startToolWorker(counter.url);

    const result = await run.result();
    expect(result).toMatchObject({ status: 'completed', text: 'ok', toolRounds: 1, toolCalls: 1 });
    expect(counter.requests).toHaveLength(2);
    expect(counter.effects).toBe(1);
    expect(system.submits(run.id)).toBe(1);
  },
);

it.concurrent(
  'killed after a submit, before its reply is recorded: the outputs are accepted once',
  async () => {
    await using system = await System.start();
    await using counter = await Counter.start();
    await hearOfLostCalls(system);
    system.simulator.addFault({
      on: dialect.endpoints.submit,
      after: dialect.requestsBeforeSubmit,
      fault: { kind: 'delay', ms: 60_000, when: 'after' },
    });
    const doomed = await system.startToolWorker(counter.url);
    const run = await system.startRun({
      input: 'Do it',
      tools: ['work'],
      request: {
        metadata: {
          simulator: JSON.stringify({ rounds: [[{ name: 'work', arguments: { what: 'a' } }]], answer: 'ok' }),
        },
      },
      policy: { calls, lostCreate, wait: { initialMs: 50 } },
    });
    await system.seen((entry) => isSubmit(entry));
    await doomed.kill();
    await system.startToolWorker(counter.url);

    const result = await run.result();
    expect(result).toMatchObject({ status: 'completed', text: 'ok', toolRounds: 1, toolCalls: 1 });
    expect(counter.requests).toHaveLength(1);
    expect(system.submits(run.id)).toBe(1);
    const ends = system.changes(run.id).filter(({ to }) => to === 'completed');
    expect(ends).toHaveLength(dialect.makesNewRefs ? 2 : 1);
  },
);
