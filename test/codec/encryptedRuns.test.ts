import { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createDataConverter } from '../../codec/dataConverter.ts';
import { PayloadDecryptionError } from '../../codec/errors.ts';
import { noPayloadKeys, type PayloadKeys } from '../../codec/payloadKeys.ts';
import { RunNotCompletedError, RunsClient } from '../../client/index.ts';
import type { RunInput } from '../../core/input.ts';
import { defineTool } from '../../tools/tool.ts';
import { environmentFor, runHere } from '../client/support.ts';
import { encryptingBundle } from '../support/bundles.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { newRunId, quickPolicy, scripted, seen, until, webhookPolicy } from '../workflows/support.ts';
import { keysOf, newEntry, payloadsIn, storedOf, textsIn } from './support.ts';

const tell = defineTool({
  name: 'tell',
  description: 'Tells what it knows',
  parameters: z.object({ word: z.string() }),
  retry: { maximumAttempts: 2, initialMs: 10 },
  execute: ({ word }) => {
    if (word === 'argument-fails') throw new Error('word-of-the-tools-error');
    return `output-for-${word}`;
  },
});

/** A run in which everything that is secret is a word of its own. */
const story = {
  input: 'word-of-the-input',
  tools: ['tell'],
  request: scripted(
    {
      rounds: [
        [
          { name: 'tell', arguments: { word: 'argument-one' } },
          { name: 'tell', arguments: { word: 'argument-fails' } },
        ],
      ],
      answer: 'word-of-the-answer',
    },
    { instructions: 'word-of-the-instructions' },
  ),
} satisfies RunInput;

const words = [
  'word-of-the-input',
  'word-of-the-instructions',
  'argument-one',
  'output-for-argument-one',
  'argument-fails',
  'word-of-the-tools-error',
  'word-of-the-answer',
];

const entry = newEntry('2026-05');
const newerEntry = newEntry('2026-11');
const keys = keysOf(entry);

async function startEncrypted(options: Parameters<typeof startHarness>[0] = {}): Promise<Harness> {
  const workflowBundlePath = await encryptingBundle();
  return startHarness({
    provider: 'response',
    tools: [tell],
    payloadKeys: keys,
    workflowBundlePath,
    ...options,
  });
}

/** A client of the same server with other keys. */
function clientWith({ client }: Harness, payloadKeys: PayloadKeys): RunsClient {
  return new RunsClient(
    new Client({ connection: client.connection, dataConverter: createDataConverter(payloadKeys) }),
  );
}

