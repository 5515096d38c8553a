import { describe, expect, it } from 'vitest';
import { AuthenticationError, NotFoundError, PermissionDeniedError, RateLimitError } from 'openai';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import { writeDuration } from '../../simulator/http/duration.ts';
import { clientOf, control, createThread, readError, scripted, send, useSimulator } from './support.ts';

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

const limitsOf = (headers: Headers) =>
  Object.fromEntries(
    [...headers].flatMap(([name, value]) =>
      name.startsWith('x-ratelimit-') ? [[name.slice('x-ratelimit-'.length), value]] : [],
    ),
  );

describe('keys', () => {
  it('belong to a project and an organization', async () => {
    const simulator = await useSimulator({
      apiKeys: [{ key: 'sk-a', project: 'proj_a', organization: 'org-a' }, 'sk-b'],
    });
    const status = async (key: string, headers: Record<string, string>) => {
      const response = await send(simulator, 'GET', '/assistants', undefined, {
        authorization: `Bearer ${key}`,
        ...headers,
      });
      return response.status === 200 ? 200 : readError(await response.text());
    };
    expect(await status('sk-a', {})).toBe(200);
    expect(await status('sk-a', { 'openai-project': 'proj_a', 'openai-organization': 'org-a' })).toBe(200);
    expect(await status('sk-b', { 'openai-project': 'any' })).toBe(200);
    expect(await status('sk-a', { 'openai-project': 'proj_b' })).toEqual({
      message: 'OpenAI-Project header should match project for API key',
      type: 'invalid_request_error',
      param: null,
      code: 'mismatched_project',
    });
    expect(await status('sk-a', { 'openai-organization': 'org-b' })).toMatchObject({
      message: 'OpenAI-Organization header should match organization for API key',
      code: 'mismatched_organization',
    });
    const { headers } = await send(simulator, 'GET', '/assistants', undefined, {
      authorization: 'Bearer sk-a',
    });
    expect([headers.get('openai-project'), headers.get('openai-organization')]).toEqual(['proj_a', 'org-a']);
  });

  it('may be restricted to scopes; who may write may read', async () => {
    const simulator = await useSimulator({
      apiKeys: [{ key: 'sk-r', scopes: ['api.threads.write', 'api.responses.read'] }],
    });
    const client = clientOf(simulator, { apiKey: 'sk-r' });
    const thread = await client.beta.threads.create();
    await client.beta.threads.retrieve(thread.id);
    const refused = await failure(client.responses.create({ model: 'gpt-sim', input: 'Hello' }));
    expect(refused).toBeInstanceOf(AuthenticationError);
    expect(refused).toMatchObject({
      message:
        '401 You have insufficient permissions for this operation. Missing scopes: api.responses.write. Check that you ' +
        'have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if ' +
        "you're using a restricted API key, that it has the necessary scopes.",
    });
    await expect(client.webhooks.list()).rejects.toThrow('Missing scopes: api.webhooks.read.');
    await expect(client.beta.assistants.list()).rejects.toThrow('Missing scopes: api.assistants.read.');
  });

  it('may be kept from models by their project: 403', async () => {
    const simulator = await useSimulator({
      apiKeys: [{ key: 'sk-m', project: 'proj_m', models: ['gpt-sim'] }],
    });
    const client = clientOf(simulator, { apiKey: 'sk-m' });
    await client.responses.create({ model: 'gpt-sim', input: 'Hello' });
    const refused = await failure(client.responses.create({ model: 'gpt-6-astra', input: 'Hello' }));
    expect(refused).toBeInstanceOf(PermissionDeniedError);
    expect(refused).toMatchObject({
      status: 403,
      message: '403 Project `proj_m` does not have access to model `gpt-6-astra`',
      code: 'model_not_found',
    });
  });

  it('can be added and removed while it runs', async () => {
    const simulator = await useSimulator();
    const client = clientOf(simulator, { apiKey: 'sk-new' });
    await expect(client.webhooks.list()).rejects.toThrow('401');
    await control(simulator, 'POST', '/keys', { key: 'sk-new' });
    await client.webhooks.list();
    expect(await control(simulator, 'GET', '/keys')).toEqual({
      keys: [{ key: 'sk-simulator' }, { key: 'sk-new' }],
    });
    await control(simulator, 'DELETE', '/keys/sk-new');
    await expect(client.webhooks.list()).rejects.toThrow('401');
  });

  it('make no sense without a key', async () => {
    await expect(useSimulator({ apiKeys: [{ key: '' }] })).rejects.toThrow('apiKeys');
  });
});

