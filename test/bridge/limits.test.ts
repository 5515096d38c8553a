import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import { connectTo, listen } from './raw.ts';
import { connect, startBridge } from './support.ts';

/* What a client without a secret can take. Times are short here; that a connection is closed at all is what is asserted. */

const get = 'GET /healthz HTTP/1.1\r\nhost: x\r\n';

describe('a client that is slow', () => {
  test.each<[string, string]>([
    ['says nothing', ''],
    ['begins a header and never ends it', `${get}x-slow: a`],
    ['never ends its headers', get],
  ])('%s: its connection is closed', async (_name, bytes) => {
    const bridge = startBridge({ client: await connect(), limits: { headersMs: 100, requestMs: 60_000 } });
    const answer = await connectTo(await listen(bridge), bytes).closed;
    expect(answer).toMatch(/^HTTP\/1.1 408 .*{"error":"the request took too long"}$/s);
  });

  test('sends a header now and then: its connection is closed all the same', async () => {
    const bridge = startBridge({ client: await connect(), limits: { headersMs: 200, requestMs: 60_000 } });
    const { socket, closed } = connectTo(await listen(bridge), get);
    const drip = setInterval(() => void (socket.writable && socket.write('x-drip: a\r\n')), 20);
    try {
      expect(await closed).toMatch(/^HTTP\/1.1 408 /);
    } finally {
      clearInterval(drip);
    }
  });

  test('never sends the body that it promised: its connection is closed', async () => {
    const bridge = startBridge({ client: await connect(), limits: { headersMs: 100, requestMs: 200 } });
    const promised = `POST ${webhookPath} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"a":`;
    expect(await connectTo(await listen(bridge), promised).closed).toMatch(/^HTTP\/1.1 408 /);
  });

  test('asks without end and reads no answer: its connection is closed', async () => {
    const bridge = startBridge({ client: await connect(), limits: { silentMs: 200 } });
    const url = await listen(bridge);
    const accepted = once(bridge.app.server, 'connection');
    const { socket } = connectTo(url);
    socket.pause();
    const [atServer] = await accepted;
    const closedAtServer = once(atServer, 'close');
    // Until nothing more fits in between: from then on the bridge cannot answer.
    const ask = (): void => void (socket.writable && socket.write(`${get}\r\n`.repeat(1_000), ask));
    socket.on('error', () => {});
    ask();
    await closedAtServer;
    expect((await fetch(new URL('/healthz', url))).status).toBe(200);
  });
});

describe('a client that wants too much', () => {
  test('one connection above the limit is closed, the others go on', async () => {
    const bridge = startBridge({ client: await connect(), limits: { connections: 2 } });
    const url = await listen(bridge);
    const held = [connectTo(url, get), connectTo(url, get)];
    await Promise.all(held.map(({ socket }) => once(socket, 'connect')));
    expect(await connectTo(url, `${get}\r\n`).closed).toBe('');

    for (const { socket, closed } of held) {
      socket.write('connection: close\r\n\r\n');
      expect(await closed).toMatch(/^HTTP\/1.1 200 /);
    }
    expect((await fetch(new URL('/healthz', url))).status).toBe(200);
  });

  test.each<[string, string]>([
    ['one header that is too long', `x-long: ${'a'.repeat(20_000)}\r\n`],
    ['an id that is too long for a header', `webhook-id: ${'a'.repeat(20_000)}\r\n`],
    ['101 headers', Array.from({ length: 99 }, (_, index) => `x-${index}: a\r\n`).join('') + 'y: a\r\n'],
    ['1,500 headers', 'x: a\r\n'.repeat(1_500)],
  ])('%s: 431', async (_name, headers) => {
    const bridge = startBridge({ client: await connect() });
    const answer = await connectTo(await listen(bridge), `${get}${headers}connection: close\r\n\r\n`).closed;
    expect(answer).toMatch(/^HTTP\/1.1 431 .*{"error":"the headers are too large"}$/s);
  });

  test('100 headers are read', async () => {
    const bridge = startBridge({ client: await connect() });
    const headers = Array.from({ length: 98 }, (_, index) => `x-${index}: a\r\n`).join('');
    const answer = await connectTo(await listen(bridge), `${get}${headers}connection: close\r\n\r\n`).closed;
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });

  test.each<[string, string]>([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['two lengths', `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`],
    [
      'a length and pieces',
      `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
    ],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ])('%s: 400, and hung up', async (_name, bytes) => {
    const bridge = startBridge({ client: await connect() });
    const answer = await connectTo(await listen(bridge), bytes).closed;
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).not.toContain('hello');
  });
});
