import { Writable } from 'node:stream';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { payloadToJSON, type JSONPayload } from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EncryptionCodec } from '../../codec/encryptionCodec.ts';
import { readCodecConfiguration } from '../../codec/server/configuration.ts';
import { createCodecServer, type CodecServerOptions } from '../../codec/server/server.ts';
import { problemsOf } from '../config/support.ts';
import { keysOf, newEntry } from './support.ts';

const entry = newEntry('2026-11');
const keys = keysOf(entry);
const token = 'a-token-of-the-tests';
const origin = 'https://temporal.example.com';

interface TestServer {
  readonly url: string;
  readonly logged: () => string;
}

async function startServer(options: Partial<CodecServerOptions> = {}): Promise<TestServer> {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const logger = pino({ level: 'trace' }, stream);
  const app = createCodecServer({ keys, tokens: [token], origins: [origin], logger, ...options });
  onTestFinished(() => app.close());
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), logged: () => lines.join('') };
}

const allowed = { 'content-type': 'application/json', authorization: `Bearer ${token}` };

function post(url: string, body: string, headers: Record<string, string> = allowed): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body });
}

function jsonOf(payloads: readonly Payload[]): string {
  return JSON.stringify({ payloads: payloads.map(payloadToJSON) });
}

const plain = [{ city: 'Paris' }, 'ünïcode', null].map((value) => defaultPayloadConverter.toPayload(value));
const encrypted = await new EncryptionCodec(keys).encode(plain);

describe('the codec endpoint', () => {
  test.each(['/decode', '/default/decode', '/codec/my-namespace/decode', '/decode?preserveStorageRefs=true'])(
    'decrypts at %s',
    async (path) => {
      const { url } = await startServer();
      const response = await post(`${url}${path}`, jsonOf(encrypted), {
        ...allowed,
        'x-namespace': 'default',
      });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual(JSON.parse(jsonOf(plain)));
    },
  );

  test('gives back what was not encrypted, beside what was', async () => {
    const { url } = await startServer();
    const response = await post(`${url}/decode`, jsonOf([...plain, ...encrypted]));
    expect(await response.json()).toEqual(JSON.parse(jsonOf([...plain, ...plain])));
  });

  test('takes a list that protobuf left out for an empty one', async () => {
    const { url } = await startServer();
    expect(await (await post(`${url}/decode`, '{}')).json()).toEqual({ payloads: [] });
  });

  test('encrypts, for runs that are started from elsewhere', async () => {
    const { url } = await startServer();
    const made = await (await post(`${url}/encode`, jsonOf(plain))).text();
    expect(made).not.toContain(Buffer.from('Paris').toString('base64').slice(0, 5));
    expect(made).toContain(Buffer.from('binary/encrypted').toString('base64'));
    expect(await (await post(`${url}/decode`, made)).json()).toEqual(JSON.parse(jsonOf(plain)));
  });

  test('names the key that it lacks', async () => {
    const { url } = await startServer({ keys: keysOf(newEntry('2027-01')) });
    const response = await post(`${url}/decode`, jsonOf(encrypted));
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/'2026-11'.*there are 2027-01/) });
  });
});

