import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Deliverer, messageOf } from '../../bench/load/deliverer.ts';
import type { RunInput } from '../../core/input.ts';
import { startHarness, webhookSecret, type Harness } from '../support/harness.ts';

// Many runs at a time, on a machine that may have much else to do.
vi.setConfig({ testTimeout: 180_000 });

const hour = 3_600_000;
/** Held in progress until the simulator's time moves; none looks by itself meanwhile. */
const held: RunInput = {
  input: 'What is 2+2?',
  request: { metadata: { simulator: JSON.stringify({ queueMs: 0, workMs: hour }) } },
  policy: { wait: { mode: 'webhook', initialMs: 540_000, maximumMs: 540_000 } },
};

/** Runs that have all ended at the provider, and have not heard of it: their webhooks are the test's to deliver. */
async function startEndedRuns(harness: Harness, count: number) {
  const runs = await Promise.all(
    Array.from({ length: count }, async () => {
      const handle = await harness.start(held, `burst-${randomUUID()}`);
      const { runId } = await harness.simulator.log.waitFor(
        ({ kind, metadata }) => kind === 'run' && metadata['durable_run_id'] === handle.workflowId,
        120_000,
      );
      return { handle, message: messageOf('response.completed', runId ?? '', `wh_${randomUUID()}`) };
    }),
  );
  await harness.simulator.advance(hour);
  const deliverer = new Deliverer(harness.webhookUrl, webhookSecret);
  onTestFinished(() => deliverer.close());
  return { runs, deliverer };
}

/** A bridge that takes four webhooks at a time, the first of which take a while. */
async function startNarrowHarness(): Promise<Harness> {
  const harness = await startHarness({ provider: 'response', webhooks: false, limits: { deliveries: 4 } });
  onTestFinished(() => harness.stop());
  harness.simulator.addFault({ on: 'responses.retrieve', times: 4, fault: { kind: 'delay', ms: 500 } });
  return harness;
}

test('pending runs that end in one burst: some webhooks are shed, none is lost, and each run costs two calls', async () => {
  const harness = await startNarrowHarness();
  const { runs, deliverer } = await startEndedRuns(harness, 24);
  await Promise.all(runs.map(({ message }) => deliverer.deliver(message)));

  const results = await Promise.all(runs.map(({ handle }) => handle.result()));
  expect(results.map(({ status }) => status)).toEqual(runs.map(() => 'completed'));
  expect(results.map(({ calls }) => calls)).toEqual(runs.map(() => ({ create: 1, retrieve: 1 })));
  // What was shed, was so before it cost a call.
  expect(harness.simulator.log.counts()).toEqual({ 'responses.create': 24, 'responses.retrieve': 24 });
  const { accepted, refusedMs, others } = deliverer.answers;
  expect(accepted).toHaveLength(24);
  expect(refusedMs.length).toBeGreaterThan(0);
  expect(others).toEqual(new Map());
});

test('each webhook five times at once: all are accepted in the end, and each run ends once', async () => {
  const harness = await startNarrowHarness();
  const { runs, deliverer } = await startEndedRuns(harness, 8);
  const messages = runs.flatMap(({ message }) => Array.from({ length: 5 }, () => message));
  await Promise.all(messages.map((message) => deliverer.deliver(message)));

  const results = await Promise.all(runs.map(({ handle }) => handle.result()));
  expect(results.map(({ status, attempts }) => [status, attempts.length])).toEqual(
    runs.map(() => ['completed', 1]),
  );
  expect(harness.simulator.log.counts()).toMatchObject({ 'responses.create': 8 });
  expect(deliverer.answers.accepted).toHaveLength(40);
  expect(deliverer.answers.refusedMs.length).toBeGreaterThan(0);
});
