import { describe, expect, onTestFinished, test } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import { startSimulator } from '../../simulator/index.ts';
import {
  connect,
  connectHeld,
  deliverTo,
  eventOf,
  sign,
  startBridge,
  startRun,
  wakeUpsOf,
} from './support.ts';

test('more deliveries at a time than are allowed: 503 at once, none is lost, and what is unsigned takes no slot', async () => {
  const { client, arrived, goOn } = await connectHeld();
  const { handle, tag } = await startRun(client);
  const bridge = startBridge({ client, limits: { deliveries: 1 } });
  const body = eventOf(tag);
  const deliver = (id: string) => deliverTo(bridge, body, { ...sign(body, { id }) });

  const first = deliver('wh_first');
  await arrived;
  const headers = { ...sign(body, { id: 'wh_second' }) };
  const second = await bridge.app.inject({ method: 'POST', url: webhookPath, headers, payload: body });
  expect([second.statusCode, second.body]).toEqual([503, '{"error":"try again later"}']);
  expect(second.headers['retry-after']).toBe('5');
  expect((await deliver('wh_third')).status).toBe(503);
  expect((await deliverTo(bridge, body, {})).status).toBe(400);
  // Whoever watches the bridge still sees that it lives.
  expect((await bridge.app.inject('/healthz')).statusCode).toBe(200);

  goOn();
  expect((await first).status).toBe(200);
  expect((await deliver('wh_second')).status).toBe(200);
  expect(await wakeUpsOf(handle)).toMatchObject([{ webhookId: 'wh_first' }, { webhookId: 'wh_second' }]);
  expect((await bridge.app.inject('/healthz')).json()).toMatchObject({
    webhooks: { default: { delivered: 2, refused: 1, unavailable: 0, shed: 2 } },
  });
  // It is told once: a line for each would be a flood of its own.
  expect(bridge.logged().split('too many webhooks at a time')).toHaveLength(2);
});

test('a delivery that fails gives its slot back', async () => {
  const client = await connect({ describe: () => Promise.reject(new Error('away')) });
  const bridge = startBridge({ client, limits: { deliveries: 1 } });
  const body = eventOf({ workflowId: 'w', executionId: 'e', attempt: 1, round: 0 });
  for (let count = 0; count < 3; count += 1) await deliverTo(bridge, body);
  expect((await bridge.app.inject('/healthz')).json()).toMatchObject({
    webhooks: { default: { unavailable: 3, shed: 0 } },
  });
});

const here = (): Promise<void> => Promise.resolve();

/** A bridge with eight slots, and a Temporal that can be away, or hold what it is asked. */
async function startWithTemporal() {
  const simulator = await startSimulator({ port: 0 });
  onTestFinished(() => simulator.close());
  let answer = here;
  const client = await connect({
    async describe(input, next) {
      await answer();
      return next(input);
    },
  });
  const { tag } = await startRun(client);
  const bridge = startBridge({
    client,
    apiKey: 'sk-simulator',
    baseURL: simulator.baseURL,
    limits: { deliveries: 8 },
  });
  const body = eventOf(tag);
  const deliver = (id: string) => deliverTo(bridge, body, { ...sign(body, { id }) });
  return {
    bridge,
    deliver,
    setTemporal: (given: () => Promise<void>): void => void (answer = given),
    /** How many of eight at a time are shed. */
    countShed: async (): Promise<number> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let settled = 0;
      const settle = (): void => {
        settled += 1;
        if (settled === 8) resolve();
      };
      // Nobody who is in leaves before the others are in, or have been turned away.
      answer = () => {
        settle();
        return promise;
      };
      const answers = Array.from({ length: 8 }, async (_, index) => {
        const delivered = await deliver(`wh_${index}`);
        if (delivered.status === 503) settle();
        return delivered;
      });
      return (await Promise.all(answers)).filter(({ status }) => status === 503).length;
    },
  };
}

describe('a delivery that fails', () => {
  test('for Temporal did not answer: fewer are let in at a time', async () => {
    const { setTemporal, deliver, countShed } = await startWithTemporal();
    setTemporal(() => Promise.reject(new Error('away')));
    expect((await deliver('wh_failed')).status).toBe(503);
    expect(await countShed()).toBe(4);
  });

  test('for the provider does not know its object yet: as many as before', async () => {
    const { bridge, countShed } = await startWithTemporal();
    const event = { type: 'response.completed', data: { id: 'resp_unknown' } };
    const body = JSON.stringify({ ...event, created_at: Math.floor(Date.now() / 1_000) });
    expect((await deliverTo(bridge, body)).status).toBe(503);
    expect(await countShed()).toBe(0);
  });
});
