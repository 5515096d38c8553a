import { request as httpRequest } from 'node:http';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { webhookPath } from '../../bridge/index.ts';
import { listen } from '../bridge/raw.ts';
import { connect, eventOf, sign, startBridge } from '../bridge/support.ts';
import { cases, hostileJson, isPolluted, mutated, nested } from './hostile.ts';
import { responses, runs, tag } from './replies.ts';

/* The real bridge over real HTTP: whatever comes, an answer of ours, and nothing of what came in it. */

/** In everything that is sent: nowhere else may it turn up. */
const mark = 'MARKMARK';

/** Headers above the limit are answered and hung up on: who is still sending may not get to the answer. */
const hungUp = 'hung up';

/** Every answer that there is. */
const answers: ReadonlySet<string> = new Set([
  '200 {"status":"delivered"}',
  '200 {"status":"ignored"}',
  '400 {"error":"the webhook could not be verified"}',
  '400 {"error":"the request failed"}',
  '404 {"error":"not found"}',
  '405 {"error":"the request failed"}',
  '413 {"error":"the body is too large"}',
  '414 {"error":"the request failed"}',
  '415 {"error":"the request failed"}',
  '431 {"error":"the headers are too large"}',
  '503 {"error":"try again later"}',
]);

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** By Node's own client, which sends headers as they are; on a connection of its own, which no earlier answer can have closed. */
function send(url: URL, { method, path, headers, body }: Request): Promise<string> {
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const sent = httpRequest(
      {
        port: url.port,
        host: url.hostname,
        agent: false,
        method,
        path,
        headers: { ...headers, 'content-length': length },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(`${response.statusCode} ${text}`));
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(hungUp);
      else reject(error);
    });
    sent.end(body);
  });
}

function isAboveHeaderLimit({ path, headers }: Request): boolean {
  return path.length + Object.entries(headers).flat().join('').length > 15_000;
}

const visible = fc.stringMatching(/^[\x20-\x7e\xa0-\xff]{0,60}$/).map((text) => `${mark}${text}`);
const headerNames = (
  'webhook-id webhook-timestamp webhook-signature x-forwarded-for user-agent accept content-type content-encoding accept-encoding ' +
  'origin cookie authorization x-http-method-override'
).split(' ');
const headers = fc.dictionary(
  fc.constantFrom(...headerNames),
  fc.oneof(
    visible,
    fc.constantFrom('', mark, '__proto__', 'gzip', '*', ';', `${mark}/${mark}`, mark.repeat(400)),
  ),
);
const piece = fc.oneof(
  fc.webPath(),
  fc.constantFrom('..', '%00', '%zz', '__proto__', '%2f', `?${mark}`, mark.repeat(500)),
);
const path = fc.oneof(
  fc.constant(webhookPath),
  fc
    .tuple(fc.constantFrom('', webhookPath), fc.array(piece, { maxLength: 3 }))
    .map(([base, pieces]) => encodeURI(`${base}/${mark}${pieces.join('/')}`).replaceAll('%25', '%')),
);
const unsigned: fc.Arbitrary<Request> = fc.record({
  method: fc.constantFrom('POST', 'POST', 'GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'),
  path,
  headers,
  body: fc.oneof(fc.constant(''), fc.string(), hostileJson).map((text) => `${mark}${text}`),
});

test('unsigned: refused, and nothing of it is in an answer or in the log', async () => {
  const bridge = startBridge({ client: await connect() });
  const url = await listen(bridge);
  await fc.assert(
    fc.asyncProperty(unsigned, async (request) => {
      const answer = await send(url, request);
      if (isAboveHeaderLimit(request) && answer === hungUp) return;
      expect(answers).toContain(answer);
      expect(answer).not.toMatch(/^200|^503/);
    }),
    cases(120),
  );
  const lines = bridge.logged().trim().split('\n');
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.filter((line) => line.includes(mark) || line.length > 600)).toEqual([]);
  expect((await fetch(new URL('/healthz', url))).status).toBe(200);
  expect(isPolluted()).toBe(false);
});

const runEvents = runs.map((run): unknown => JSON.parse(eventOf(tag, 'thread.run.completed', run)));
const responseEvents = [
  'response.completed',
  'response.failed',
  'response.of-no-kind',
  mark.repeat(2_000),
].map((type) => ({ id: 'evt_1', object: 'event', created_at: 1, type, data: { id: 'resp_1' } }));
const signedBody = fc.oneof(
  mutated(fc.constantFrom(...runEvents, ...responseEvents, ...responses)),
  fc.constantFrom('', '{', nested(50_000), '"thread.run.completed"', '\ufeff{}'),
  fc.string(),
);

test('signed: taken, put off or refused, and the log has but a little of it', async () => {
  // Nobody listens at the provider's address.
  const bridge = startBridge({ client: await connect(), readTimeoutMs: 500 });
  const url = await listen(bridge);
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(signedBody, visible, async (body, id) => {
      const text = body.toWellFormed();
      for (const webhookId of ['wh_1', id]) {
        sent += 1;
        // Of what is no ASCII the bridge sees other characters than were signed: it may refuse, and not trip.
        const signed = { ...sign(text, { id: webhookId }) };
        const answer = await send(url, { method: 'POST', path: webhookPath, headers: signed, body: text });
        expect(answers).toContain(answer);
        expect(answer).toMatch(/^(200|400|503) /);
      }
    }),
    cases(80),
  );
  const lines = bridge
    .logged()
    .split('\n')
    .filter((line) => line.includes('"msg":"webhook '));
  expect(lines).toHaveLength(sent);
  // Each text of somebody else's is cut: an id, a type, a reason.
  expect(lines.filter((line) => line.length > 1_500)).toEqual([]);
  expect(bridge.logged()).not.toContain('request failed');
  expect(isPolluted()).toBe(false);
});
