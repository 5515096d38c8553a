import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Link } from '../../chaos/stage/link.ts';

let servers: Server[] = [];
let link: Link;

/** A server that says its name. */
async function serve(name: string): Promise<number> {
  const server = createServer((_request, response) => response.end(name));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const ask = async (): Promise<string> => {
  // A connection of its own for each: which target it goes to is decided when it is made.
  const response = await fetch(`http://127.0.0.1:${link.port}`, { headers: { connection: 'close' } });
  return response.text();
};

beforeEach(async () => {
  link = await Link.open([await serve('a'), await serve('b')]);
});

afterEach(async () => {
  await link.close();
  for (const server of servers) server.close();
  servers = [];
});

it('carries what is sent, to one target after the other', async () => {
  expect([await ask(), await ask(), await ask()]).toEqual(['a', 'b', 'a']);
});

it('carries nothing while it is cut, and again when it is mended', async () => {
  link.cut();
  await expect(ask()).rejects.toThrow('fetch failed');
  link.mend();
  expect(await ask()).toMatch(/[ab]/);
});

it('a cut ends the connections that are there', async () => {
  link.hold();
  const asked = Promise.allSettled([ask()]);
  await sleep(50);
  link.cut();
  expect(await asked).toMatchObject([{ status: 'rejected' }]);
});

it('holds up what is sent until it is mended', async () => {
  link.hold();
  let answered = false;
  const asked = ask().then((text) => {
    answered = true;
    return text;
  });
  await sleep(200);
  expect(answered).toBe(false);
  link.mend();
  expect(await asked).toBe('a');
});

it('slows down what is sent, both ways', async () => {
  link.slowDown(100);
  const startedMs = performance.now();
  await ask();
  // Timers may be a millisecond early.
  expect(performance.now() - startedMs).toBeGreaterThan(195);
});
