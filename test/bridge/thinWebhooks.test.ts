import type { RequestListener } from 'node:http';
import type { Client } from '@temporalio/client';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { isObject } from '../../core/json.ts';
import type { ProviderRef, Snapshot } from '../../core/snapshot.ts';
import { tagFromMetadata, tagToMetadata, type RunTag } from '../../core/tag.ts';
import { createClient } from '../../providers/account.ts';
import type { CallContext, Provider } from '../../providers/provider.ts';
import { serve } from '../providers/support.ts';
import {
  accountOf,
  connect,
  deliverTo,
  sign,
  startBridge,
  startRun,
  wakeUpsOf,
  type TestBridge,
} from './support.ts';

const delivered = { status: 200, body: '{"status":"delivered"}' };
const ignored = { status: 200, body: '{"status":"ignored"}' };
const unavailable = { status: 503, body: '{"error":"try again later"}' };
const ref: ProviderRef = { id: 'resp_1', readWith: 'reasoning.encrypted_content' };

type Read = (context: CallContext) => Promise<Snapshot>;

const unused = (): Promise<never> => Promise.reject(new Error('The bridge has no business here.'));

/** A provider of which only the reading of thin webhooks is there: they name an object, and nothing else. */
function thinProvider(readSnapshot: Read): Provider {
  return {
    create: unused,
    retrieve: unused,
    submitToolOutputs: unused,
    cancel: unused,
    find: unused,
    readWebhook: (event) =>
      isObject(event) && event['type'] === 'response.completed'
        ? { ref: { id: 'resp_1' }, readSnapshot }
        : undefined,
  };
}

function bridgeReading(client: Client, readSnapshot: Read, readTimeoutMs = 30_000): TestBridge {
  return startBridge({ client, readTimeoutMs, providers: { all: () => [thinProvider(readSnapshot)] } });
}

/** Reads the object from a server, as providers do: with the SDK. */
async function readFrom(listener: RequestListener): Promise<Read> {
  const openai = createClient(accountOf({ baseURL: await serve(listener) }));
  return async (context) => {
    context.count('retrieve');
    const { metadata } = await openai.responses.retrieve('resp_1', {}, { signal: context.signal });
    const tag = tagFromMetadata(metadata);
    return { ref, status: 'cancelled', ...(tag === undefined ? {} : { tag }) };
  };
}

function replying(status: number, body: unknown): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

function responseOf(tag: RunTag): object {
  return {
    id: 'resp_1',
    object: 'response',
    status: 'cancelled',
    output: [],
    metadata: tagToMetadata(tag),
  };
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

function thinEvent(facts: object = { created_at: nowSeconds() }): string {
  return JSON.stringify({ id: 'evt_1', type: 'response.completed', data: { id: 'resp_1' }, ...facts });
}

const notAsked = {
  describe: () => Promise.reject(new Error('asked')),
  signal: () => Promise.reject(new Error('asked')),
};

describe('a webhook that does not say whose it is', () => {
  test('is delivered to whom the object is tagged with, under the ref that the read gave', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const bridge = bridgeReading(client, await readFrom(replying(200, responseOf(tag))));
    expect(await deliverTo(bridge, thinEvent())).toEqual(delivered);
    expect(await wakeUpsOf(handle)).toEqual([
      {
        webhookId: 'wh_1',
        eventType: 'response.completed',
        ref,
        tag,
        account: 'default',
        snapshot: { ref, tag, status: 'cancelled' },
        calls: { retrieve: 1 },
      },
    ]);
  });

  test.each(['queued', 'in_progress'] as const)(
    'and whose object is still %s was read too early: the run is told to look itself',
    async (status) => {
      const client = await connect();
      const { handle, tag } = await startRun(client);
      const bridge = bridgeReading(client, async (context) => {
        context.count('retrieve');
        return { ref, tag, status };
      });
      expect(await deliverTo(bridge, thinEvent())).toEqual(delivered);
      expect(await wakeUpsOf(handle)).toEqual([
        {
          webhookId: 'wh_1',
          eventType: 'response.completed',
          ref,
          tag,
          account: 'default',
          calls: { retrieve: 1 },
        },
      ]);
    },
  );

  test.each<[string, Snapshot]>([
    ['waits for outputs', { ref, status: 'requires_action', toolCalls: [] }],
    ['is being cancelled', { ref, status: 'cancelling' }],
    ['has failed', { ref, status: 'failed', error: { code: 'server_error', message: 'Sorry' } }],
    ['is in a status that nobody knows', { ref, status: 'unknown', reported: 'meditating' }],
  ])('and whose object %s is told with it', async (_name, given) => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const bridge = bridgeReading(client, async () => ({ ...given, tag }));
    expect(await deliverTo(bridge, thinEvent())).toEqual(delivered);
    expect(await wakeUpsOf(handle)).toMatchObject([{ snapshot: { ...given, tag } }]);
  });

  test('and whose answer is more than Temporal carries: the run is told that it is at the provider', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const bridge = bridgeReading(client, async () => ({
      ref,
      tag,
      status: 'completed',
      output: { text: 'é'.repeat(400_000) },
    }));
    expect(await deliverTo(bridge, thinEvent())).toEqual(delivered);
    expect(await wakeUpsOf(handle)).toMatchObject([
      { snapshot: { status: 'completed', output: { text: '', omittedBytes: 800_000 } } },
    ]);
  });

  test.each([
    [240_000, true],
    [260_000, false],
  ])(
    'and whose object is of %i characters of two bytes each: with a snapshot is %s',
    async (length, withSnapshot) => {
      const client = await connect();
      const { handle, tag } = await startRun(client);
      const bridge = bridgeReading(client, async () => ({
        ref,
        tag,
        status: 'completed',
        output: { text: 'é'.repeat(length) },
      }));
      expect(await deliverTo(bridge, thinEvent())).toEqual(delivered);
      const [wakeUp] = await wakeUpsOf(handle);
      expect(wakeUp).toMatchObject({ ref, tag });
      expect(Object.hasOwn(Object(wakeUp), 'snapshot')).toBe(withSnapshot);
    },
  );

  test.each(['young', 'old'])('and whose object carries no tag is nobody’s, be it %s', async (age) => {
    const read = await readFrom(replying(200, { id: 'resp_1', metadata: { theirs: 'yes' } }));
    const bridge = bridgeReading(await connect(notAsked), read);
    const event = thinEvent({ created_at: age === 'young' ? nowSeconds() : 1 });
    expect(await deliverTo(bridge, event)).toEqual(ignored);
    expect(bridge.logged()).toContain('"reason":"not_ours"');
  });

  test('of a run that has ended, or of an earlier one of that id, is acknowledged', async () => {
    const client = await connect();
    const { handle, tag } = await startRun(client);
    const earlier = { ...tag, executionId: 'an-earlier-one' };
    const other = bridgeReading(client, await readFrom(replying(200, responseOf(earlier))));
    expect(await deliverTo(other, thinEvent())).toEqual(ignored);
    expect(await wakeUpsOf(handle)).toEqual([]);

    await handle.terminate();
    const bridge = bridgeReading(client, await readFrom(replying(200, responseOf(tag))));
    expect(await deliverTo(bridge, thinEvent())).toEqual(ignored);
    expect(bridge.logged()).toContain('"reason":"closed"');
  });

  test('while Temporal is away is to come again', async () => {
    const tag = { workflowId: 'w', executionId: 'e', attempt: 1, round: 0 };
    const bridge = bridgeReading(await connect(notAsked), await readFrom(replying(200, responseOf(tag))));
    expect(await deliverTo(bridge, thinEvent())).toEqual(unavailable);
  });
});

