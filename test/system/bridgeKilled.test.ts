import { expect, it } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import { dialect } from '../support/presentDialect.ts';
import { findFreePort } from '../../scripts/temporal/ports.ts';
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
    expect(result).toMatchObject({ status: 'completed', learntFrom: 'webhook' });
    expect(result.calls).toEqual({ ...dialect.preparation, create: 1, ...dialect.reading });
  },
);

it.concurrent('the bridge is stopped while a webhook is under way: it is answered first', async () => {
  await using system = await System.start();
  const port = await findFreePort();
  await system.startWorker();
  const bridge = await system.startBridge(port);
  system.simulator.addWebhook({ url: `http://127.0.0.1:${port}${webhookPath}`, secret: webhookSecret });
  // The bridge has to wait for the answer that it reads before it can signal.
  system.simulator.addFault({ on: dialect.endpoints.read, fault: { kind: 'delay', ms: 500 } });

  const run = await system.startRun({ input: 'What is 2+2?', policy: { wait: byWebhookOnly } });
  await system.seen((entry) => entry.kind === 'fault' && entry.on === dialect.endpoints.read);
  expect(await bridge.stop()).toBe(0);

  expect(await run.result()).toMatchObject({ status: 'completed', learntFrom: 'webhook' });
  const deliveries = system.simulator.log.entries({ kind: 'delivery' });
  expect(deliveries).toMatchObject([{ try: 1, status: 200 }]);
});
