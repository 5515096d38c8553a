import { expect, it } from 'vitest';
import { Counter } from './counter.ts';
import { System } from './system.ts';

/*
 * The worker is killed (SIGKILL) at the worst moments, and another takes over. The simulator's log is the ground truth for how many
 * runs there were, and what was submitted to them.
 */

/** Short enough for a lost try to be noticed soon; long enough for a slow machine. */
const calls = { timeoutMs: 1_500, initialMs: 50 };
const lostCreate = { settleMs: 50 };

it.concurrent(
  'killed before the create reply is recorded: the run is adopted, not created again',
  async () => {
    await using system = await System.start();
    const { simulator } = system;
    simulator.addFault({ on: 'runs.create', fault: { kind: 'delay', ms: 60_000, when: 'after' } });
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

it.concurrent(
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
  await system.seen((entry) => entry.kind === 'request' && entry.endpoint === 'runs.retrieve');
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
    expect(system.changes(run.id).filter(({ from }) => from === 'requires_action')).toHaveLength(1);
  },
);

it.concurrent(
  'killed after a submit, before its reply is recorded: the outputs are accepted once',
  async () => {
    await using system = await System.start();
    await using counter = await Counter.start();
    system.simulator.addFault({
      on: 'runs.submitToolOutputs',
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
      policy: { calls, wait: { initialMs: 50 } },
    });
    await system.seen((entry) => entry.kind === 'run' && entry.from === 'requires_action');
    await doomed.kill();
    await system.startToolWorker(counter.url);

    const result = await run.result();
    expect(result).toMatchObject({ status: 'completed', text: 'ok', toolRounds: 1, toolCalls: 1 });
    expect(counter.requests).toHaveLength(1);
    expect(system.changes(run.id).map(({ to }) => to)).toEqual([
      'queued',
      'in_progress',
      'requires_action',
      'queued',
      'in_progress',
      'completed',
    ]);
  },
);