describe('rate limits', () => {
  it('count for real, and flow off evenly', async () => {
    const simulator = await useSimulator({ time: 'stepped', requestsPerMinute: 60, tokensPerMinute: 6000 });
    const get = async () => limitsOf((await send(simulator, 'GET', '/assistants')).headers);
    expect(await get()).toEqual({
      'limit-requests': '60',
      'remaining-requests': '59',
      'reset-requests': '1s',
      'limit-tokens': '6000',
      'remaining-tokens': '6000',
      'reset-tokens': '0ms',
    });
    expect(await get()).toMatchObject({ 'remaining-requests': '58', 'reset-requests': '2s' });
    await simulator.advance(1500);
    expect(await get()).toMatchObject({ 'remaining-requests': '58', 'reset-requests': '1.5s' });
  });

  it('end in a 429 that says when to come back', async () => {
    const simulator = await useSimulator({ time: 'stepped', requestsPerMinute: 2 });
    await simulator.client.webhooks.list();
    await simulator.client.webhooks.list();
    const refused = await failure(simulator.client.webhooks.list());
    expect(refused).toBeInstanceOf(RateLimitError);
    expect(refused).toMatchObject({
      message:
        '429 Rate limit reached for gpt-sim in organization org-simulator on requests per min (RPM): Limit 2, Used 2, ' +
        'Requested 1. Please try again in 30s. Visit https://platform.openai.com/account/rate-limits to learn more.',
      type: 'requests',
      code: 'rate_limit_exceeded',
    });
    const { headers } = refused instanceof RateLimitError ? refused : { headers: new Headers() };
    expect([headers.get('retry-after'), headers.get('retry-after-ms')]).toEqual(['30', '30000']);
    await simulator.advance(29_000);
    await expect(simulator.client.webhooks.list()).rejects.toThrow('Please try again in 1s.');
    await simulator.advance(1000);
    await simulator.client.webhooks.list();
    expect(
      simulator.log.entries({ kind: 'request' }).map((entry) => entry.kind === 'request' && entry.status),
    ).toEqual([200, 200, 429, 429, 200]);
  });

  it('count tokens before the work: the most that may be written', async () => {
    const simulator = await useSimulator({ time: 'stepped', tokensPerMinute: 1000 });
    const create = (max_output_tokens: number) =>
      simulator.client.responses.create({
        model: 'gpt-sim',
        input: 'Hello',
        background: true,
        max_output_tokens,
      });
    await create(700);
    await expect(create(600)).rejects.toThrow(
      'Rate limit reached for gpt-sim in organization org-simulator on tokens per min (TPM): Limit 1000, Used 700, ' +
        'Requested 600. Please try again in 18s.',
    );
    await expect(create(2000)).rejects.toThrow(
      'Request too large for gpt-sim in organization org-simulator on tokens per min (TPM): Limit 1000, Requested 2000.',
    );
    await simulator.advance(18_000);
    await create(600);
  });

  it('are those of each key, and can be changed', async () => {
    const simulator = await useSimulator({
      time: 'stepped',
      apiKeys: ['sk-simulator', { key: 'sk-slow', requestsPerMinute: 1 }],
    });
    const slow = clientOf(simulator, { apiKey: 'sk-slow' });
    await slow.webhooks.list();
    await expect(slow.webhooks.list()).rejects.toThrow('Limit 1, Used 1');
    await simulator.client.webhooks.list();
    expect(await control(simulator, 'POST', '/limits', { requestsPerMinute: 1 })).toMatchObject({
      requestsPerMinute: 1,
      tokensPerMinute: 1_000_000_000,
    });
    await simulator.client.webhooks.list();
    await expect(simulator.client.webhooks.list()).rejects.toThrow('Limit 1, Used 1');
  });

  it.each([
    [0, '0ms'],
    [11.2, '12ms'],
    [8640, '8.64s'],
    [60_000, '1m0s'],
    [360_000, '6m0s'],
    [86_400, '1m26.4s'],
  ])('write %d ms as %s', (ms, text) => {
    expect(writeDuration(ms)).toBe(text);
  });
});

describe('openai-poll-after-ms', () => {
  it('is what the option says, or the script; pollers obey it', async () => {
    const simulator = await useSimulator({ pollAfterMs: 3 });
    const threadId = await createThread(simulator.client, 'Hello');
    const { runs } = simulator.client.beta.threads;
    const read = async (metadata: Record<string, string>) => {
      const { id } = await runs.createAndPoll(threadId, { assistant_id, metadata });
      const { response } = await runs.retrieve(id, { thread_id: threadId }).withResponse();
      return response.headers.get('openai-poll-after-ms');
    };
    expect(await read({})).toBe('3');
    expect(await read(scripted({ pollAfterMs: 7 }))).toBe('7');
    const { id } = await simulator.client.responses.create({ model: 'gpt-sim', input: 'Hello' });
    const { response } = await simulator.client.responses.retrieve(id).withResponse();
    expect(response.headers.get('openai-poll-after-ms')).toBe('3');
  });

  it('is not there unless asked for', async () => {
    const simulator = await useSimulator();
    const { id } = await simulator.client.responses.create({ model: 'gpt-sim', input: 'Hello' });
    const { response } = await simulator.client.responses.retrieve(id).withResponse();
    expect(response.headers.has('openai-poll-after-ms')).toBe(false);
  });
});

describe('after the sunset', () => {
  it('every Assistants endpoint answers 404, and nothing else does', async () => {
    const simulator = await useSimulator({ sunset: true });
    await expect(simulator.client.beta.threads.create()).rejects.toThrow(
      '404 Invalid URL (POST /v1/threads)',
    );
    await expect(simulator.client.beta.assistants.list()).rejects.toThrow(
      '404 Invalid URL (GET /v1/assistants)',
    );
    await expect(
      simulator.client.beta.threads.runs.retrieve('run_x', { thread_id: 'thread_x' }),
    ).rejects.toThrow(NotFoundError);
    await simulator.client.responses.create({ model: 'gpt-sim', input: 'Hello' });
  });

  it('comes and goes by a switch', async () => {
    const simulator = await useSimulator();
    await simulator.client.beta.threads.create();
    expect(await control(simulator, 'POST', '/sunset', { on: true })).toEqual({ on: true });
    await expect(simulator.client.beta.threads.create()).rejects.toThrow('404');
    simulator.setSunset(false);
    await simulator.client.beta.threads.create();
  });
});
