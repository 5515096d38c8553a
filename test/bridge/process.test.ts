import { expect, inject, onTestFinished, test } from 'vitest';
import { startTestProcess } from '../support/processes.ts';
import { otherSecret, secret, sign } from './support.ts';

test('bridge/main.ts serves all accounts, and says where, without a secret', async () => {
  const bridge = await startTestProcess('bridge/main.ts', {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    BRIDGE_PORT: '0',
    OPENAI_ACCOUNTS: 'eu,us',
    OPENAI_API_KEY: 'sk-key-of-default',
    OPENAI_WEBHOOK_SECRET: secret,
    OPENAI_API_KEY__EU: 'sk-key-of-eu',
    OPENAI_WEBHOOK_SECRET__EU: otherSecret,
    OPENAI_API_KEY__US: 'sk-key-of-us',
  });
  onTestFinished(() => bridge.kill());
  const lines = bridge.output.map((line): unknown => JSON.parse(line));
  const ready = lines.find((line) => Object(line).msg === 'ready');
  expect(ready).toMatchObject({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    webhooks: { default: '/webhooks/openai', eu: '/webhooks/openai/eu' },
  });
  expect(Object(ready).webhooks).not.toHaveProperty('us');
  expect(lines).toContainEqual(
    expect.objectContaining({ account: 'us', msg: expect.stringContaining('OPENAI_WEBHOOK_SECRET__US') }),
  );

  const headers = { ...sign('{}', { secrets: [otherSecret] }) };
  const address = `${Object(ready).url}${Object(ready).webhooks.eu}`;
  expect((await fetch(address, { method: 'POST', headers, body: '{}' })).status).toBe(200);
  expect(await bridge.stop()).toBe(0);
  const written = bridge.output.join('\n');
  for (const forbidden of ['sk-key', secret.slice(6), otherSecret.slice(6)]) {
    expect(written).not.toContain(forbidden);
  }
});
