import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { webhookEventTypes } from '../../providers/registry.ts';
import { readJson, runProcess, type Ended } from './support.ts';
import {
  completeResponse,
  isSignedWith,
  leadTo,
  publicUrl,
  settingsIn,
  useBridge,
  useSetting,
  type Setting,
} from './webhooksSupport.ts';

const hourMs = 3_600_000;
const secretVariable = 'OPENAI_WEBHOOK_SECRET';
const withSecret = z.looseObject({ id: z.string(), signingSecret: z.string() });

async function register(setting: Setting, ...more: string[]) {
  const ended = await setting.webhooks('register', '--url', publicUrl, '--json', ...more);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return withSecret.parse(readJson(ended));
}

/** The one value of the variable that was printed. */
function printedSecret({ stdout }: Ended): string {
  const [secret, ...more] = settingsIn(stdout, secretVariable);
  expect(more).toEqual([]);
  return secret ?? '';
}

describe('runs webhooks register', () => {
  it('creates an endpoint whose deliveries are signed with the secret that it prints', async () => {
    const setting = await useSetting();
    const ended = await setting.webhooks('register', '--url', publicUrl, '--name', 'ours');
    expect(ended).toMatchObject({ code: 0, stderr: '' });

    const [endpoint] = (await setting.simulator.client.webhooks.list()).data;
    expect(endpoint).toMatchObject({ name: 'ours', url: publicUrl, event_types: webhookEventTypes });
    const id = endpoint?.id ?? '';
    expect(ended.stdout).toContain(`Registered ${id} (ours): ${publicUrl}\n`);
    expect(ended.stdout).toContain(`npm run runs -- webhooks test ${id}\n`);

    const delivered = await completeResponse(setting, await leadTo(setting, id, 200));
    expect(JSON.parse(delivered.body)).toMatchObject({ type: 'response.completed' });
    expect(await isSignedWith(delivered, printedSecret(ended))).toBe(true);
    expect(await isSignedWith(delivered, 'whsec_b3RoZXI=')).toBe(false);
  });

  it('is a command like the others: as a process, with JSON', async () => {
    const setting = await useSetting();
    const ended = await runProcess(
      ['webhooks', 'register', '--url', publicUrl, '--json'],
      setting.environment,
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const [endpoint] = (await setting.simulator.client.webhooks.list()).data;
    expect(readJson(ended)).toEqual({
      id: endpoint?.id,
      account: 'default',
      name: 'durable-runs',
      url: publicUrl,
      eventTypes: webhookEventTypes,
      createdAtMs: (endpoint?.created_at ?? 0) * 1000,
      secretVariable,
      signingSecret: expect.stringMatching(/^whsec_/),
      hints: [],
    });
  });

  it.each([
    ['https://runs.example.com', publicUrl, "The URL had no path: the bridge's was added, /webhooks/openai."],
    [publicUrl, publicUrl, ''],
    [
      'https://runs.example.com/hooks',
      'https://runs.example.com/hooks',
      'takes in the webhooks of this account at /webhooks/openai: see to it that your proxy rewrites it',
    ],
  ])('of %s registers %s', async (given, url, hint) => {
    const setting = await useSetting();
    const ended = await setting.webhooks('register', '--url', given);
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining(hint) });
    expect(ended.stderr === '').toBe(hint === '');
    expect((await setting.simulator.client.webhooks.list()).data).toMatchObject([{ url }]);
  });

  it('creates no second endpoint for a URL', async () => {
    const setting = await useSetting();
    const { id } = await register(setting);
    const again = await setting.webhooks('register', '--url', `${publicUrl}/`);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain(`There is a webhook endpoint for ${publicUrl} already: ${id}`);
    expect(again.stderr).toContain(`webhooks rotate ${id}`);
    const asJson = await setting.webhooks('register', '--url', publicUrl, '--json');
    expect(readJson(asJson)).toMatchObject({ error: { code: 'endpoint_exists' } });
    expect((await setting.simulator.client.webhooks.list()).data).toHaveLength(1);
  });

  it('of a named account uses its key, its variable, and its path', async () => {
    const named = { OPENAI_ACCOUNTS: 'eu-west', OPENAI_API_KEY__EU_WEST: 'sk-eu-west' };
    const setting = await useSetting({ apiKeys: ['sk-eu-west'] });
    const environment = {
      ...named,
      OPENAI_API_KEY: 'sk-no-such-key',
      OPENAI_BASE_URL: setting.simulator.baseURL,
      OPENAI_BASE_URL__EU_WEST: setting.simulator.baseURL,
    };
    const given = ['webhooks', 'register', '--url', 'https://runs.example.com', '--account'];
    const ended = await runProcess([...given, 'eu-west'], environment);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain(`(durable-runs-eu-west): ${publicUrl}/eu-west\n`);
    expect(settingsIn(ended.stdout, `${secretVariable}__EU_WEST`)).toEqual([
      expect.stringMatching(/^whsec_/),
    ]);

    const id = /Registered (whe_\w+)/.exec(ended.stdout)?.[1] ?? '';
    expect(ended.stdout).toContain(`\nnpm run runs -- webhooks test ${id} --account eu-west\n`);

    const unknown = await runProcess([...given, 'us'], environment);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain("configured here (default, eu-west); got 'us'");
    expect(unknown.stderr).toContain('OPENAI_API_KEY__US');
  });
});

