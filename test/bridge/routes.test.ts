import { describe, expect, test } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import {
  apiKey,
  connect,
  deliverTo,
  eventOf,
  otherSecret,
  secret,
  sign,
  startBridge,
  startRun,
} from './support.ts';

describe('other requests', () => {
  test.each([
    ['GET', webhookPath],
    ['PUT', webhookPath],
    ['DELETE', webhookPath],
    ['POST', `${webhookPath}/x`],
    ['POST', '/'],
    ['GET', '/secret-of-mine?x=<script>'],
    ['POST', '/healthz'],
  ] as const)('%s %s is not found', async (method, url) => {
    const { app } = startBridge({ client: await connect() });
    const response = await app.inject({ method, url });
    expect([response.statusCode, response.body]).toEqual([404, '{"error":"not found"}']);
  });

  test('an address that cannot be read is refused without repeating it', async () => {
    const { app } = startBridge({ client: await connect() });
    const response = await app.inject({ method: 'GET', url: '/%zz-secret-of-mine' });
    expect(response.statusCode).toBeGreaterThanOrEqual(400);
    expect(response.statusCode).toBeLessThan(500);
    expect(response.body).not.toContain('secret-of-mine');
  });

  test('a content type that is none is no reason to fail', async () => {
    const { app } = startBridge({ client: await connect() });
    const headers = { 'content-type': 'secret/of/mine;;' };
    const response = await app.inject({ method: 'POST', url: webhookPath, headers, payload: 'x' });
    expect(response.statusCode).toBeGreaterThanOrEqual(400);
    expect(response.statusCode).toBeLessThan(500);
    expect(response.body).not.toContain('secret/of/mine');
  });

  test('a body limit of one’s own', async () => {
    const bridge = startBridge({ client: await connect(), bodyLimit: 100 });
    expect(await deliverTo(bridge, 'a'.repeat(101))).toEqual({
      status: 413,
      body: '{"error":"the body is too large"}',
    });
    expect((await deliverTo(bridge, 'a'.repeat(100), {})).status).toBe(400);
  });
});

describe('how it does', () => {
  test('/healthz counts what became of the webhooks', async () => {
    const client = await connect();
    const { tag } = await startRun(client);
    const bridge = startBridge({ client });
    await deliverTo(bridge, eventOf(tag));
    await deliverTo(bridge, '{}');
    await deliverTo(bridge, '{}');
    await deliverTo(bridge, '{}', {});
    const response = await bridge.app.inject('/healthz');
    expect(response.json()).toEqual({
      status: 'ok',
      webhooks: { default: { delivered: 1, ignored: 2, refused: 1, unavailable: 0, shed: 0 } },
    });
  });

  test('/readyz says whether Temporal answers', async () => {
    const { app } = startBridge({ client: await connect() });
    const response = await app.inject('/readyz');
    expect([response.statusCode, response.json()]).toEqual([200, { status: 'ready' }]);
  });
});

test('whatever comes, no secret and no part of a body gets into an answer or the log', async () => {
  const client = await connect();
  const { tag } = await startRun(client);
  const bridge = startBridge({ client, webhookSecrets: [secret, otherSecret] });
  const marked = { instructions: 'MARK-of-the-body', last_error: { message: 'MARK-of-the-body' } };
  const bodies = [
    eventOf(tag, 'thread.run.failed', marked),
    eventOf({ ...tag, workflowId: 'nobody' }, 'thread.run.failed', marked),
    eventOf(undefined, 'thread.run.failed', marked),
    'MARK-of-the-body',
  ];
  const answers: string[] = [];
  for (const body of bodies) {
    for (const headers of [sign(body), sign(body, { secrets: ['whsec_bm90IGl0'] }), {}]) {
      answers.push((await deliverTo(bridge, body, { ...headers })).body);
    }
  }
  const written = `${answers.join('\n')}\n${bridge.logged()}`;
  expect(bridge.logged().split('\n').length).toBeGreaterThanOrEqual(bodies.length * 3);
  for (const forbidden of ['MARK', apiKey, secret.slice(6), otherSecret.slice(6), 'v1,']) {
    expect(written).not.toContain(forbidden);
  }
  expect(new Set(answers)).toEqual(
    new Set([
      '{"status":"delivered"}',
      '{"status":"ignored"}',
      '{"error":"the webhook could not be verified"}',
    ]),
  );
});