describe('with encryption', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startEncrypted();
  });
  afterAll(() => harness.stop());

  test('a run ends with the same result, and Temporal has none of its words', async () => {
    const id = newRunId();
    const runs = new RunsClient(harness.client, { taskQueue: harness.taskQueue });
    const run = await runs.start({ ...story, policy: webhookPolicy() }, { id });
    const result = await run.result();
    expect(result).toMatchObject({
      status: 'completed',
      text: 'word-of-the-answer',
      toolRounds: 1,
      toolCalls: 2,
      learntFrom: 'webhook',
    });
    expect(await run.report()).toMatchObject({ text: 'word-of-the-answer', knownFrom: 'worker' });

    const stored = await storedOf(harness.client, id);
    const texts = textsIn(stored);
    expect(words.filter((word) => texts.includes(word))).toEqual([]);
    // Found where they are, they would be found: ids and names are not secret.
    for (const visible of ['tell', 'Encoded failure', 'wakeUp', result.attempts[0]?.ref.id])
      expect(texts).toContain(visible);

    const payloads = payloadsIn(stored);
    const plain = payloads.filter(({ encoding }) => encoding !== 'binary/encrypted').map(({ at }) => at);
    // What Temporal has to read itself: values to search by, and the SDK's own note on a local activity, which holds its type and times.
    expect(plain.filter((at) => !at.includes('/searchAttributes/'))).toEqual([
      '/history/events/markerRecordedEventAttributes/details/data/payloads',
    ]);
    expect(
      new Set(payloads.filter(({ encoding }) => encoding === 'binary/encrypted').map(({ keyId }) => keyId)),
    ).toEqual(new Set(['2026-05']));
    const places = new Set(payloads.map(({ at }) => at.replace('/history/events/', '')));
    for (const place of [
      'workflowExecutionStartedEventAttributes/input/payloads',
      'workflowExecutionSignaledEventAttributes/input/payloads',
      'activityTaskScheduledEventAttributes/input/payloads',
      'activityTaskCompletedEventAttributes/result/payloads',
      'activityTaskFailedEventAttributes/failure/encodedAttributes',
      'workflowExecutionCompletedEventAttributes/result/payloads',
      'userMetadata/summary',
      '/description/executionConfig/userMetadata/summary',
      '/description/executionConfig/userMetadata/details',
    ])
      expect(places).toContain(place);
  });

  test('what the run says of itself, for the Web UI, is encrypted on its way', async () => {
    const id = newRunId();
    const run = await harness.start({ ...story, policy: webhookPolicy() }, id);
    await run.result();
    for (const queryType of ['__temporal_workflow_metadata', 'runReport']) {
      const { queryResult } = await harness.client.workflowService.queryWorkflow({
        namespace: 'default',
        execution: { workflowId: id },
        query: { queryType },
      });
      expect(payloadsIn(queryResult).map(({ encoding }) => encoding)).toEqual(['binary/encrypted']);
    }
  });

  test('a run that fails tells why to who has the key, and to nobody else', async () => {
    const id = newRunId();
    const runs = new RunsClient(harness.client, { taskQueue: harness.taskQueue });
    const error = { code: 'invalid_prompt' as const, message: 'word-of-the-failure' };
    const run = await runs.start(
      { input: 'word-of-the-input', request: scripted({ error }), policy: quickPolicy() },
      { id },
    );
    const failed: unknown = await run.result().catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(RunNotCompletedError);
    expect(failed).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('word-of-the-failure'),
      cause: { cause: { message: expect.stringContaining('word-of-the-failure') } },
    });

    const texts = textsIn(await storedOf(harness.client, id));
    for (const word of ['word-of-the-failure', 'word-of-the-input']) expect(texts).not.toContain(word);
    // Neither the message nor the stack of the workflow's own failure.
    expect(texts).toContain('Encoded failure');
    expect(texts).not.toMatch(/openaiRun\.ts|at .*:\d+:\d+/);
  });

  test.each([600_000, 699_000])('an answer of %i bytes is carried whole', async (answerLength) => {
    const run = await harness.start({
      input: 'A long one',
      request: scripted({ answer: '{}', answerLength }, { text: { format: { type: 'json_object' } } }),
      policy: webhookPolicy(),
    });
    const { text, omittedBytes, status } = await run.result();
    expect({ status, length: text?.length, omittedBytes }).toEqual({
      status: 'completed',
      length: answerLength,
      omittedBytes: null,
    });
  });

  test('who lacks the key sees the list, and is told which key is missing', async () => {
    const id = newRunId();
    const run = await harness.start({ ...story, policy: webhookPolicy() }, id);
    await run.result();
    for (const [others, hint] of [
      [noPayloadKeys, 'there is none'],
      [keysOf(newEntry('another')), 'there are another'],
    ] as const) {
      const runs = clientWith(harness, others);
      for (const asked of [runs.getHandle(id).result(), runs.getHandle(id).report()]) {
        const error: unknown = await asked.catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(PayloadDecryptionError);
        expect(error).toMatchObject({
          problem: 'unknown_key',
          keyId: '2026-05',
          message: expect.stringContaining(hint),
        });
      }
      const listed = await runs.list({ limit: 1_000 });
      expect(listed.find((one) => one.id === id)).toMatchObject({
        status: 'completed',
        provider: 'response',
      });
    }
  });

  test('a client that was made without a codec is told how to make it', async () => {
    const id = newRunId();
    await (await harness.start({ ...story, policy: webhookPolicy() }, id)).result();
    const runs = new RunsClient(new Client({ connection: harness.client.connection }));
    for (const asked of [runs.getHandle(id).result(), runs.getHandle(id).report()])
      await expect(asked).rejects.toThrow(
        /has nothing to decrypt it with\. Make the client with .*createDataConverter/,
      );
  });

  test('the command line reads runs with the key, and says without it what is missing', async () => {
    const id = newRunId();
    const environment = environmentFor(harness.taskQueue);
    const withKey = { ...environment, PAYLOAD_ENCRYPTION_KEYS: entry };
    const { input, request } = story;
    const given = [
      '--input',
      input,
      '--request',
      JSON.stringify(request),
      '--tool',
      'tell',
      '--mode',
      'webhook',
    ];
    const started = await runHere(['start', '--id', id, ...given, '--wait', '--json'], withKey);
    expect(started).toMatchObject({ code: 0, stdout: expect.stringContaining('word-of-the-answer') });
    expect(textsIn(await storedOf(harness.client, id))).not.toContain(input);

    for (const command of ['result', 'status', 'watch']) {
      const { code, stdout, stderr } = await runHere([command, id], environment);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/encrypted with the key '2026-05'.*PAYLOAD_ENCRYPTION_KEYS/);
      expect(stderr).not.toContain('    at ');
      expect((await runHere([command, id], withKey)).code).toBe(0);
    }
    expect(await runHere(['list'], environment)).toMatchObject({ code: 0, stderr: '' });
  });
});

