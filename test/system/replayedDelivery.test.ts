import { expect, it } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import { tagToMetadata } from '../../core/tag.ts';
import { findFreePort } from '../../scripts/temporal/ports.ts';
import { signWebhook } from '../../simulator/webhooks/sign.ts';
import { runReportQuery } from '../../workflows/messages.ts';
import { webhookSecret } from '../support/harness.ts';
import { readLooks, until } from '../support/looks.ts';
import { dialect } from '../support/presentDialect.ts';
import { System } from './system.ts';

/** Long enough that nothing but a webhook makes the run look within the test. */
const byWebhookOnly = { mode: 'webhook', initialMs: 600_000, maximumMs: 600_000 } as const;

it('a stolen delivery, replayed after bridge and worker were killed: taken, and nothing changes', async () => {
  await using system = await System.start();
  const port = await findFreePort();
  const [worker, bridge] = [await system.startWorker(), await system.startBridge(port)];
  // The bridge cannot read an answer: each delivery that acts is a hint to look, which shows in the history.
  if (dialect.webhooksCarryRuns) {
    const fault = { kind: 'status', status: 500 } as const;
    system.simulator.addFault({ on: dialect.endpoints.read, fault, times: null });
  }
  const { id } = await system.startRun({
    input: 'What is 2+2?',
    request: { metadata: { simulator: JSON.stringify({ workMs: 600_000 }) } },
    policy: { wait: byWebhookOnly },
  });
  const handle = system.client.workflow.getHandle(id);
  const { ref } = await until(async () => (await handle.query(runReportQuery)).current ?? undefined);

  const { runId: executionId } = await handle.describe();
  const metadata = tagToMetadata({ workflowId: id, executionId, attempt: 1, round: 0 });
  const data = { id: ref.id, thread_id: ref.containerId, status: 'completed', metadata };
  const type = `${dialect.eventPrefix}completed`;
  const body = JSON.stringify({ id: 'evt_1', object: 'event', created_at: 1, type, data });
  const now = Math.floor(Date.now() / 1_000);
  const signAt = (webhookId: string, timestampSeconds: number) => ({
    ...signWebhook({ id: webhookId, timestampSeconds, body }, [webhookSecret]),
  });
  const deliver = async (headers: Readonly<Record<string, string>>): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${webhookPath}`, { method: 'POST', headers, body })).status;
  const [stolen, old, other] = [signAt('wh_stolen', now), signAt('wh_old', now - 301), signAt('wh_new', now)];
  const readHere = () => readLooks(system.client, id);
  const acted = (looks: number) => until(async () => ((await readHere()).looks === looks ? true : undefined));

  expect(await deliver(old)).toBe(400);
  expect(await deliver(stolen)).toBe(200);
  await acted(1);
  await until(async () =>
    (await handle.query(runReportQuery)).doing.startsWith('check') ? undefined : true,
  );

  await bridge.kill();
  await worker.kill();
  await system.startWorker();
  await system.startBridge(port);
  expect([await deliver(stolen), await deliver(stolen), await deliver(old)]).toEqual([200, 200, 400]);
  // It got as far as the run, which knew it.
  expect(await readHere()).toEqual({ looks: 1, signals: 3 });

  // Another one acts: the run was not merely deaf.
  expect(await deliver(other)).toBe(200);
  await acted(2);
  await handle.terminate();
});