describe('who may ask', () => {
  test.each([
    ['no token', {}],
    ['another', { authorization: 'Bearer another-token-of-tests' }],
    ['a part of it', { authorization: `Bearer ${token.slice(0, -1)}` }],
    ['it and more', { authorization: `Bearer ${token}x` }],
    ['it without Bearer', { authorization: token }],
    ['an empty one', { authorization: 'Bearer ' }],
  ])('with %s the answer is 401, at every path', async (_what, headers) => {
    const { url, logged } = await startServer();
    for (const path of ['/decode', '/encode', '/nothing']) {
      const response = await post(`${url}${path}`, jsonOf(encrypted), {
        'content-type': 'application/json',
        ...headers,
      });
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain('payloads');
    }
    expect(logged().match(/token refused/g)).toHaveLength(3);
    expect(logged()).not.toContain(token.slice(0, -1));
  });

  test('each of several tokens is good', async () => {
    const { url } = await startServer({ tokens: ['the-first-of-the-tokens', token] });
    for (const one of ['the-first-of-the-tokens', token]) {
      const headers = { ...allowed, authorization: `bearer ${one}` };
      expect((await post(`${url}/decode`, jsonOf(encrypted), headers)).status).toBe(200);
    }
  });

  test('without tokens nobody is asked for one', async () => {
    const { url } = await startServer({ tokens: [] });
    const headers = { 'content-type': 'application/json' };
    expect((await post(`${url}/decode`, jsonOf(encrypted), headers)).status).toBe(200);
  });

  test('a page of an origin that is allowed is answered so that its browser lets it read', async () => {
    const { url } = await startServer();
    const asked = await fetch(`${url}/decode`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-namespace',
      },
    });
    expect(asked.status).toBe(204);
    const answered = await post(`${url}/decode`, jsonOf(encrypted), { ...allowed, origin });
    expect(answered.status).toBe(200);
    // A refusal is for the page to read, too.
    const refused = await post(`${url}/decode`, jsonOf(encrypted), { origin });
    expect(refused.status).toBe(401);
    for (const { headers } of [asked, answered, refused]) {
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
      expect(headers.get('vary')).toBe('origin');
    }
    expect(asked.headers.get('access-control-allow-methods')).toBe('POST');
    const headers = asked.headers.get('access-control-allow-headers')?.split(', ');
    expect(headers).toEqual(expect.arrayContaining(['authorization', 'content-type', 'x-namespace']));
  });

  test.each([
    'https://evil.example.com',
    `${origin}.evil.com`,
    `${origin}/`,
    'http://temporal.example.com',
    'null',
  ])('a page of %s gets nothing, with the token or without', async (other) => {
    const { url } = await startServer();
    const withToken = await post(`${url}/decode`, jsonOf(encrypted), { ...allowed, origin: other });
    const asked = await fetch(`${url}/decode`, { method: 'OPTIONS', headers: { origin: other } });
    for (const response of [withToken, asked]) {
      expect(response.status).toBe(403);
      expect(response.headers.has('access-control-allow-origin')).toBe(false);
      expect(await response.text()).not.toContain('payloads');
    }
  });

  test('its health is no secret', async () => {
    const { url } = await startServer();
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
  });
});

const b64 = (words: string): string => Buffer.from(words).toString('base64');

