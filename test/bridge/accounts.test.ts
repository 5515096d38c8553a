import { describe, expect, test } from 'vitest';
import { readAccounts } from '../../config/accounts.ts';
import { webhookPath, webhookPathOf } from '../../bridge/index.ts';
import { serve } from '../providers/support.ts';
import {
  accountOf,
  connect,
  deliverTo,
  eventOf,
  otherSecret,
  secret,
  sign,
  startBridge,
  startRun,
  wakeUpsOf,
} from './support.ts';

const eu = accountOf({ name: 'eu', apiKey: 'sk-key-of-eu', webhookSecrets: [otherSecret] });
const euPath = '/webhooks/openai/eu';
const notFound = { status: 404, body: '{"error":"not found"}' };

describe('the path of an account', () => {
  test('ends in its name, unless it is `default`', () => {
    expect(webhookPathOf('default')).toBe(webhookPath);
    expect(webhookPathOf('eu')).toBe(euPath);
    expect(webhookPathOf('research-2')).toBe('/webhooks/openai/research-2');
  });

  // What a name could otherwise do to the routes of all accounts.
  test.each(['', '*', ':name', 'a/b', '..', 'a b', 'ü', 'Eu', 'a_b', '2'])('is not made of %j', (name) => {
    expect(() => webhookPathOf(name)).toThrow(`The account '${name}' can have no webhook path`);
  });
});

describe('a bridge of several accounts', () => {
  test.each([
    ['its own secret', webhookPath, secret, 200],
    ['its own secret', euPath, otherSecret, 200],
    ['the secret of `eu`', webhookPath, otherSecret, 400],
    ['the secret of `default`', euPath, secret, 400],
  ])('signed with %s, at %s', async (_whose, path, signedWith, status) => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const bridge = startBridge({ client, accounts: [accountOf(), eu] });
    const body = eventOf(tag);
    const answer = await deliverTo(bridge, body, { ...sign(body, { secrets: [signedWith] }) }, path);
    expect(answer.status).toBe(status);
    expect(await wakeUpsOf(handle)).toHaveLength(status === 200 ? 1 : 0);
    expect(bridge.logged()).toContain(`"account":"${path === euPath ? 'eu' : 'default'}"`);
  });

  test('reads with the key, and from the address, of the account whose webhook it is', async () => {
    const asked: string[] = [];
    const addresses = await Promise.all(
      ['default', 'eu'].map((name) =>
        serve((request, response) => {
          asked.push(`${name}: ${request.headers.authorization}`);
          response.writeHead(500).end();
        }),
      ),
    );
    const [ofDefault, ofEu] = addresses.map((baseURL) => ({ baseURL }));
    const client = await connect();
    const { tag } = await startRun(client);
    const bridge = startBridge({ client, accounts: [accountOf(ofDefault), { ...eu, ...ofEu }] });
    const body = eventOf(tag, 'thread.run.completed');
    const answer = await deliverTo(bridge, body, { ...sign(body, { secrets: [otherSecret] }) }, euPath);
    expect(answer.status).toBe(200);
    expect(asked).toEqual(['eu: Bearer sk-key-of-eu']);
  });

  test('counts for each', async () => {
    const bridge = startBridge({ client: await connect(), accounts: [accountOf(), eu] });
    await deliverTo(bridge, '{}');
    await deliverTo(bridge, '{}', { ...sign('{}') }, euPath);
    await deliverTo(bridge, '{}', {}, euPath);
    expect((await bridge.app.inject('/healthz')).json()).toEqual({
      status: 'ok',
      webhooks: {
        default: { delivered: 0, ignored: 1, refused: 0, unavailable: 0, shed: 0 },
        eu: { delivered: 0, ignored: 0, refused: 2, unavailable: 0, shed: 0 },
      },
    });
  });

  test.each([
    '/webhooks/openai/us',
    '/webhooks/openai/EU',
    '/webhooks/openai/eu/x',
    '/webhooks/openai/default',
  ])('has nothing at %s, and does not repeat it', async (path) => {
    const bridge = startBridge({ client: await connect(), accounts: [accountOf(), eu] });
    expect(await deliverTo(bridge, '{}', { ...sign('{}') }, path)).toEqual(notFound);
  });

  test('says which account has no secret, has no path for it, and serves the others', async () => {
    const accounts = [accountOf({ webhookSecrets: [] }), eu, accountOf({ name: 'us-1', webhookSecrets: [] })];
    const bridge = startBridge({ client: await connect(), accounts });
    const warnings = bridge.logged().trim().split('\n');
    expect(warnings).toEqual([
      expect.stringMatching(/"level":40.*"account":"default".*Set OPENAI_WEBHOOK_SECRET"/),
      expect.stringMatching(/"level":40.*"account":"us-1".*Set OPENAI_WEBHOOK_SECRET__US_1"/),
    ]);
    for (const path of [webhookPath, webhookPathOf('us-1')]) {
      expect(await deliverTo(bridge, '{}', { ...sign('{}') }, path)).toEqual(notFound);
    }
    const signed = { ...sign('{}', { secrets: [otherSecret] }) };
    expect((await deliverTo(bridge, '{}', signed, euPath)).status).toBe(200);
    expect(Object.keys((await bridge.app.inject('/healthz')).json().webhooks)).toEqual(['eu']);
  });
});

test('a rotation: both secrets are accepted, over HTTP, and the one before them is not', async () => {
  const older = 'whsec_dGhlIG9uZSBiZWZvcmU=';
  const accounts = readAccounts(
    {
      OPENAI_ACCOUNTS: 'eu',
      OPENAI_API_KEY__EU: 'sk-key-of-eu',
      OPENAI_WEBHOOK_SECRET__EU: `${otherSecret}, ${secret}`,
    },
    { providerNames: [] },
  );
  const client = await connect();
  const { handle, tag } = await startRun(client);
  const bridge = startBridge({ client, accounts });
  const url = await bridge.app.listen({ host: '127.0.0.1', port: 0 });
  const body = eventOf(tag);
  const deliverSigned = async (secrets: readonly string[]): Promise<number> => {
    const headers = { ...sign(body, { secrets }) };
    return (await fetch(`${url}${euPath}`, { method: 'POST', headers, body })).status;
  };
  expect(await deliverSigned([otherSecret])).toBe(200);
  expect(await deliverSigned([secret])).toBe(200);
  // OpenAI may sign with both for as long as both are valid.
  expect(await deliverSigned([older, secret])).toBe(200);
  expect(await deliverSigned([older])).toBe(400);
  expect(await wakeUpsOf(handle)).toHaveLength(3);
});
