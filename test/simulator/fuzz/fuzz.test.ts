import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../../simulator/http/endpoints.ts';
import type { Simulator } from '../../../simulator/index.ts';
import { readError, send, useSimulator } from '../support.ts';
import { hostileValue, mutate, mutation } from './mutate.ts';
import { validRequests } from './validRequests.ts';
import { flawOf, rawBytes, rawRequest } from './wire.ts';

// Whatever is sent, the answer is a legal success or an error in the API's envelope, never a 500, and the next
// caller is served. A failure prints its seed: `fc.assert(…, { seed, path })` repeats it.

/** Whether the next caller is served, and nobody's prototype was changed. */
async function isAlive(simulator: Simulator): Promise<boolean> {
  const { status } = await send(simulator, 'GET', '/assistants?limit=1');
  return status === 200 && !('polluted' in {});
}

describe('whatever is sent', () => {
  it('every endpoint takes its valid request', async () => {
    const simulator = await useSimulator();
    for (const [name, { method, path, body }] of Object.entries(await validRequests(simulator))) {
      const response = await send(simulator, method, path, body && JSON.stringify(body));
      expect(await flawOf(response)).toBeUndefined();
      expect([name, simulator.log.entries({ kind: 'request' }).at(-1)]).toEqual([
        name,
        expect.objectContaining({ endpoint: name }),
      ]);
      const known = /_x\b|submit_tool_outputs/.test(path.split('?', 1)[0] ?? '') ? [400, 404] : [200];
      expect([name, known]).toEqual([name, expect.arrayContaining([response.status])]);
    }
  });

  it('every endpoint answers wrong-typed, missing and hostile fields in the API’s shape', async () => {
    const simulator = await useSimulator();
    const valid = await validRequests(simulator);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ENDPOINTS), mutation, async (endpoint, change) => {
        const { method, path, body } = valid[endpoint];
        if (method !== 'POST') return;
        expect(await flawOf(await send(simulator, 'POST', path, mutate(body ?? {}, change)))).toBeUndefined();
      }),
      { numRuns: 600 },
    );
    expect(await isAlive(simulator)).toBe(true);
  });

  it('bodies that are not JSON, and content types that are none', async () => {
    const simulator = await useSimulator();
    const valid = await validRequests(simulator);
    const contentType = fc.oneof(
      fc.constantFrom(
        'application/json',
        'application/json; charset=latin1',
        'text/plain',
        ';',
        'a/b/c',
        '*',
      ),
      fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ENDPOINTS),
        fc.oneof(fc.string(), fc.json(), fc.constant('{"a":1')),
        contentType,
        async (endpoint, text, type) => {
          const { method, path } = valid[endpoint];
          if (method === 'GET') return;
          expect(
            await flawOf(await send(simulator, method, path, text, { 'content-type': type })),
          ).toBeUndefined();
        },
      ),
      { numRuns: 200 },
    );
    expect(await isAlive(simulator)).toBe(true);
  });

  it('paths and queries', async () => {
    const simulator = await useSimulator();
    const valid = await validRequests(simulator);
    const piece = fc.oneof(
      fc.webPath(),
      fc.webQueryParameters(),
      fc.constantFrom('..', '%00', '__proto__', '%2f'),
    );
    const query = fc.dictionary(
      fc.constantFrom('limit', 'order', 'after', 'before', 'run_id', 'include[]', '__proto__', 'stream'),
      hostileValue,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ENDPOINTS),
        fc.array(piece, { maxLength: 3 }),
        query,
        async (name, more, pairs) => {
          const { method, path } = valid[name];
          const added = more.map((part) => encodeURI(part.toWellFormed())).join('/');
          const text = Object.entries(pairs)
            .map(([key, value]) => `${key}=${encodeURIComponent(JSON.stringify(value).toWellFormed())}`)
            .join('&');
          const [bare = ''] = path.split('?');
          const target = added === '' ? bare : `${bare}/${added.replaceAll(/[?#]/g, '')}`;
          // Enough of `..` leads to the simulator's own page, which is none of the API's business.
          fc.pre(new URL(simulator.baseURL + target).pathname.startsWith('/v1/'));
          expect(await flawOf(await send(simulator, method, `${target}?${text}`))).toBeUndefined();
        },
      ),
      { numRuns: 200 },
    );
    expect(await isAlive(simulator)).toBe(true);
  });

  it('header values', async () => {
    const simulator = await useSimulator();
    const name = fc.constantFrom(
      'authorization',
      'openai-beta',
      'openai-organization',
      'openai-project',
      'accept',
      'content-type',
      'x-request-id',
      'x-stainless-poll-helper',
      'idempotency-key',
      'last-event-id',
    );
    // Latin-1 without line ends: what an HTTP client can send at all.
    const value = fc.oneof(
      fc.stringMatching(/^[\x20-\x7e\xa0-\xff]{0,200}$/),
      fc.constantFrom(
        '__proto__',
        'Bearer ',
        'Bearer a b',
        'assistants=v2,assistants=v1',
        'x'.repeat(4000),
        '\t',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 4 }), async (hostile) => {
        const headers = { authorization: 'Bearer sk-simulator', 'openai-beta': 'assistants=v2', ...hostile };
        const [status, text] = await rawRequest(`${simulator.baseURL}/assistants`, headers);
        expect([200, 400, 401, 403, 404]).toContain(status);
        if (status !== 200) readError(text);
      }),
      { numRuns: 100 },
    );
    expect(await isAlive(simulator)).toBe(true);
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a header without a name', 'GET /v1/assistants HTTP/1.1\r\nhost: x\r\n: y\r\n\r\n', 400],
    [
      'two lengths',
      'POST /v1/threads HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
    ],
    [
      'a broken chunk',
      'POST /v1/threads HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
    [
      'headers without end',
      `GET /v1/assistants HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(100_000)}\r\n\r\n`,
      431,
    ],
  ])('%s', async (_name, bytes, status) => {
    const simulator = await useSimulator();
    const answer = await rawBytes(new URL(simulator.url), bytes);
    expect(answer.split('\r\n', 1)[0]).toContain(` ${status} `);
    expect(readError(answer.slice(answer.indexOf('\r\n\r\n') + 4)).type).toBe('invalid_request_error');
    expect(await isAlive(simulator)).toBe(true);
  });
});

it('the control API refuses nonsense in the same shape', async () => {
  const simulator = await useSimulator();
  const path = fc.constantFrom(
    '/faults',
    '/webhooks',
    '/log',
    '/counts',
    '/runs',
    '/faults/x',
    '/health',
    '/',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'PUT'),
      path,
      hostileValue,
      async (method, target, value) => {
        const text = JSON.stringify(value);
        const response = await fetch(
          `${simulator.url}/_simulator${target}?kind=${encodeURIComponent(text.toWellFormed())}`,
          {
            method,
            ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: text }),
          },
        );
        expect(response.status).toBeLessThan(500);
        if (response.status !== 200) readError(await response.text());
      },
    ),
    { numRuns: 200 },
  );
  expect(await isAlive(simulator)).toBe(true);
});
