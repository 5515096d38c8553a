import { describe, expect, it } from 'vitest';
import { findFreePort } from '../../scripts/temporal/ports.ts';
import { readJson, runHere, type Ended } from './support.ts';
import { publicUrl, useServer, useSetting, type Answer } from './webhooksSupport.ts';

const register = ['register', '--url', publicUrl] as const;
const commands = [
  [...register],
  ['list'],
  ['test', 'whe_x'],
  ['rotate', 'whe_x'],
  ['delete', 'whe_x'],
  ['delete', 'whe_x', '--yes'],
].map((given) => ({ command: given.join(' '), given }));

/** The one line that a command said when it could not do its job. */
function refusalIn({ code, stdout, stderr }: Ended): string {
  const [line = '', ...more] = stderr.split('\n');
  if (code === 2 && stdout === '' && more.join('') === '') return line;
  throw new Error(`Expected exit code 2 and one line on standard error, got ${code}: ${stdout}\n${stderr}`);
}

/** Matches a text that has these parts, one after the other. */
function inOrder(...parts: readonly string[]): RegExp {
  return new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'));
}

describe('before anything is sent', () => {
  it.each([
    [
      'http://runs.example.com/webhooks/openai',
      'OpenAI delivers webhooks to nothing else',
      'docs/webhooks.md',
    ],
    ['runs.example.com', "got 'runs.example.com'", 'a tunnel or a reverse proxy'],
    [
      'ftp://somebody:s3cret@runs.example.com/',
      'expected a public https://',
      'ftp://[redacted]@runs.example.com/',
    ],
    ['https://somebody:s3cret@runs.example.com/', 'without a user name or password', 'the signature'],
  ])('register refuses %s', async (url, ...parts) => {
    const setting = await useSetting();
    const ended = await setting.webhooks('register', '--url', url);
    expect(refusalIn(ended)).toMatch(inOrder(...parts));
    expect(ended.stderr).not.toContain('s3cret');
    const asJson = await setting.webhooks('register', '--url', url, '--json');
    expect(readJson(asJson)).toMatchObject({ error: { code: 'usage' } });
    expect(setting.countRequests()).toBe(0);
  });

  it.each(['../files/x', 'a/b', '', '.', 'x?y'])('%j is not taken for an id', async (id) => {
    const setting = await useSetting();
    for (const command of ['test', 'rotate', 'delete']) {
      const ended = await setting.webhooks(command, '--', id);
      expect(ended).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Expected the id of a webhook'),
      });
    }
    expect(setting.countRequests()).toBe(0);
  });

  it.each(commands)('$command says that no key is configured', async ({ given }) => {
    const ended = await runHere(['webhooks', ...given], {});
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('OPENAI_API_KEY: ') });
    const asJson = await runHere(['webhooks', ...given, '--json'], {});
    expect(readJson(asJson)).toMatchObject({ error: { code: 'configuration' } });
  });

  it('says which commands there are, and what they expect', async () => {
    const none = await runHere(['webhooks'], {});
    expect(none).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('register') });
    const withoutUrl = await runHere(['webhooks', 'register'], {});
    expect(withoutUrl).toMatchObject({ code: 2, stderr: expect.stringContaining('--url <url>') });
    const help = await runHere(['webhooks', '--help'], {});
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('OPENAI_ACCOUNTS') });
  });
});

describe.each(commands)('runs webhooks $command', ({ given }) => {
  it('says that the key is wrong, and not what it is', async () => {
    const wrong = 'sk-wrong-key-that-nobody-may-read';
    const setting = await useSetting({}, { OPENAI_API_KEY: wrong });
    const ended = await setting.webhooks(...given);
    expect(refusalIn(ended)).toMatch(
      inOrder("The API refused the key of the account 'default': 401", 'Check OPENAI_API_KEY.'),
    );
    const asJson = await setting.webhooks(...given, '--json');
    expect(readJson(asJson)).toMatchObject({ error: { code: 'authentication' } });
    expect(ended.stderr + asJson.stdout).not.toContain(wrong);
  });

  it('says that the key lacks the scope, with which OpenAI answers 401', async () => {
    const restricted = { key: 'sk-restricted', scopes: ['api.responses.write' as const] };
    const setting = await useSetting({ apiKeys: [restricted] }, { OPENAI_API_KEY: 'sk-restricted' });
    const ended = await setting.webhooks(...given);
    expect(refusalIn(ended)).toMatch(
      inOrder("The key of the account 'default' may not manage webhooks", 'Missing scopes: api.webhooks'),
    );
    expect(readJson(await setting.webhooks(...given, '--json'))).toMatchObject({
      error: { code: 'permission' },
    });
  });

  it('says that the server forbids it', async () => {
    const setting = await useSetting();
    const fault = { kind: 'status', status: 403 } as const;
    setting.simulator.addFault({ on: '*', times: null, fault });
    expect(refusalIn(await setting.webhooks(...given))).toMatch(
      inOrder('may not manage webhooks: 403', 'Set OPENAI_API_KEY to one'),
    );
  });

  it('says that the server has no such API', async () => {
    const server = await useServer({});
    const expected = inOrder(
      'This server has no webhook endpoints API (http://127.0.0.1:',
      'set the endpoint up where the server is configured',
      'OPENAI_WEBHOOK_SECRET where the bridge runs',
    );
    expect(refusalIn(await server.webhooks(...given))).toMatch(expected);
    expect(readJson(await server.webhooks(...given, '--json'))).toMatchObject({
      error: { code: 'no_webhooks_api' },
    });
  });

  it('says that there is no such server', async () => {
    const nobody = `http://127.0.0.1:${await findFreePort()}/v1`;
    const environment = { OPENAI_API_KEY: 'sk-any-key', OPENAI_BASE_URL: nobody };
    const ended = await runHere(['webhooks', ...given], environment);
    expect(refusalIn(ended)).toMatch(
      inOrder('Could not ', 'could not be reached (ECONNREFUSED). Check OPENAI_BASE_URL'),
    );
    expect(ended.stderr).not.toContain('all the same');
  });
});

