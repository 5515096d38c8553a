import type { RequestListener, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { FailureType } from '../../core/failures.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import { createClient } from '../../providers/account.ts';
import { limitReplies } from '../../providers/replyLimit.ts';
import { ResponseProvider } from '../../providers/response/responseProvider.ts';
import { responses } from '../fuzz/replies.ts';
import { accountOf, CountingContext, problemOf, serve } from './support.ts';

const maximumBytes = 200_000;
/** More than all that is between the two ends holds: a server gets rid of it only if it is read. */
const endlessBytes = 64 * 1024 * 1024;
const tooLong = 'Expected a reply of at most 200000 bytes from the provider, got one that is longer.';

const json = JSON.stringify(responses[0]);

/** The response's JSON behind spaces, so many bytes in all: whoever reads it all can use it. */
function* padded(bytes: number): Generator<Buffer> {
  const piece = Buffer.alloc(64 * 1024, ' ');
  let left = bytes - Buffer.byteLength(json);
  for (; left > piece.length; left -= piece.length) yield piece;
  yield Buffer.from(' '.repeat(left) + json);
}

/** Asks a server that answers so for a response. */
async function retrieveFrom(listener: RequestListener): Promise<Snapshot> {
  const account = accountOf(await serve(listener));
  const provider = new ResponseProvider(account, createClient(account, maximumBytes));
  return provider.retrieve({ id: 'resp_1' }, new CountingContext());
}

/** A server that answers so, and what has become of each answer's connection: whether it was closed before the answer's end. */
function watch(answer: (response: ServerResponse) => void): {
  readonly listener: RequestListener;
  readonly hungUp: Promise<boolean>;
} {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  return {
    hungUp: promise,
    listener: (_request, response) => {
      response.on('close', () => resolve(!response.writableFinished));
      answer(response);
    },
  };
}

const jsonType = { 'content-type': 'application/json' };

test.each<[number, FailureType, 'none' | 'unknown', string]>([
  [200, 'provider.unexpected_reply', 'unknown', tooLong],
  [500, 'provider.server_error', 'unknown', `500 ${tooLong}`],
  [429, 'provider.rate_limited', 'none', `429 ${tooLong}`],
  // Not the API's own word that the response is gone.
  [404, 'provider.unexpected_reply', 'none', `404 ${tooLong}`],
  // No status of HTTP, but it can be sent.
  [799, 'provider.server_error', 'unknown', `799 ${tooLong}`],
])('%i with a body that does not end in time: %s, and its connection is closed', async (status, ...given) => {
  const [type, effect, message] = given;
  const { listener, hungUp } = watch((response) => {
    response.writeHead(status, jsonType);
    pipeline(padded(endlessBytes), response).catch(() => undefined);
  });
  const problem = await problemOf(() => retrieveFrom(listener));

  expect(problem).toMatchObject({ type, details: { effect } });
  expect(problem.message).toContain(message);
  expect(await hungUp).toBe(true);
});

test.each([200, 500])('%i that announces too much is given up before it comes', async (status) => {
  const { listener, hungUp } = watch((response) => {
    response.writeHead(status, { ...jsonType, 'content-length': maximumBytes + 1 });
    response.flushHeaders();
  });
  const problem = await problemOf(() => retrieveFrom(listener));

  expect(problem.message).toContain(tooLong);
  expect(await hungUp).toBe(true);
});

test('what is short until it is decompressed', async () => {
  const problem = await problemOf(() =>
    retrieveFrom((_request, response) => {
      response.writeHead(200, { ...jsonType, 'content-encoding': 'gzip' });
      pipeline(padded(10 * maximumBytes), createGzip(), response).catch(() => undefined);
    }),
  );
  expect(problem).toMatchObject({ type: 'provider.unexpected_reply', message: tooLong });
});

test.each([
  ['announced', { 'content-length': maximumBytes }],
  ['in pieces', {}],
])('as long as it may be, %s: read', async (_name, headers) => {
  const snapshot = await retrieveFrom((_request, response) => {
    response.writeHead(200, { ...jsonType, ...headers });
    pipeline(padded(maximumBytes), response).catch(() => undefined);
  });
  expect(snapshot.status).toBe('completed');
});

test('a byte more, in pieces: not read', async () => {
  const problem = await problemOf(() =>
    retrieveFrom((_request, response) => {
      response.writeHead(200, jsonType);
      pipeline(padded(maximumBytes + 1), response).catch(() => undefined);
    }),
  );
  expect(problem.message).toBe(tooLong);
});

test.each([
  { status: 200, ok: true, text: 'some', headers: {} },
  { status: 200, ok: true, text: 'some', headers: { 'content-length': 4 } },
  { status: 201, ok: true, text: '', headers: {} },
  { status: 404, ok: false, text: 'some', headers: {} },
  { status: 799, ok: false, text: 'some', headers: {} },
  // Without a body.
  { status: 204, ok: true, text: '', headers: {} },
])('the rest of a response stays as it is: $status $headers', async ({ status, ok, text, headers }) => {
  const baseURL = await serve((_request, response) => {
    response.writeHead(status, 'In Words', { ...headers, 'x-request-id': 'req_1' });
    response.end(text === '' ? undefined : Buffer.from(text));
  });
  const response = await limitReplies(4)(`${baseURL}/some`);

  expect(response).toMatchObject({ status, ok, statusText: 'In Words', url: `${baseURL}/some` });
  expect(response.headers.get('x-request-id')).toBe('req_1');
  expect(await response.text()).toBe(text);
});

test('a caller that goes away takes the connection along', async () => {
  const { listener, hungUp } = watch((response) => {
    response.writeHead(200, jsonType);
    response.write(' ');
  });
  const caller = new AbortController();
  onTestFinished(() => caller.abort());
  const response = await limitReplies(10)(await serve(listener), { signal: caller.signal });
  const text = response.text();
  caller.abort();

  await expect(text).rejects.toMatchObject({ name: 'AbortError' });
  expect(await hungUp).toBe(true);
});
