import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { payloadToJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, inject, onTestFinished, test } from 'vitest';
import { EncryptionCodec } from '../../codec/encryptionCodec.ts';
import { runProcess } from '../client/support.ts';
import { startSimulator } from '../../simulator/index.ts';
import { webhookSecret } from '../support/harness.ts';
import { startTestProcess } from '../support/processes.ts';
import { encryptingBundle } from '../support/bundles.ts';
import { keysOf, newEntry } from './support.ts';

const entry = newEntry('2026-11');
const [, secretKey = ''] = entry.split(':');
const token = 'a-token-of-the-tests';

/** Starts a process that goes with the test, and gives the address that it says it has. */
async function startServing(file: string, environment: Record<string, string>) {
  const started = await startTestProcess(file, environment);
  onTestFinished(() => started.kill());
  const ready = started.output.find((line) => line.includes('"msg":"ready"')) ?? '{}';
  return { ...started, url: String(Object(JSON.parse(ready)).url) };
}

test('codec/main.ts decrypts, ends when it is told to, and writes neither keys, tokens nor payloads', async () => {
  const codec = await startServing('codec/main.ts', {
    PAYLOAD_ENCRYPTION_KEYS: entry,
    CODEC_PORT: '0',
    CODEC_TOKENS: token,
    LOG_LEVEL: 'trace',
  });
  const payload = defaultPayloadConverter.toPayload('a secret text');
  const payloads = (await new EncryptionCodec(keysOf(entry)).encode([payload])).map(payloadToJSON);
  const ask = (authorization: string) =>
    fetch(`${codec.url}/default/decode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ payloads }),
    });
  expect((await ask('Bearer not-that-token-at-all')).status).toBe(401);
  const answer = await ask(`Bearer ${token}`);
  expect(await answer.json()).toEqual({ payloads: [payloadToJSON(payload)] });
  expect(await codec.stop()).toBe(0);
  const written = codec.output.join('\n');
  expect(written).toContain('"keyIds":["2026-11"]');
  for (const forbidden of [secretKey, token, 'secret text', payloads[0]?.data ?? 'no data'])
    expect(written).not.toContain(forbidden);
});

test('worker, bridge and command line share the keys by their environment, and write none of them', async () => {
  const simulator = await startSimulator({ port: 0, queueMs: 10, workMs: 30, redeliverAfterMs: 100 });
  onTestFinished(() => simulator.close());
  const environment = {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    DURABLE_RUNS_TASK_QUEUE: `codec-${randomUUID()}`,
    WORKFLOW_BUNDLE: await encryptingBundle(),
    OPENAI_API_KEY: 'sk-simulator',
    OPENAI_BASE_URL: simulator.baseURL,
    OPENAI_WEBHOOK_SECRET: webhookSecret,
    OPENAI_MODEL: 'gpt-sim',
    BRIDGE_PORT: '0',
    PAYLOAD_ENCRYPTION_KEYS: entry,
  };
  const worker = await startServing('worker/main.ts', environment);
  const bridge = await startServing('bridge/main.ts', environment);
  simulator.addWebhook({ url: `${bridge.url}/webhooks/openai`, secret: webhookSecret });
  const { code, stdout } = await runProcess(
    ['start', '--input', 'What is 6*7?', '--mode', 'webhook', '--wait', '--json'],
    environment,
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', text: '6*7 = 42.', learntFrom: 'webhook' });
  for (const part of [worker, bridge]) {
    await part.stop();
    expect(part.output.join('\n')).not.toContain(secretKey);
  }
});

test.each(['worker/main.ts', 'bridge/main.ts', 'codec/main.ts'])(
  '%s ends with 2 when a key is no key, and does not print it',
  async (file) => {
    const starting = startTestProcess(file, {
      OPENAI_API_KEY: 'sk-key',
      OPENAI_WEBHOOK_SECRET: webhookSecret,
      PAYLOAD_ENCRYPTION_KEYS: `${secretKey}${entry}`,
    });
    await expect(starting).rejects.toThrow(
      /ended with 2 before .*\n.*\n {2}- PAYLOAD_ENCRYPTION_KEYS: expected/,
    );
    await expect(starting).rejects.not.toThrow(secretKey.slice(0, 20));
  },
);

test('with a workflow bundle that does not fit, the worker ends with 2 and says what to do', async () => {
  const starting = startTestProcess('worker/main.ts', {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    WORKFLOW_BUNDLE: inject('workflowBundlePath'),
    OPENAI_API_KEY: 'sk-key',
    PAYLOAD_ENCRYPTION_KEYS: entry,
  });
  await expect(starting).rejects.toThrow(/ended with 2[^]*npm run build/);
});