/** Starts a run, exchanges the workers when the provider has it, and lets it end. */
async function exchange(before: PayloadKeys, after: PayloadKeys) {
  const harness = await startEncrypted({ payloadKeys: before, simulator: { time: 'stepped' } });
  try {
    const id = newRunId();
    await harness.start({ ...story, policy: webhookPolicy() }, id);
    await seen(
      harness,
      id,
      (seenEntry) => seenEntry.kind === 'request' && seenEntry.endpoint === 'responses.create',
    );
    await harness.replaceWorkers(after);
    const ended = clientWith(harness, after).getHandle(id).result();
    const submitted = seen(
      harness,
      id,
      (seenEntry) => seenEntry.kind === 'run' && seenEntry.previousId !== undefined,
    );
    await harness.simulator.advance(1_000);
    await submitted;
    await harness.simulator.advance(1_000);
    return { harness, id, result: await ended, stored: await storedOf(harness.client, id) };
  } catch (error) {
    await harness.stop();
    throw error;
  }
}

/** The names of the keys that something was encrypted with. */
const usedKeys = (stored: unknown): Set<string> =>
  new Set(
    payloadsIn(stored).flatMap(({ encoding, keyId }) => (encoding === 'binary/encrypted' ? [keyId] : [])),
  );

describe('while runs are open', () => {
  test('a new key takes the place of the old one', async () => {
    const { harness, id, result, stored } = await exchange(keys, keysOf(newerEntry, entry));
    try {
      expect(result).toMatchObject({ status: 'completed', text: 'word-of-the-answer', toolCalls: 2 });
      expect(usedKeys(stored)).toEqual(new Set(['2026-05', '2026-11']));
      const texts = textsIn(stored);
      expect(words.filter((word) => texts.includes(word))).toEqual([]);
      // Its own client has the old key only, and the result was written with the new.
      const reading = new RunsClient(harness.client).getHandle(id).result();
      await expect(reading).rejects.toMatchObject({ problem: 'unknown_key', keyId: '2026-11' });
    } finally {
      await harness.stop();
    }
  });

  test('a worker without the key loses nothing: the run waits for one that has it', async () => {
    const harness = await startEncrypted();
    try {
      await harness.replaceWorkers(noPayloadKeys);
      const id = newRunId();
      const handle = await harness.start({ ...story, policy: webhookPolicy() }, id);
      const failure = await until(async () => {
        const { events } = await handle.fetchHistory();
        const failed = events?.find((event) => event.workflowTaskFailedEventAttributes);
        return failed?.workflowTaskFailedEventAttributes?.failure ?? undefined;
      });
      expect(failure.message).toContain("encrypted with the key '2026-05', which this process does not have");
      await harness.replaceWorkers(keys);
      expect(await handle.result()).toMatchObject({ status: 'completed', calls: { create: 1 } });
    } finally {
      await harness.stop();
    }
  });

  test('encryption is switched on', async () => {
    const { harness, result, stored } = await exchange(noPayloadKeys, keys);
    try {
      expect(result).toMatchObject({ status: 'completed', text: 'word-of-the-answer', toolCalls: 2 });
      expect(usedKeys(stored)).toEqual(new Set(['2026-05']));
      const texts = textsIn(stored);
      // What was written before stays as it is; and so we know that words would be found.
      expect(texts).toContain('word-of-the-input');
      expect(texts).not.toContain('output-for-argument-one');
    } finally {
      await harness.stop();
    }
  });

  test('encryption is switched off, with the key kept for what was written', async () => {
    const { harness, result, stored } = await exchange(keys, keysOf('none', entry));
    try {
      expect(result).toMatchObject({ status: 'completed', text: 'word-of-the-answer', toolCalls: 2 });
      const texts = textsIn(stored);
      expect(texts).not.toContain('word-of-the-input');
      for (const word of words.slice(2)) expect(texts).toContain(word);
    } finally {
      await harness.stop();
    }
  });
});
