import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { webhookPath } from '../../bridge/index.ts';
import { SIMULATOR_ASSISTANT_ID, startSimulator } from '../../simulator/index.ts';
import { accountOf, CountingContext, providerOf } from '../providers/support.ts';
import { listen } from './raw.ts';
import { apiKey, connect, secret, startBridge, startRun, wakeUpsOf } from './support.ts';

const completed = 'thread.run.completed';
const deliverySchema = z.object({ webhookId: z.string() });

test('more than the bridge can take, from a sender that tries again: all arrives, and each only once', async () => {
  const simulator = await startSimulator({
    port: 0,
    queueMs: 0,
    workMs: 0,
    apiKeys: [apiKey],
    redeliverAfterMs: 50,
  });
  onTestFinished(() => simulator.close());
  // The one slot is held until somebody has been turned away.
  const turnedAway = simulator.log.waitFor((entry) => entry.kind === 'delivery' && entry.status === 503);
  const client = await connect({
    async signal(input, next) {
      await turnedAway;
      return next(input);
    },
  });
  const { baseURL } = simulator;
  const bridge = startBridge({ client, baseURL, limits: { deliveries: 1 } });
  const url = new URL(webhookPath, await listen(bridge)).href;
  simulator.addWebhook({ url, secret, eventTypes: [completed] });

  const provider = providerOf(accountOf(baseURL, { apiKey, defaultAssistantId: SIMULATOR_ASSISTANT_ID }));
  const runs = await Promise.all(Array.from({ length: 5 }, () => startRun(client)));
  const thread = { input: 'What is 2+2?', inputDelivered: false, tools: [] };
  await Promise.all(
    runs.map(async ({ tag }) => {
      const prepared = await provider.create({ ...thread, tag, request: {} }, new CountingContext());
      if (prepared.kind !== 'prepared') throw new Error('expected a thread');
      const { request, inputDelivered } = prepared;
      await provider.create({ ...thread, tag, request, inputDelivered }, new CountingContext());
    }),
  );

  for (const { handle, tag } of runs) {
    const taken = await simulator.log.waitFor(
      (entry) =>
        entry.kind === 'delivery' &&
        entry.status === 200 &&
        entry.metadata['durable_run_id'] === tag.workflowId,
    );
    const { webhookId } = deliverySchema.parse(taken);
    expect(await wakeUpsOf(handle)).toMatchObject([{ webhookId, eventType: completed }]);
  }
  expect(bridge.logged()).toContain('too many webhooks at a time');
});