const error404 = {
  error: { message: "Response with id 'resp_1' not found.", type: 'invalid_request_error' },
};

describe('an object that the provider does not know', () => {
  const reads: readonly [string, () => Promise<Read>][] = [
    ['a 404', () => readFrom(replying(404, error404))],
    ['a lost snapshot', async () => async () => ({ ref, status: 'lost', message: 'not found' })],
  ];

  test.each(reads)('may only be new while its event is young: %s', async (_how, read) => {
    const bridge = bridgeReading(await connect(notAsked), await read());
    expect(await deliverTo(bridge, thinEvent())).toEqual(unavailable);
  });

  test.each(reads)('is nobody’s later: %s', async (_how, read) => {
    const bridge = bridgeReading(await connect(notAsked), await read());
    expect(await deliverTo(bridge, thinEvent({ created_at: nowSeconds() - 3_600 }))).toEqual(ignored);
    expect(bridge.logged()).toContain('"reason":"unknown_object"');
  });

  test('of an event that does not say when it was: the time of its delivery counts', async () => {
    const bridge = bridgeReading(await connect(notAsked), await readFrom(replying(404, error404)));
    // The clock stands still: a signature of 300 seconds ago is just good enough, and just old enough.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    const event = thinEvent({});
    expect(await deliverTo(bridge, event, { ...sign(event, { ageSeconds: 299 }) })).toEqual(unavailable);
    const now = nowSeconds() * 1_000;
    vi.setSystemTime(now);
    expect(await deliverTo(bridge, event, { ...sign(event, { ageSeconds: 300 }) })).toEqual(ignored);
  });
});

describe('an object that cannot be read now is to come again, however old its event', () => {
  const old = thinEvent({ created_at: 1 });

  test.each<[string, RequestListener]>([
    ['401', replying(401, {})],
    ['403', replying(403, {})],
    ['429', replying(429, {})],
    ['500', replying(500, {})],
    ['503', replying(503, {})],
    [
      'no JSON',
      (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    ],
    ['no reply', (request) => void request.socket.destroy()],
  ])('%s', async (_how, listener) => {
    const bridge = bridgeReading(await connect(notAsked), await readFrom(listener));
    expect(await deliverTo(bridge, old)).toEqual(unavailable);
    expect(bridge.logged()).toContain('webhook could not be delivered');
  });

  test('no reply in time', async () => {
    const bridge = bridgeReading(await connect(notAsked), await readFrom(() => {}), 50);
    expect(await deliverTo(bridge, old)).toEqual(unavailable);
  });
});
