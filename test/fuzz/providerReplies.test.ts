import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureTypes } from '../../core/failures.ts';
import { fitSnapshot, maximumSnapshotBytes } from '../../core/fitSnapshot.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import { ProviderRegistry } from '../../providers/registry.ts';
import { accountOf, CountingContext, problemOf } from '../providers/support.ts';
import { cases, everyFlaw, isPolluted, mutated, nested } from './hostile.ts';
import {
  callNames,
  calls,
  flawOf,
  HostileProvider,
  ref,
  type Call,
  type Kind,
  type Target,
} from './hostileProvider.ts';
import { apiError, messages, responses, runs, thread } from './replies.ts';

/* Whatever a provider answers, over real HTTP, each call of a provider gives a snapshot or a typed problem, and in time. */

const server = new HostileProvider();
let targets: Readonly<Record<Name, Target>>;

beforeAll(async () => {
  const registry = new ProviderRegistry([accountOf(await server.listen(), { defaultModel: 'gpt-sim' })]);
  targets = {
    response: { provider: registry.get('response', 'default').provider, request: {} },
    assistant: {
      provider: registry.get('assistant', 'default').provider,
      request: { thread_id: 'thread_1' },
    },
  };
});
afterAll(() => server.close());

const providers = ['response', 'assistant'] as const;
type Name = (typeof providers)[number];

/** What each kind of reply may look like when all is well. */
const bodies: Readonly<Record<Name, readonly (readonly [Kind, object])[]>> = {
  response: responses.map((body) => ['response', body] as const),
  assistant: [
    ...runs.map((run) => ['run', run] as const),
    ['runs', { object: 'list', data: runs.slice(0, 2) }],
    ['messages', messages],
    ['thread', thread],
  ],
};

/** Which replies each call reads. Responses cannot be looked for: then nothing is asked. */
const read: Readonly<Record<Name, Readonly<Record<Call, readonly Kind[]>>>> = {
  response: {
    create: ['response'],
    prepare: ['response'],
    retrieve: ['response'],
    retrieveMore: ['response'],
    submit: ['response'],
    cancel: ['response'],
    find: [],
    findSubmitted: [],
  },
  assistant: {
    create: ['run'],
    prepare: ['thread'],
    retrieve: ['run', 'messages'],
    retrieveMore: ['run', 'messages'],
    submit: ['run'],
    cancel: ['run', 'messages'],
    find: ['runs', 'messages'],
    findSubmitted: ['run', 'messages'],
  },
};

describe.each(providers)('%s: what is answered with 200', (name) => {
  test.each(callNames)('%s: as it is to be, it is read', async (call) => {
    const asked = new Set<string>();
    server.takeAsked();
    for (const [kind, body] of bodies[name]) {
      server.next = { kind, body: JSON.stringify(body) };
      await calls[call](targets[name], new CountingContext());
      for (const one of server.takeAsked()) asked.add(one);
    }
    // What is not asked for, the tests below would not test.
    expect(asked).toEqual(new Set(read[name][call]));
  });

  test.each(callNames)('%s: every field missing, null, of every wrong type, huge and deep', async (call) => {
    // The same code reads them all: with every reply it is tried where it is only read.
    const [first, ...more] = bodies[name].filter(([kind]) => read[name][call].includes(kind));
    for (const [kind, body] of first === undefined ? [] : call === 'retrieve' ? [first, ...more] : [first]) {
      for (const flawed of everyFlaw(body)) {
        server.next = { kind, body: flawed };
        const flaw = await flawOf(targets[name], call);
        expect([kind, flawed.slice(0, 300), flaw]).toEqual([kind, flawed.slice(0, 300), undefined]);
      }
    }
    expect(isPolluted()).toBe(false);
  });

  test('every call, with something wrong anywhere', async () => {
    const reply = fc
      .constantFrom(...bodies[name])
      .chain(([kind, body]) => mutated(fc.constant(body)).map((text) => ({ kind, body: text })));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...callNames), reply, async (call, given) => {
        server.next = given;
        expect(await flawOf(targets[name], call)).toBeUndefined();
      }),
      cases(100),
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
        server.next = { headers: { 'content-type': contentType }, body: text };
        expect(await flawOf(targets[name], call)).toBeUndefined();
      }),
      cases(80),
    );
  });

  test('megabytes: what is left fits into Temporal', async () => {
    const huge = 'x'.repeat(3_000_000);
    const left: Snapshot[] = [];
    for (const [kind, body] of bodies[name].filter(([of]) => read[name].retrieve.includes(of))) {
      server.next = { kind, body: lengthenTexts(body, huge) };
      left.push(fitSnapshot(await targets[name].provider.retrieve(ref, new CountingContext())));
    }
    const lengths = left.map((snapshot) => JSON.stringify(snapshot).length);
    expect(Math.max(...lengths)).toBeLessThan(2 * maximumSnapshotBytes);
    expect(left.map(({ status }) => status)).toEqual(expect.arrayContaining(['completed', 'failed']));
  });
});

const texts = new Set(['text', 'value', 'arguments', 'refusal', 'message']);

/** The reply as JSON, with this for every text that the model or the provider wrote. */
function lengthenTexts(body: object, text: string): string {
  return JSON.stringify(body, (key, value: unknown) =>
    texts.has(key) && typeof value === 'string' ? text : value,
  );
}

test.each(providers)('%s: errors of every status, with anything in them', async (name) => {
  const status = fc.oneof(
    fc.constantFrom(201, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 529),
    fc.integer({ min: 200, max: 599 }),
  );
  const headers = fc.dictionary(
    // A redirect would lead to whatever it names; here it leads nowhere.
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
      async (call, code, { location, ...rest }, body) => {
        const given = location === undefined ? rest : { ...rest, location: '/v1/loop' };
        server.next = { status: code, headers: given, body };
        expect(await flawOf(targets[name], call)).toBeUndefined();
      },
    ),
    cases(80),
  );
});

test.each(providers)('%s: an answer that never ends is given up', async (name) => {
  for (const call of callNames) {
    for (const kind of read[name][call]) {
      server.next = { kind, body: '{"id": "run_1"}', endless: true };
      const context = new CountingContext(AbortSignal.timeout(50));
      const problem = await problemOf(() => calls[call](targets[name], context));
      expect([call, problem.type]).toEqual([call, failureTypes.timeout]);
    }
  }
});
