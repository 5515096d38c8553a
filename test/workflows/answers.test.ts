import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCalls } from '../../core/calls.ts';
import { maximumSnapshotBytes } from '../../core/fitSnapshot.ts';
import { jsonBytes } from '../../core/json.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import {
  countActivities,
  dialect,
  failureOf,
  historyOf,
  logOf,
  madeIds,
  madeIn,
  quickPolicy,
  recordingTool,
  scripted,
  webhookPolicy,
} from './support.ts';

const answerSchema = { type: 'object', properties: { value: { type: 'number' } } };
const refuses = dialect.provider === 'response';
const includes = dialect.provider === 'response';

const modes = [
  { mode: 'polling', policy: quickPolicy, webhooks: false },
  { mode: 'webhook', policy: webhookPolicy, webhooks: true },
] as const;

describe.each(modes)('an answer, learnt by $mode,', ({ policy, webhooks }) => {
  const count = recordingTool('count');
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness({ webhooks, tools: [count.tool] });
  });
  afterAll(() => harness.stop());

  it.concurrent('that was to be JSON is parsed', async () => {
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: dialect.asksForJson(answerSchema),
      policy: policy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '{"value":4}', parsed: { value: 4 } });
    expect(result).toMatchObject({ refusal: null, items: null, omittedBytes: null });
  });

  it.concurrent('that was to be JSON and is none is its text', async () => {
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: scripted({ answer: '{"value":' }, dialect.asksForJson(answerSchema)),
      policy: policy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '{"value":', parsed: null, error: null });
  });

  it.concurrent('that only happens to be JSON is not parsed', async () => {
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: scripted({ answer: '{"value":4}' }),
      policy: policy(),
    });

    expect(await handle.result()).toMatchObject({ text: '{"value":4}', parsed: null });
  });

  it.concurrent('that was to be JSON is parsed also after a round of tools', async () => {
    const handle = await harness.start({
      input: 'Count',
      tools: ['count'],
      request: scripted(
        { rounds: [[{ name: 'count', arguments: { n: 7 } }]], answer: '{"value":7}' },
        dialect.asksForJson(answerSchema),
      ),
      policy: policy(),
    });

    expect(await handle.result()).toMatchObject({ toolRounds: 1, parsed: { value: 7 } });
  });

  it.runIf(refuses).concurrent.each([
    { name: 'in words', request: {} },
    { name: 'where there was to be JSON', request: dialect.asksForJson(answerSchema) },
  ])('that is a refusal $name says so', async ({ request }) => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ refusal: 'I cannot help with that.' }, request),
      policy: policy(),
    });

    expect(await handle.result()).toMatchObject({
      status: 'completed',
      text: '',
      parsed: null,
      refusal: 'I cannot help with that.',
      error: null,
    });
  });

  it.runIf(includes).concurrent('has the items that the request includes', async () => {
    const handle = await harness.start({
      input: 'Count',
      tools: ['count'],
      request: scripted(
        { rounds: [[{ name: 'count', arguments: { n: 7 } }]], answer: 'Seven.' },
        { include: ['reasoning.encrypted_content'], reasoning: { effort: 'low' } },
      ),
      policy: policy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({
      text: 'Seven.',
      items: [
        { type: 'reasoning', encrypted_content: expect.stringMatching(/./) },
        { type: 'message', content: [{ type: 'output_text', text: 'Seven.' }] },
      ],
    });
    // The id is all that a webhook brings: what to include shows when the response has been read, which is then read again.
    const checks = logOf(harness, handle.workflowId).counts()[dialect.endpoints.retrieve];
    expect(result.calls).toEqual({ create: 1, submitToolOutputs: 1, retrieve: webhooks ? 3 : checks });
  });

  it.runIf(includes).concurrent('has no items where the request includes none', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ answer: 'Hello.' }, { reasoning: { effort: 'low' } }),
      policy: policy(),
    });

    expect(await handle.result()).toMatchObject({ text: 'Hello.', items: null });
  });

  it.concurrent.each([
    { kilobytes: 701, answerLength: 701_000 },
    { kilobytes: 2_100, answerLength: 2_100_000 },
  ])('of $kilobytes kB stays at the provider, and the run completes', async ({ answerLength }) => {
    const handle = await harness.start({
      input: 'Talk',
      request: scripted({ answer: '{}', answerLength }, dialect.asksForJson(answerSchema)),
      policy: policy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: null, parsed: null, error: null });
    expect(result.omittedBytes).toBe(jsonBytes('{}'.padEnd(answerLength)));
    expect(result.attempts).toEqual([expect.objectContaining({ outcome: 'completed' })]);
    expect((await historyOf(handle)).workflowTaskFailures).toBe(0);
  });

  it.concurrent('that is incomplete, and still too long, stays at the provider', async () => {
    const handle = await harness.start({
      input: 'Talk',
      request: scripted({ ...dialect.incomplete, answerLength: 2_100_000 }),
      policy: policy(),
    });
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.incomplete');
    expect(result).toMatchObject({ status: 'incomplete', text: null });
    expect(result.omittedBytes).toBeGreaterThan(maximumSnapshotBytes);
    expect((await historyOf(handle)).workflowTaskFailures).toBe(0);
  });

  // A webhook's snapshot may be shorter still than what Temporal carries: the run reads this one itself.
  it.concurrent('of 600 kB is there whole, and what it parses to beside it', async () => {
    const answerLength = 600_000;
    const handle = await harness.start({
      input: 'Talk',
      request: scripted({ answer: '{"value":1}', answerLength }, dialect.asksForJson(answerSchema)),
      policy: policy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', parsed: { value: 1 }, omittedBytes: null });
    expect(result.text).toBe('{"value":1}'.padEnd(answerLength));
    expect(result.learntFrom).toBe('check');
    const history = await historyOf(handle);
    expect(history.workflowTaskFailures).toBe(0);
    if (!webhooks) return;
    expect(history.signals).toBe(1);
    expect(countActivities(history)).toEqual({
      createRun: dialect.preparations + 1,
      retrieveRun: 1,
    });
    const byBridge = addCalls(dialect.preparation, dialect.reading);
    const byRun = addCalls({ create: 1, retrieve: 1 }, dialect.answering);
    expect(result.calls).toEqual(addCalls(byBridge, byRun));
  });

  it.runIf(includes).concurrent('keeps its text when it is the items that are too long', async () => {
    const answerLength = 400_000;
    const handle = await harness.start({
      input: 'Talk',
      request: scripted({ answer: 'Long.', answerLength }, { include: ['reasoning.encrypted_content'] }),
      policy: policy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', items: null });
    expect(result.text).toHaveLength(answerLength);
    expect(result.omittedBytes).toBeGreaterThan(answerLength);
  });

  it.concurrent.each([
    { name: 'a call of 750 kB', lengths: [750_000, 7], omitted: [true, false] },
    { name: 'two calls of 400 kB', lengths: [400_000, 400_000], omitted: [false, true] },
  ])('that asks for $name is answered with words where they do not fit', async ({ lengths, omitted }) => {
    const handle = await harness.start({
      input: 'Count',
      tools: ['count'],
      request: scripted({
        rounds: [lengths.map((argumentsLength, n) => ({ name: 'count', arguments: { n }, argumentsLength }))],
        answer: 'Done.',
      }),
      policy: policy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: 'Done.', toolRounds: 1, toolCalls: 1 });
    expect(count.executions(handle.workflowId)).toHaveLength(1);
    const { submitted, workflowTaskFailures } = await historyOf(handle);
    expect(workflowTaskFailures).toBe(0);
    expect(submitted).toHaveLength(1);
    expect(submitted[0]?.map((output) => output.includes('not executed'))).toEqual(omitted);
    expect(submitted[0]?.[omitted.indexOf(false)]).toBe(String(omitted.indexOf(false)));
    const words: unknown = JSON.parse(submitted[0]?.[omitted.indexOf(true)] ?? '');
    expect(words).toEqual({
      error: { type: 'tool.invalid_arguments', message: expect.stringMatching(/arguments of \d+ bytes/) },
    });
    const log = logOf(harness, handle.workflowId);
    expect(log.submits()).toBe(1);
    expect(log.providerRuns()).toHaveLength(madeIn(1));
    expect(log.providerRuns()).toEqual(madeIds(result));
  });
});
