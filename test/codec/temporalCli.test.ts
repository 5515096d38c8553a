import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createCodecServer } from '../../codec/server/server.ts';
import { openaiRunType } from '../../workflows/messages.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { newRunId, quickPolicy } from '../workflows/support.ts';
import { encryptingBundle } from '../support/bundles.ts';
import { keysOf, newEntry, payloadsIn, storedOf, textsIn } from './support.ts';

const keys = keysOf(newEntry('2026-11'));
const token = 'a-token-of-the-tests';

/** Temporal's own command line is the proof that the endpoint speaks the protocol. */
describe('the temporal command line, through the codec endpoint', () => {
  let harness: Harness;
  let url: string;
  const app = createCodecServer({ keys, tokens: [token], origins: [], logger: pino({ level: 'silent' }) });
  beforeAll(async () => {
    harness = await startHarness({
      provider: 'response',
      payloadKeys: keys,
      workflowBundlePath: await encryptingBundle(),
    });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await app.close();
    await harness.stop();
  });

  async function temporal(
    command: readonly string[],
    codec: boolean,
    authorization = `Bearer ${token}`,
  ): Promise<string> {
    const endpoint = ['--codec-endpoint', `${url}/{namespace}`, '--codec-auth', authorization];
    const { stdout } = await promisify(execFile)(
      inject('temporalExecutable'),
      [...command, '--address', inject('temporalAddress'), ...(codec ? endpoint : [])],
      { env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' }, timeout: 20_000 },
    );
    return stdout;
  }

  test('shows the end of a history, and answers of a run, to who has the token', async () => {
    const id = newRunId();
    await (await harness.start({ input: 'What is 6*7?', policy: quickPolicy() }, id)).result();
    const show = ['workflow', 'show', '--workflow-id', id];
    const query = ['workflow', 'query', '--workflow-id', id, '--type', 'runReport'];
    for (const command of [show, query]) {
      expect(await temporal(command, true)).toContain('6*7 = 42.');
      expect(await temporal(command, false)).not.toContain('6*7');
    }
    // Other commands try again for a while before they give up.
    await expect(temporal(query, true, 'Bearer another-token-altogether')).rejects.toThrow(/Unauthorized/);
  });

  test('starts a run whose input is encrypted', async () => {
    const id = newRunId();
    const input = JSON.stringify({ input: 'What is 6*7?', policy: quickPolicy() });
    const start = ['workflow', 'start', '--type', openaiRunType, '--task-queue', harness.taskQueue];
    await temporal([...start, '--workflow-id', id, '--input', input], true);
    expect(await harness.client.workflow.getHandle(id).result()).toMatchObject({ text: '6*7 = 42.' });
    const stored = await storedOf(harness.client, id);
    expect(textsIn(stored)).not.toContain('6*7');
    expect(payloadsIn(stored).find(({ at }) => at.includes('StartedEventAttributes/input'))).toMatchObject({
      encoding: 'binary/encrypted',
      keyId: '2026-11',
    });
  });
});
