import { describe, expect, test } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import { signWebhook } from '../../simulator/webhooks/sign.ts';
import { connectTo, listen } from './raw.ts';
import { connect, deliverTo, secret, sign, startBridge } from './support.ts';

const ignored = { status: 200, body: '{"status":"ignored"}' };
const refused = { status: 400, body: '{"error":"the webhook could not be verified"}' };

describe('properly signed, and refused all the same', () => {
  test.each<[string, string]>([
    ['an id that is too long', 'w'.repeat(129)],
    ['an id with a space', 'wh 1'],
    ['an id of other characters', 'wh_\u00e9'],
  ])('%s', async (_name, id) => {
    const bridge = startBridge({ client: await connect() });
    expect(await deliverTo(bridge, '{}', { ...sign('{}', { id }) })).toEqual(refused);
    expect(bridge.logged()).toContain('webhook-id: expected 1 to 128 visible ASCII characters');
    expect(bridge.logged()).not.toContain(id);
  });

  test('an id of 128 characters is taken', async () => {
    const bridge = startBridge({ client: await connect() });
    expect(await deliverTo(bridge, '{}', { ...sign('{}', { id: 'w'.repeat(128) }) })).toEqual(ignored);
  });

  test('a timestamp with something behind its digits', async () => {
    const bridge = startBridge({ client: await connect() });
    const now = Math.floor(Date.now() / 1_000);
    // What is signed here is `wh_1.<now>.x.{}`: the SDK reads a number as far as it goes.
    const { 'webhook-signature': signature } = signWebhook(
      { id: 'wh_1', timestampSeconds: now, body: 'x.{}' },
      [secret],
    );
    const headers = { 'webhook-id': 'wh_1', 'webhook-timestamp': `${now}.x`, 'webhook-signature': signature };
    expect(await deliverTo(bridge, '{}', headers)).toEqual(refused);
  });

  test('more signatures than any rotation has', async () => {
    const bridge = startBridge({ client: await connect() });
    const proper = sign('{}');
    const many = `${`v1,${'A'.repeat(43)}= `.repeat(30)}${proper['webhook-signature']}`;
    expect(await deliverTo(bridge, '{}', { ...proper, 'webhook-signature': many })).toEqual(refused);
    const few = `${`v1,${'A'.repeat(43)}= `.repeat(10)}${proper['webhook-signature']}`;
    expect(await deliverTo(bridge, '{}', { ...proper, 'webhook-signature': few })).toEqual(ignored);
  });

  test.each(['webhook-id', 'Webhook-Timestamp', 'webhook-signature'])('%s twice', async (name) => {
    const bridge = startBridge({ client: await connect() });
    // Joined as Node joins them, both would be signed rightly.
    const given = { ...sign('{}', { id: name === 'webhook-id' ? 'wh_1,wh_1' : 'wh_1' }) };
    const lines = Object.entries({ ...given, host: 'x', 'content-length': '2', connection: 'close' })
      .filter(([key]) => key !== 'webhook-id')
      .map(([key, value]) => `${key}: ${value}\r\n`);
    const ids = name === 'webhook-id' ? 'webhook-id: wh_1\r\nwebhook-id: wh_1\r\n' : 'webhook-id: wh_1\r\n';
    const twice = lines.find((line) => line.startsWith(name.toLowerCase())) ?? '';
    const bytes = `POST ${webhookPath} HTTP/1.1\r\n${ids}${lines.join('')}${twice}\r\n{}`;
    expect(await connectTo(await listen(bridge), bytes).closed).toMatch(/^HTTP\/1.1 400 /);
    expect(bridge.logged()).toContain(`${name.toLowerCase()}: expected once, came 2 times`);
  });
});

describe('every answer', () => {
  test.each<[string, string, number]>([
    ['a webhook', `POST ${webhookPath}`, 400],
    ['health', 'GET /healthz', 200],
    ['no such path', 'GET /nothing', 404],
    ['another method', `PUT ${webhookPath}`, 404],
    ['an address that cannot be read', 'GET /%zz', 400],
    ['no HTTP', 'GET', 400],
  ])('%s: is no page, is not kept, and does not say what server this is', async (_name, line, status) => {
    const bridge = startBridge({ client: await connect() });
    const bytes = `${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
    const answer = (await connectTo(await listen(bridge), bytes).closed).toLowerCase();
    expect(answer.split('\r\n')[0]).toMatch(new RegExp(` ${status} `));
    const lines = answer.split('\r\n');
    expect(lines).toContain('x-content-type-options: nosniff');
    expect(lines).toContain('cache-control: no-store');
    expect(lines).toContain("content-security-policy: default-src 'none'; frame-ancestors 'none'");
    expect(lines).toContain('content-type: application/json; charset=utf-8');
    expect(answer).not.toMatch(/\r\n(server|x-powered-by):|fastify|node/);
  });
});

describe('who has sent it', () => {
  const forwarded = { 'x-forwarded-for': '203.0.113.9' };

  test.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    ['no proxy is trusted: anybody could say so', [], forwarded, '127.0.0.1'],
    ['another proxy is trusted', ['10.0.0.0/8'], forwarded, '127.0.0.1'],
    ['the proxy is trusted', ['127.0.0.1'], forwarded, '203.0.113.9'],
    ['its range is trusted', ['127.0.0.0/8', '::1'], forwarded, '203.0.113.9'],
    [
      'what a client wrote before the proxy is not believed',
      ['127.0.0.1'],
      { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' },
      '203.0.113.9',
    ],
    ['a proxy that passes on nonsense', ['127.0.0.1'], { 'x-forwarded-for': '<script>MARK' }, 'unknown'],
    [
      'a proxy that passes on much',
      ['127.0.0.1'],
      { 'x-forwarded-for': `::1%${'M'.repeat(100)}` },
      'unknown',
    ],
  ])('%s', async (_name, trustedProxies, headers, remoteAddress) => {
    const bridge = startBridge({ client: await connect(), trustedProxies });
    expect(await deliverTo(bridge, '{}', headers)).toEqual(refused);
    const line: unknown = JSON.parse(bridge.logged().trim().split('\n').at(-1) ?? '');
    expect(line).toMatchObject({ msg: 'webhook refused', remoteAddress });
    expect(bridge.logged()).not.toContain('MARK');
  });
});