describe('runs webhooks list', () => {
  it('shows all of them, newest first, over several pages', async () => {
    const setting = await useSetting();
    const names = Array.from({ length: 205 }, (_, index) => `endpoint-${index}`);
    for (const name of names) {
      const body = { name, url: 'https://example.com/', event_types: ['batch.completed' as const] };
      await setting.simulator.client.webhooks.create(body);
    }
    const before = setting.countRequests();
    const listed = readJson(await setting.webhooks('list', '--json'));
    expect(setting.countRequests() - before).toBe(3);
    const { endpoints } = z.object({ endpoints: z.array(z.object({ name: z.string() })) }).parse(listed);
    expect(endpoints.map(({ name }) => name)).toEqual(names.toReversed());
  });

  it('is a table for people, and has all of the endpoint as JSON', async () => {
    const setting = await useSetting();
    expect(await setting.webhooks('list')).toEqual({
      code: 0,
      stdout: 'No webhook endpoints.\n',
      stderr: '',
    });
    const { id, signingSecret } = await register(setting);
    const ended = await setting.webhooks('list');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const [head, row] = ended.stdout.split('\n');
    expect(head).toMatch(/^ID +NAME +URL +EVENTS +CREATED$/);
    expect(row).toMatch(
      new RegExp(
        `^${id} +durable-runs +${publicUrl} +response\\.completed, response\\.failed and 2 more  20\\S+ \\d\\d:\\d\\d:\\d\\d$`,
      ),
    );
    const asJson = await setting.webhooks('list', '--json');
    expect(readJson(asJson)).toEqual({
      account: 'default',
      endpoints: [
        {
          id,
          name: 'durable-runs',
          url: publicUrl,
          eventTypes: webhookEventTypes,
          createdAtMs: expect.any(Number),
        },
      ],
    });
    expect(ended.stdout + asJson.stdout).not.toContain(signingSecret);
  });
});

describe('runs webhooks test', () => {
  it('has a signed sample delivered, and says what the receiver answered', async () => {
    const setting = await useSetting();
    const { id, signingSecret } = await register(setting);
    const received = await leadTo(setting, id, 204);
    expect(await setting.webhooks('test', id)).toEqual({
      code: 0,
      stdout: `${id}: the receiver answered 204 to batch.completed.\n`,
      stderr: '',
    });
    const asJson = await setting.webhooks('test', id, '--event', 'response.failed', '--json');
    expect(readJson(asJson)).toEqual({
      id,
      account: 'default',
      eventType: 'response.failed',
      statusCode: 204,
      accepted: true,
      advice: null,
    });
    expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(['batch.completed', 'response.failed']);
    for (const delivered of received) expect(await isSignedWith(delivered, signingSecret)).toBe(true);
  });

  it.each([
    [302, 'Redirects are not followed'],
    [400, `${secretVariable}: it must hold the secret of this endpoint`],
    [404, `the bridge does at /webhooks/openai, and only with ${secretVariable}`],
    [413, 'The body was too large'],
    [500, 'Look at the log of the bridge'],
    [502, 'the bridge behind it did not answer'],
    [503, 'could not hand the event over'],
  ])('exits with 2 when it answered %i, and says what to look at', async (status, advice) => {
    const setting = await useSetting();
    const { id } = await register(setting);
    await leadTo(setting, id, status);
    const ended = await setting.webhooks('test', id);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(advice) });
    expect(ended.stdout).toContain(`answered ${status}`);
    const asJson = await setting.webhooks('test', id, '--json');
    expect(asJson).toMatchObject({ code: 2, stderr: '' });
    expect(readJson(asJson)).toMatchObject({
      statusCode: status,
      accepted: false,
      advice: expect.any(String),
    });
  });

  it.each([
    ['the secret that was printed', 200, 0],
    ['another secret', 400, 2],
  ])('of a bridge with %s: %i', async (which, statusCode, code) => {
    const setting = await useSetting();
    const { id, signingSecret } = await register(setting);
    const url = await useBridge(setting, which === 'another secret' ? 'whsec_b3RoZXI=' : signingSecret);
    await setting.simulator.client.webhooks.update(id, { url });
    const ended = await setting.webhooks('test', id, '--json');
    expect(ended.code).toBe(code);
    expect(readJson(ended)).toMatchObject({ statusCode });
    // The bridge has asked for nothing.
    expect(setting.simulator.log.entries({ kind: 'request', endpoint: 'responses.retrieve' })).toEqual([]);
  });

  it('of a server that does not say which events it has: one that runs need', async () => {
    const setting = await useSetting();
    const { id } = await register(setting);
    await leadTo(setting, id, 200);
    const fault = { kind: 'status', status: 404 } as const;
    setting.simulator.addFault({ on: 'webhookEventTypes.list', fault });
    expect(readJson(await setting.webhooks('test', id, '--json'))).toMatchObject({
      eventType: webhookEventTypes[0],
      statusCode: 200,
    });
  });

  it('of an event that the server does not have says so', async () => {
    const setting = await useSetting();
    const { id } = await register(setting);
    const ended = await setting.webhooks('test', id, '--event', 'response.dreamt');
    expect(ended).toEqual({
      code: 2,
      stdout: '',
      stderr: `Could not test the webhook endpoint ${id}: The server has no webhook events of the type response.dreamt.\n`,
    });
  });

  it('of a receiver that is not there says what the API says', async () => {
    const setting = await useSetting();
    const { id } = await register(setting);
    await setting.simulator.client.webhooks.update(id, { url: 'http://127.0.0.1:9/' });
    expect(await setting.webhooks('test', id)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('did not answer the test event'),
    });
  });
});