describe('what is no request of the protocol', () => {
  const encoding = b64('binary/encrypted');
  const garbage: readonly (readonly [string, string])[] = [
    ['no JSON', '{"payloads": ['],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['payloads that are no list', '{"payloads": {"a": 1}}'],
    ['a payload that is none', '{"payloads": [1]}'],
    ['metadata that is none', '{"payloads": [{"metadata": ["a"]}]}'],
    ['metadata that is not base64', '{"payloads": [{"metadata": {"encoding": "json/plain!"}, "data": ""}]}'],
    ['data that is not base64', `{"payloads": [{"metadata": {"encoding": "${encoding}"}, "data": "?"}]}`],
    ['data that is none', '{"payloads": [{"data": 5}]}'],
    ['encrypted, without a key', `{"payloads": [{"metadata": {"encoding": "${encoding}"}, "data": "AAAA"}]}`],
    [
      'too short to be encrypted',
      `{"payloads": [{"metadata": {"encoding": "${encoding}", "encryption-key-id": "${b64('2026-11')}"}, "data": "AAAA"}]}`,
    ],
  ];

  test.each(garbage)('%s is answered with 400, and the server goes on', async (_what, body) => {
    const { url, logged } = await startServer();
    expect((await post(`${url}/decode`, body)).status).toBe(400);
    expect((await post(`${url}/decode`, jsonOf(encrypted))).status).toBe(200);
    expect(logged()).not.toContain('"level":50');
  });

  test('one payload that cannot be decrypted makes no secret of the others', async () => {
    const { url, logged } = await startServer();
    const [first] = encrypted;
    const broken: Payload = { ...first, data: Buffer.from(first?.data ?? []).fill(0, 0, 12) };
    const response = await post(`${url}/decode`, jsonOf([...encrypted, broken]));
    expect(response.status).toBe(400);
    const answer = await response.text();
    expect(answer).toContain('does not decrypt it');
    expect(answer).not.toContain('payloads":');
    for (const words of ['Paris', b64('{"city":"Paris"}')]) expect(logged() + answer).not.toContain(words);
  });

  test('a body that is too large is not read', async () => {
    const { url } = await startServer({ bodyLimit: 1_000 });
    const large: JSONPayload = { data: Buffer.alloc(1_000).toString('base64') };
    const response = await post(`${url}/decode`, JSON.stringify({ payloads: [large] }));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ error: 'the body is too large' });
  });

  test('as much as Temporal answers at once is decrypted', async () => {
    const { url } = await startServer();
    const codec = new EncryptionCodec(keys);
    const text = 'x'.repeat(1_999_000);
    const payloads = await codec.encode(
      [text, text].map((value) => defaultPayloadConverter.toPayload(value)),
    );
    expect((await post(`${url}/decode`, jsonOf(payloads))).status).toBe(200);
  });

  test.each([
    ['GET', '/decode', 404],
    ['POST', '/decode/', 404],
    ['POST', '/', 404],
    ['POST', '/download', 404],
  ])('%s %s: %s', async (method, path, status) => {
    const { url } = await startServer();
    const body = method === 'POST' ? { body: jsonOf(encrypted) } : {};
    expect((await fetch(`${url}${path}`, { method, headers: allowed, ...body })).status).toBe(status);
  });

  test('text, which a page may send without asking, is not read', async () => {
    const { url } = await startServer({ tokens: [] });
    expect((await post(`${url}/decode`, jsonOf(encrypted), { 'content-type': 'text/plain' })).status).toBe(
      415,
    );
  });
});

describe('the configuration of the codec endpoint', () => {
  const given = { PAYLOAD_ENCRYPTION_KEYS: entry };

  test('needs nothing but keys, and listens on this machine only', () => {
    expect(readCodecConfiguration(given)).toMatchObject({
      host: '127.0.0.1',
      port: 8089,
      tokens: [],
      origins: ['http://localhost:8233', 'http://127.0.0.1:8233'],
    });
    expect(problemsOf(() => readCodecConfiguration({}))).toEqual([
      expect.stringMatching(/^PAYLOAD_ENCRYPTION_KEYS: .*got nothing$/),
    ]);
  });

  test.each(['0.0.0.0', '::', '192.168.0.7', 'codec.example.com', '127.evil.example.com'])(
    'does not listen on %s without a token',
    (host) => {
      const problems = problemsOf(() => readCodecConfiguration({ ...given, CODEC_HOST: host }));
      expect(problems).toEqual([expect.stringMatching(/^CODEC_TOKENS: expected a token/)]);
      const tokens = { CODEC_TOKENS: `${token}, ${token}2` };
      expect(readCodecConfiguration({ ...given, CODEC_HOST: host, ...tokens })).toMatchObject({
        host,
        tokens: [token, `${token}2`],
      });
    },
  );

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('%s needs no token', (host) => {
    expect(readCodecConfiguration({ ...given, CODEC_HOST: host }).tokens).toEqual([]);
  });

  test.each([
    ['CODEC_TOKENS', 'short'],
    ['CODEC_TOKENS', `${token},`],
    ['CODEC_TOKENS', 'with a space in the middle'],
    ['CODEC_ORIGINS', '*'],
    ['CODEC_ORIGINS', 'https://temporal.example.com/'],
    ['CODEC_ORIGINS', 'null'],
    ['CODEC_PORT', '99999'],
  ])('refuses %s=%s', (name, value) => {
    const problems = problemsOf(() => readCodecConfiguration({ ...given, [name]: value }));
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name}: expected`))]);
  });

  test('prints no token that it refuses', () => {
    const problems = problemsOf(() => readCodecConfiguration({ ...given, CODEC_TOKENS: 'my short one' }));
    expect(problems.join()).toMatch(/got a value of 12 characters$/);
    expect(problems.join()).not.toContain('my short one');
  });
});
