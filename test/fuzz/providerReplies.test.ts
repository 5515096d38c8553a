import { createServer, type Server } from 'node:http';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureTypes } from '../../core/failures.ts';
import { isObject } from '../../core/json.ts';
import { snapshotSchema } from '../../core/snapshotSchema.ts';
import { describeProblem } from '../../providers/problem.ts';
import type { Provider } from '../../providers/provider.ts';
import { ProviderRegistry } from '../../providers/registry.ts';
import { accountOf, CountingContext } from '../providers/support.ts';
import { everyFlaw, isPolluted, mutated, nested } from './hostile.ts';
import { apiError, messages, responses, runs, tag } from './replies.ts';

/* Whatever a provider answers, over real HTTP, each call of a provider gives a snapshot or a typed problem, and in time. */

let server: Server;
let next: { status: number; headers: Record<string, string>; body: string };
let byName: Record<string, Provider>;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(next.status, { 'content-type': 'application/json', ...next.headers });
      response.end(next.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  const account = accountOf(`http://127.0.0.1:${address.port}/v1`, { defaultModel: 'gpt-sim' });
  const registry = new ProviderRegistry([account]);
  byName = {
    response: registry.get('response', 'default').provider,
    assistant: registry.get('assistant', 'default').provider,
  };
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

const ref = { id: 'run_1', containerId: 'thread_1' };
const asked = { tag, request: { thread_id: 'thread_1' }, tools: [] };
const created = { ...asked, input: 'What is 2+2?', inputDelivered: false };
const outputs = [{ callId: 'call_1', output: '3', failed: false }];

const calls = {
  create: (provider: Provider, context: CountingContext) => provider.create(created, context),
  prepare: (provider: Provider, context: CountingContext) =>
    provider.create({ ...created, request: {} }, context),
  retrieve: (provider: Provider, context: CountingContext) => provider.retrieve(ref, context),
  retrieveMore: (provider: Provider, context: CountingContext) =>
    provider.retrieve({ ...ref, readWith: 'message.output_text.logprobs' }, context),
  submit: (provider: Provider, context: CountingContext) =>
    provider.submitToolOutputs({ ...asked, ref, outputs }, context),
  cancel: (provider: Provider, context: CountingContext) => provider.cancel(ref, context),
  find: (provider: Provider, context: CountingContext) =>
    provider.find({ tag, request: asked.request }, context),
  findSubmitted: (provider: Provider, context: CountingContext) =>
    provider.find({ tag, request: asked.request, submittedTo: ref }, context),
};
type Call = keyof typeof calls;
const callNames = Object.keys(calls).filter((name): name is Call => name in calls);

const typed: ReadonlySet<string> = new Set(Object.values(failureTypes));

/** What is wrong with how a call ends; nothing when it is a snapshot or a problem as they are to be. */
async function flawOf(name: string, call: Call): Promise<string | undefined> {
  const provider = byName[name];
  if (provider === undefined) return `there is no provider ${name}`;
  const context = new CountingContext(AbortSignal.timeout(10_000));
  try {
    const reply: unknown = await calls[call](provider, context);
    return explainReply(reply);
  } catch (error) {
    const problem = describeProblem(error);
    if (context.signal.aborted) return 'it hung';
    if (!typed.has(problem.type)) return `of no type: ${problem.type}`;
    // A message goes into Temporal's history, and has room for a little.
    if (problem.message.length > 1_200) return `a message of ${problem.message.length} characters`;
    return isBug(error) ? `a bug, not a reply: ${String(error)}` : undefined;
  }
}

/**
 * Errors that JavaScript throws when a program is wrong. A RangeError may be about the reply: what is nested too deeply can be parsed,
 * and neither written nor checked.
 */
function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError;
}

function explainReply(reply: unknown): string | undefined {
  const snapshot = isObject(reply) && 'kind' in reply ? reply['snapshot'] : reply;
  if (snapshot === undefined) return undefined;
  const parsed = snapshotSchema.safeParse(snapshot);
  // A workflow reads the snapshot of a signal by this schema.
  return parsed.success ? undefined : `no snapshot: ${parsed.error.message.slice(0, 500)}`;
}

const providers = ['response', 'assistant'] as const;
const bodies: Record<(typeof providers)[number], readonly object[]> = {
  response: responses,
  assistant: [...runs, { object: 'list', data: runs }, messages],
};
const ok = { status: 200, headers: {} };

describe.each(providers)('%s: what is answered with 200', (name) => {
  test('as it is to be, it is read', async () => {
    for (const body of bodies[name].slice(0, 4)) {
      next = { ...ok, body: JSON.stringify(body) };
      for (const call of callNames) expect([call, await flawOf(name, call)]).toEqual([call, undefined]);
    }
  });

  test('every field missing, null, of every wrong type, huge and deeply nested', async () => {
    for (const body of bodies[name].flatMap(everyFlaw)) {
      next = { ...ok, body };
      expect([body.slice(0, 300), await flawOf(name, 'retrieve')]).toEqual([body.slice(0, 300), undefined]);
    }
    expect(isPolluted()).toBe(false);
  });

  test('every call, with something wrong anywhere', async () => {
    const body = mutated(fc.constantFrom(...bodies[name]));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...callNames), body, async (call, text) => {
        next = { ...ok, body: text };
        expect(await flawOf(name, call)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
    expect(isPolluted()).toBe(false);
  });

  test('what is no JSON, and no text', async () => {
    const body = fc.oneof(
      fc.string(),
      fc.constantFrom('', '{', '<html>', nested(50_000), '\ufeff{}', '{"id":"resp_1"}{"id":"resp_2"}'),
    );
    const type = fc.constantFrom('application/json', 'text/html', 'text/event-stream', ';', 'image/png');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...callNames), body, type, async (call, text, contentType) => {
        next = { status: 200, headers: { 'content-type': contentType }, body: text };
        expect(await flawOf(name, call)).toBeUndefined();
      }),
      { numRuns: 80 },
    );
  });
});

test.each(providers)('%s: errors of every status, with anything in them', async (name) => {
  const status = fc.oneof(
    fc.constantFrom(201, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 529),
    fc.integer({ min: 200, max: 599 }),
  );
  const headers = fc.dictionary(
    fc.constantFrom('retry-after', 'retry-after-ms', 'x-should-retry', 'x-request-id', 'location'),
    fc.oneof(
      fc.stringMatching(/^[\x21-\x7e]{0,40}$/),
      fc.constantFrom('-1', '1e400', '99999999999999999999', 'true', 'NaN', 'x'.repeat(4_000)),
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...callNames),
      status,
      headers,
      mutated(fc.constant(apiError)),
      async (call, code, given, body) => {
        // A redirect would lead to whatever it names; here it leads nowhere.
        const { location, ...rest } = given;
        next = {
          status: code,
          headers: location === undefined ? rest : { ...rest, location: '/v1/loop' },
          body,
        };
        expect(await flawOf(name, call)).toBeUndefined();
      },
    ),
    { numRuns: 150 },
  );
});
