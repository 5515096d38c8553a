import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import { startHarness, webhookSecret, type Harness } from '../support/harness.ts';
import { runReportQuery } from '../../workflows/messages.ts';
import { listen } from './raw.ts';
import { eventOf, sign, startBridge } from './support.ts';

/** How often a run has looked at its provider, by its history. */
async function looksOf(harness: Harness, workflowId: string): Promise<number> {
  const handle = harness.client.workflow.getHandle(workflowId);
  // Answered by a worker that has seen all that was signalled before.
  await handle.query(runReportQuery);
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'retrieveRun',
  ).length;
}

async function until<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

test('a stolen delivery, replayed to another bridge after a restart, is acknowledged and changes nothing', async () => {
  const simulator = { workMs: 600_000, apiKeys: ['sk-simulator'] };
  const harness = await startHarness({ provider: 'assistant', webhooks: false, simulator });
  onTestFinished(() => harness.stop());
  const id = `replayed-${randomUUID()}`;
  const wait = { mode: 'webhook', initialMs: 600_000, maximumMs: 600_000, totalMs: 600_000 } as const;
  const handle = await harness.start({ input: 'What is 2+2?', policy: { wait } }, id);
  const { ref } = await until(async () => (await handle.query(runReportQuery)).current ?? undefined);

  // The bridge cannot read the answer, so each webhook is a hint to look: one that acts shows in the history.
  harness.simulator.addFault({ on: 'messages.list', fault: { kind: 'status', status: 500 }, times: null });
  const tag = { workflowId: id, executionId: handle.firstExecutionRunId, attempt: 1, round: 0 };
  const body = eventOf(tag, 'thread.run.completed', { id: ref.id, thread_id: ref.containerId });
  const stolen = { ...sign(body, { id: 'wh_stolen', secrets: [webhookSecret] }) };
  const { client, account } = harness;
  const deliverToNewBridge = async (headers: Record<string, string>): Promise<number> => {
    const bridge = startBridge({ client, accounts: [account] });
    const url = new URL(webhookPath, await listen(bridge));
    const { status } = await fetch(url, { method: 'POST', headers, body });
    await bridge.app.close();
    return status;
  };

  expect(await deliverToNewBridge(stolen)).toBe(200);
  await until(async () => ((await looksOf(harness, id)) === 1 ? true : undefined));
  await until(async () =>
    (await handle.query(runReportQuery)).doing.startsWith('check') ? undefined : true,
  );

  for (let count = 0; count < 3; count += 1) expect(await deliverToNewBridge(stolen)).toBe(200);
  expect(await looksOf(harness, id)).toBe(1);

  // Another event acts: the run was not merely deaf.
  const other = { ...sign(body, { id: 'wh_other', secrets: [webhookSecret] }) };
  expect(await deliverToNewBridge(other)).toBe(200);
  await until(async () => ((await looksOf(harness, id)) === 2 ? true : undefined));
  await handle.terminate();
});