it.each(commands.slice(2))('$command says that there is no such endpoint', async ({ given }) => {
  const setting = await useSetting();
  expect(refusalIn(await setting.webhooks(...given))).toMatch(
    inOrder("no webhook endpoint 'whe_x'", 'webhooks list shows those'),
  );
  expect(readJson(await setting.webhooks(...given, '--json'))).toMatchObject({
    error: { code: 'endpoint_not_found' },
  });
});

const ofEu = ['--account', 'eu'] as const;
const environmentOfEu = (baseURL: string) => ({
  OPENAI_ACCOUNTS: 'eu',
  OPENAI_API_KEY__EU: 'sk-any-key',
  OPENAI_BASE_URL__EU: baseURL,
});

describe('of a named account', () => {
  it.each(commands.slice(2))('$command says how to list its endpoints', async ({ given }) => {
    const { simulator } = await useSetting({ apiKeys: ['sk-any-key'] });
    const ended = await runHere(['webhooks', ...given, ...ofEu], environmentOfEu(simulator.baseURL));
    expect(refusalIn(ended)).toContain('npm run runs -- webhooks list --account eu shows');
  });

  it('what was left undone, or may have been done, is told with the account', async () => {
    const { simulator } = await useSetting({ apiKeys: ['sk-any-key'] });
    const run = (...given: string[]) =>
      runHere(['webhooks', ...given, ...ofEu], environmentOfEu(simulator.baseURL));
    const euUrl = `${publicUrl}/eu`;
    simulator.addFault({ on: 'webhookEndpoints.create', fault: { kind: 'drop_reply' } });
    expect(refusalIn(await run('register', '--url', euUrl))).toMatch(
      inOrder('It may be there all the same: look with', 'webhooks list --account eu. If'),
    );
    const exists = refusalIn(await run('register', '--url', euUrl));
    expect(exists).toMatch(
      inOrder('webhooks rotate whe_', ' --account eu. To', 'webhooks delete whe_', ' --account eu.'),
    );
    const id = /already: (whe_\w+)/.exec(exists)?.[1] ?? '';
    expect((await run('rotate', id)).stdout).toContain(`webhooks test ${id} --account eu\n`);
    simulator.addFault({ on: 'webhookEndpoints.delete', fault: { kind: 'drop_reply' } });
    expect(refusalIn(await run('delete', id, '--yes'))).toContain('webhooks list --account eu.');
  });
});

