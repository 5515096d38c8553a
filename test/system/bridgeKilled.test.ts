import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { startTemporalServer } from '../../scripts/temporal/server.ts';
import { webhookPath } from '../../bridge/server.ts';
import { findFreePort } from '../support/ports.ts';
import { webhookSecret } from '../support/harness.ts';
import { System } from './system.ts';

/** Long enough that only a webhook can end the run within the test. */
const byWebhookOnly = { mode: 'webhook', initialMs: 600_000, maximumMs: 600_000 } as const;

it.concurrent(
  'the bridge is killed with a delivery due: the sender delivers it to the next bridge',
  async () => {
    await using system = await System.start();
    const port = await findFreePort();
    await system.startWorker();
    const doomed = await system.startBridge(port);
    await doomed.kill();
    system.simulator.addWebhook({ url: `http://127.0.0.1:${port}${webhookPath}`, secret: webhookSecret });

    const run = await system.startRun({ input: 'What is 2+2?', policy: { wait: byWebhookOnly } });
    await system.seen((entry) => entry.kind === 'delivery' && entry.error !== null);
    await system.startBridge(port);

    const result = await run.result();
    expect(result).toMatchObject({
      status: 'completed',
      learntFrom: 'webhook',
      calls: { create: 1, readOutput: 1 },
    });
    expect(result.calls.retrieve).toBeUndefined();
  },
);

it.concurrent('the bridge is stopped while a webhook is under way: it is answered first', async () => {
  await using system = await System.start();
  const port = await findFreePort();
  await system.startWorker();
  const bridge = await system.startBridge(port);
  system.simulator.addWebhook({ url: `http://127.0.0.1:${port}${webhookPath}`, secret: webhookSecret });
  // The bridge has to wait for the answer that it reads before it can signal.
  system.simulator.addFault({ on: 'messages.list', fault: { kind: 'delay', ms: 500 } });

  const run = await system.startRun({ input: 'What is 2+2?', policy: { wait: byWebhookOnly } });
  await system.seen((entry) => entry.kind === 'fault' && entry.on === 'messages.list');
  expect(await bridge.stop()).toBe(0);

  expect(await run.result()).toMatchObject({ status: 'completed', learntFrom: 'webhook' });
  const deliveries = system.simulator.log.entries({ kind: 'delivery' });
  expect(deliveries).toMatchObject([{ try: 1, status: 200 }]);
});

it.concurrent('the Temporal server is restarted on its database: runs go on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'durable-runs-temporal-'));
  const port = await findFreePort();
  const start = () =>
    startTemporalServer({
      executablePath: inject('temporalExecutable'),
      port,
      uiPort: port + 1,
      dbFilename: join(folder, 'temporal.db'),
      logFile: join(folder, `${randomUUID()}.log`),
    });
  let server = await start();
  try {
    await using system = await System.start(server.address);
    await system.startWorker();
    const run = await system.startRun({
      input: 'What is 2+2?',
      request: { metadata: { simulator: JSON.stringify({ workMs: 2_000 }) } },
      policy: { wait: { initialMs: 200 } },
    });
    await system.seen((entry) => entry.kind === 'run' && entry.to === 'in_progress');
    await server.stop();
    server = await start();

    expect(await run.result()).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }] });
    expect(new Set(system.changes(run.id).map(({ runId }) => runId)).size).toBe(1);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});
