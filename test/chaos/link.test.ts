import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Link } from '../../chaos/stage/link.ts';

let servers: (Server | TcpServer)[] = [];
let link: Link;

async function listen(server: Server | TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A server that says its name when it has read all that it is sent. */
async function serve(name: string): Promise<number> {
  return listen(createServer((request, response) => request.resume().once('end', () => response.end(name))));
}

const ask = async (body?: Uint8Array<ArrayBuffer>): Promise<string> => {
  // A connection of its own for each: which target it goes to is decided when it is made.
  const headers = { connection: 'close' };
  const sent = body === undefined ? {} : { method: 'POST', body };
  const response = await fetch(`http://127.0.0.1:${link.port}`, { headers, ...sent });
  return response.text();
};

/** Asks, and says later whether it has been answered. */
function startAsking(): { readonly asked: Promise<string>; readonly isAnswered: () => boolean } {
  let answered = false;
  const asked = ask().finally(() => {
    answered = true;
  });
  return { asked, isAnswered: () => answered };
}

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
  const mend = link.cut();
  await expect(ask()).rejects.toThrow('fetch failed');
  mend();
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
  const mend = link.hold();
  const { asked, isAnswered } = startAsking();
  await sleep(200);
  expect(isAnswered()).toBe(false);
  mend();
  expect(await asked).toBe('a');
});

describe('slowed down', () => {
  it('what is sent arrives later, both ways', async () => {
    link.slowDown(100);
    const startedMs = performance.now();
    await ask();
    // Timers may be a millisecond early.
    expect(performance.now() - startedMs).toBeGreaterThan(195);
  });

  it('many chunks arrive as late as one, not one after the other', async () => {
    link.slowDown(50);
    // A socket reads 64 KiB at most at a time: these are 64 chunks and more.
    const sending = ask(new Uint8Array(4 * 1024 * 1024)).then(() => 'all chunks');
    const asking = (async () => {
      for (let count = 0; count < 15; count += 1) await ask();
      return 'thirty single ones, one after the other';
    })();
    expect(await Promise.race([sending, asking])).toBe('all chunks');
    await asking;
  });

  it('what is sent later overtakes nothing, the end among it', async () => {
    const received = Promise.withResolvers<string>();
    const port = await listen(createTcpServer((socket) => received.resolve(text(socket))));
    await link.close();
    link = await Link.open([port]);
    const caller = connect(link.port, '127.0.0.1');
    const mend = link.slowDown(150);
    caller.write('first, ');
    await sleep(50);
    mend();
    caller.end('then');
    expect(await received.promise).toBe('first, then');
  });
});

describe('several faults at a time', () => {
  it('one cut ends, and the other lasts', async () => {
    const mends = [link.cut(), link.cut()];
    mends[0]?.();
    // Once more ends nothing else.
    mends[0]?.();
    await expect(ask()).rejects.toThrow('fetch failed');
    mends[1]?.();
    expect(await ask()).toBe('a');
  });

  it('one hold ends, and the other lasts', async () => {
    const mends = [link.hold(), link.hold()];
    const { asked, isAnswered } = startAsking();
    mends[0]?.();
    await sleep(200);
    expect(isAnswered()).toBe(false);
    mends[1]?.();
    expect(await asked).toBe('a');
  });

  it('faults of other kinds end by themselves, too', async () => {
    const mends = { hold: link.hold(), cut: link.cut(), slow: link.slowDown(1) };
    mends.slow();
    await expect(ask()).rejects.toThrow('fetch failed');
    mends.cut();
    const { asked, isAnswered } = startAsking();
    await sleep(200);
    expect(isAnswered()).toBe(false);
    mends.hold();
    expect(await asked).toMatch(/[ab]/);
  });

  it('the slowest counts, as long as it lasts', async () => {
    link.slowDown(100);
    link.slowDown(10);
    const mendSlowest = link.slowDown(300_000);
    mendSlowest();
    const startedMs = performance.now();
    await ask();
    expect(performance.now() - startedMs).toBeGreaterThan(195);
  });

  it('all of them can be ended together', async () => {
    link.cut();
    link.hold();
    link.hold();
    link.slowDown(300_000);
    link.mend();
    expect(await ask()).toBe('a');
  });
});
