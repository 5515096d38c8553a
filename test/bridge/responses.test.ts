import { expect, onTestFinished, test } from 'vitest';
import { webhookPathOf } from '../../bridge/index.ts';
import { tagToMetadata } from '../../core/tag.ts';
import { createClient } from '../../providers/account.ts';
import { startSimulator } from '../../simulator/index.ts';
import { accountOf, connect, otherSecret, startBridge, startRun, wakeUpsOf } from './support.ts';

test('a response that cannot be read at first: its webhook comes again, and brings the answer', async () => {
  const client = await connect();
  const { handle, tag } = await startRun(client);
  const apiKeys = ['sk-key-of-eu'];
  const simulator = await startSimulator({
    port: 0,
    queueMs: 0,
    workMs: 0,
    redeliverAfterMs: 20,
    // A busy machine is no reason for another try.
    deliveryTimeoutMs: 60_000,
    apiKeys,
  });
  onTestFinished(() => simulator.close());
  const eu = accountOf({
    name: 'eu',
    apiKey: 'sk-key-of-eu',
    baseURL: simulator.baseURL,
    webhookSecrets: [otherSecret],
  });
  const bridge = startBridge({
    client,
    accounts: [accountOf(), eu],
    readTimeoutMs: 30_000,
    temporalTimeoutMs: 30_000,
  });
  const url = await bridge.app.listen({ host: '127.0.0.1', port: 0 });
  simulator.addWebhook({ url: `${url}${webhookPathOf('eu')}`, secret: otherSecret });
  simulator.addFault({ on: 'responses.retrieve', fault: { kind: 'status', status: 404 } });

  const { id } = await createClient(eu).responses.create({
    model: 'gpt-sim',
    background: true,
    input: 'What is 2+2?',
    metadata: tagToMetadata(tag),
  });
  await simulator.log.waitFor((entry) => entry.kind === 'delivery' && entry.status === 200);
  expect(simulator.log.entries({ kind: 'delivery' })).toMatchObject([
    { try: 1, status: 503 },
    { try: 2, status: 200 },
  ]);
  expect(await wakeUpsOf(handle)).toMatchObject([
    {
      eventType: 'response.completed',
      ref: { id },
      tag,
      snapshot: { status: 'completed', output: { text: expect.stringContaining('4') } },
      calls: { retrieve: 1 },
    },
  ]);
});
