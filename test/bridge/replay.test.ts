import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import { startHarness, webhookSecret } from '../support/harness.ts';
import { readLooks, until } from '../support/looks.ts';
import { runReportQuery } from '../../workflows/messages.ts';
import { listen } from './raw.ts';
import { eventOf, sign, startBridge } from './support.ts';

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

  const readLooksHere = async () => (await readLooks(client, id)).looks;
  expect(await deliverToNewBridge(stolen)).toBe(200);
  await until(async () => ((await readLooksHere()) === 1 ? true : undefined));
  await until(async () =>
    (await handle.query(runReportQuery)).doing.startsWith('check') ? undefined : true,
  );

  for (let count = 0; count < 3; count += 1) expect(await deliverToNewBridge(stolen)).toBe(200);
  expect(await readLooksHere()).toBe(1);

  // Another event acts: the run was not merely deaf.
  const other = { ...sign(body, { id: 'wh_other', secrets: [webhookSecret] }) };
  expect(await deliverToNewBridge(other)).toBe(200);
  await until(async () => ((await readLooksHere()) === 2 ? true : undefined));
  await handle.terminate();
});