describe('replies are not trusted', () => {
  const collection = 'GET /v1/webhook_endpoints';
  const none: Answer = { body: { data: [] } };
  const create = 'POST /v1/webhook_endpoints';
  const rotate = 'POST /v1/webhook_endpoints/whe_x/rotate_secret';

  it.each<[string, unknown]>([
    ['a page of HTML', '<h1>Please log in</h1>'],
    ['null', null],
    ['an endpoint without an id', { data: [{ url: 'https://a.b/' }] }],
    ['an id that is a number', { data: [{ id: 7, url: 'https://a.b/' }] }],
    ['no list', { data: { whe_x: {} } }],
    ['nothing in it', {}],
  ])('list: %s', async (_what, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const server = await useServer({ [collection]: { body: text } });
    const refusal = refusalIn(await server.webhooks('list'));
    expect(refusal).toMatch(inOrder('Could not list the webhook endpoints: '));
    // What is no JSON at all is hardly the API.
    expect(refusal.includes('Check OPENAI_BASE_URL')).toBe(typeof body === 'string');
  });

  it('list makes do with an id and a URL, and lets no control characters through', async () => {
    const data = [
      { id: 'whe_a', url: 'https://a.b/', name: null, event_types: null, created_at: 'today', more: [{}] },
      {
        id: 'whe_b',
        url: 'https://a.c/',
        name: '\u001B[2Jgone',
        event_types: ['x'],
        created_at: 1_700_000_000,
      },
    ];
    const server = await useServer({ [collection]: { body: { data } } });
    const ended = await server.webhooks('list');
    expect(ended.code).toBe(0);
    expect(ended.stdout).not.toContain('\u001B');
    expect(ended.stdout).toMatch(
      /^whe_b +\[2Jgone +https:\/\/a\.c\/ +x +2023-.*\nwhe_a +- +https:\/\/a\.b\/ +- +-\n$/m,
    );
  });

  it('list ends with a server whose pages never do', async () => {
    const data = ['whe_a', 'whe_b'].map((id) => ({ id, url: 'https://a.b/' }));
    const server = await useServer({ [collection]: { body: { data, has_more: true } } });
    const listed = readJson(await server.webhooks('list', '--json'));
    expect(listed).toMatchObject({ endpoints: [{ id: 'whe_a' }, { id: 'whe_b' }] });
    expect(server.asked).toHaveLength(2);
  });

  it.each<[string, unknown]>([
    ['no secret', undefined],
    ['null for a secret', null],
    ['a secret that no variable can hold', 'whsec_a\nb'],
  ])('a create whose reply has %s names the endpoint, which is there', async (_what, secret) => {
    const body = { id: 'whe_new', url: publicUrl, signing_secret: secret };
    const server = await useServer({ [collection]: none, [create]: { body } });
    expect(refusalIn(await server.webhooks(...register))).toMatch(
      inOrder('endpoint whe_new is there', 'Rotate the secret'),
    );
  });

  it('a secret in a reply that cannot be read is not quoted', async () => {
    // V8's own message would quote what it stumbled over.
    const body = '{"id": "whe_x", "signing_secret": dGhlIHNlY3JldA==}';
    const server = await useServer({ [rotate]: { body } });
    const ended = await server.webhooks('rotate', 'whe_x');
    expect(refusalIn(ended)).toMatch(
      inOrder('Could not rotate the secret of the webhook endpoint whe_x: ', 'do it again'),
    );
    expect(ended.stderr).not.toMatch(/dGhl|whsec/);
  });

  it.each<[string, ...string[]]>([
    ['look with npm run runs -- webhooks list', ...register],
    ['do it again', 'rotate', 'whe_x'],
    ['look with npm run runs -- webhooks list', 'delete', 'whe_x', '--yes'],
  ])('a lost reply: says that it may be done all the same, and "%s"', async (advice, ...given) => {
    const lost: Answer = { body: null };
    const server = await useServer({
      [collection]: none,
      [create]: lost,
      [rotate]: lost,
      'DELETE /v1/webhook_endpoints/whe_x': lost,
    });
    expect(refusalIn(await server.webhooks(...given))).toMatch(inOrder('all the same', advice));
    // Sent once: a second create would be a second endpoint.
    expect(server.asked.filter((call) => !call.startsWith('GET'))).toHaveLength(1);
  });

  it('a refusal of ours, and the server knows which event types it has', async () => {
    const refused: Answer = { status: 400, body: { error: { message: 'No.' } } };
    const offered: Answer = { body: { object: 'list', data: ['response.completed'] } };
    const server = await useServer({
      [collection]: none,
      [create]: refused,
      'GET /v1/webhook_event_types': offered,
    });
    expect(refusalIn(await server.webhooks(...register))).toMatch(
      inOrder('has no webhook events of the type response.failed, '),
    );
    const silent = await useServer({ [collection]: none, [create]: refused });
    expect(refusalIn(await silent.webhooks(...register))).toMatch(
      inOrder('Could not register the webhook endpoint: 400 No.'),
    );
  });

  it('a test whose result has no status', async () => {
    const body = { object: 'webhook_endpoint.test', success: true };
    const server = await useServer({ 'POST /v1/webhook_endpoints/whe_x/test': { body } });
    expect(refusalIn(await server.webhooks('test', 'whe_x'))).toMatch(inOrder('status_code'));
  });

  it('a server that sends no sample of a type that the endpoint does not get: one of its own', async () => {
    const data = ['batch.completed', 'response.completed'];
    const server = await useServer(
      { 'GET /v1/webhook_event_types': { body: { data } } },
      ({ event_type: type }) =>
        type === 'response.completed'
          ? { body: { status_code: 204 } }
          : { status: 400, body: { error: { message: 'The endpoint is not subscribed to it.' } } },
    );
    expect(readJson(await server.webhooks('test', 'whe_x', '--json'))).toMatchObject({
      eventType: 'response.completed',
      statusCode: 204,
    });
    const chosen = await server.webhooks('test', 'whe_x', '--event', 'batch.completed');
    expect(refusalIn(chosen)).toContain('The endpoint is not subscribed to it.');
  });

  it('a delete that answers without a body is done', async () => {
    const server = await useServer({ 'DELETE /v1/webhook_endpoints/whe_x': { status: 200, body: '' } });
    expect(await server.webhooks('delete', 'whe_x', '--yes')).toMatchObject({ code: 0 });
  });
});