describe('runs webhooks rotate', () => {
  it('keeps the old secret for 24 hours, and explains the overlap', async () => {
    const setting = await useSetting();
    const { id, signingSecret: old } = await register(setting);
    const received = await leadTo(setting, id, 200);
    const ended = await setting.webhooks('rotate', id);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const [both = '', after = ''] = settingsIn(ended.stdout, secretVariable);
    expect(both).toBe(`${after},OLD`);
    expect(after).toMatch(/^whsec_/);
    expect(ended.stdout).not.toContain(old);

    const during = await completeResponse(setting, received);
    expect([await isSignedWith(during, after), await isSignedWith(during, old)]).toEqual([true, true]);
    await setting.simulator.advance(24 * hourMs);
    const later = await completeResponse(setting, received);
    expect([await isSignedWith(later, after), await isSignedWith(later, old)]).toEqual([true, false]);
  });

  it('with --now ends the old one at once', async () => {
    const setting = await useSetting();
    const { id, signingSecret: old } = await register(setting);
    const received = await leadTo(setting, id, 200);
    const ended = await setting.webhooks('rotate', id, '--now');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const next = await completeResponse(setting, received);
    expect(await isSignedWith(next, printedSecret(ended))).toBe(true);
    expect(await isSignedWith(next, old)).toBe(false);
  });

  it.each([
    [[], 24],
    [['--now'], 0],
  ])('as JSON, with %j: the new secret, and how long the old one is valid', async (more, hours) => {
    const setting = await useSetting();
    const { id, signingSecret } = await register(setting);
    const rotated = readJson(await setting.webhooks('rotate', id, '--json', ...more));
    expect(rotated).toMatchObject({ id, secretVariable, oldSecretValidForHours: hours, url: publicUrl });
    expect(withSecret.parse(rotated).signingSecret).not.toBe(signingSecret);
  });
});

describe('runs webhooks delete', () => {
  it('says what it would delete, and deletes only when told to', async () => {
    const setting = await useSetting();
    const { id } = await register(setting);
    const list = async () => (await setting.simulator.client.webhooks.list()).data;
    const asked = await setting.webhooks('delete', id);
    expect(asked).toMatchObject({ code: 2, stdout: '' });
    expect(asked.stderr).toMatch(
      new RegExp(
        `^This would delete ${id} \\(durable-runs\\): ${publicUrl}, events .*; add --yes to do it\\.\n$`,
      ),
    );
    const asJson = await setting.webhooks('delete', id, '--json');
    expect(asJson.code).toBe(2);
    expect(readJson(asJson)).toMatchObject({ error: { code: 'not_confirmed' } });
    expect(await list()).toHaveLength(1);

    expect(await setting.webhooks('delete', id, '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Deleted ${id}.`),
    });
    expect(await list()).toEqual([]);
  });

  it('as JSON', async () => {
    const setting = await useSetting();
    const { id } = await register(setting);
    const ended = await setting.webhooks('delete', id, '--yes', '--json');
    expect(ended.code).toBe(0);
    expect(readJson(ended)).toEqual({ id, account: 'default', deleted: true });
  });
});
