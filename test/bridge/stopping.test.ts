import { once } from 'node:events';
import { expect, test } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import { connectHeld, eventOf, sign, startBridge, startRun, wakeUpsOf } from './support.ts';

test('a bridge that stops has stopped when the webhook is delivered, also one whose sender has gone', async () => {
  const { client, arrived, goOn } = await connectHeld();
  const { handle, tag } = await startRun(client);
  const { app } = startBridge({ client });
  const url = new URL(webhookPath, await app.listen({ host: '127.0.0.1', port: 0 }));
  const body = eventOf(tag);
  const sender = new AbortController();
  const sent = fetch(url, { method: 'POST', headers: { ...sign(body) }, body, signal: sender.signal });
  await arrived;
  sender.abort();
  await expect(sent).rejects.toThrow('aborted');

  let hasStopped = false;
  const listening = once(app.server, 'close');
  const stopped = app.close().then(() => (hasStopped = true));
  // Nobody is connected any more: only the delivery is left.
  await listening;
  await new Promise(setImmediate);
  expect(hasStopped).toBe(false);
  goOn();
  await stopped;
  expect(await wakeUpsOf(handle)).toHaveLength(1);
});
