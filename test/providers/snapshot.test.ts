import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../core/snapshot.ts';
import { tagToMetadata } from '../../core/tag.ts';
import { noUsage } from '../../core/usage.ts';
import {
  needsOutput,
  parseRun,
  parseRuns,
  readOutput,
  toSnapshot,
} from '../../providers/assistant/snapshot.ts';
import { readRunEvent } from '../../providers/assistant/webhook.ts';
import { ProblemError } from '../../providers/problem.ts';

/** A run as the SDK types it, complete. */
const full: OpenAI.Beta.Threads.Run = {
  id: 'run_1',
  object: 'thread.run',
  created_at: 1_000,
  thread_id: 'thread_1',
  assistant_id: 'asst_1',
  status: 'in_progress',
  required_action: null,
  last_error: null,
  expires_at: 1_600,
  started_at: 1_001,
  cancelled_at: null,
  failed_at: null,
  completed_at: null,
  incomplete_details: null,
  model: 'gpt-6',
  instructions: '',
  tools: [],
  metadata: {},
  usage: null,
  max_prompt_tokens: null,
  max_completion_tokens: null,
  truncation_strategy: { type: 'auto', last_messages: null },
  tool_choice: 'auto',
  parallel_tool_calls: true,
  response_format: 'auto',
};
const toolCall = (id: string): object => ({
  id,
  type: 'function',
  function: { name: 'add', arguments: '{"a":1}' },
});
const action = (...calls: object[]): object => ({
  type: 'submit_tool_outputs',
  submit_tool_outputs: { tool_calls: calls },
});
const facts = {
  ref: { id: 'run_1', containerId: 'thread_1' },
  model: 'gpt-6',
  expiresAtMs: 1_600_000,
};

function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** A snapshot names the run it is about, and travels through Temporal: it must survive JSON. */
function isSound(snapshot: Snapshot, { id, thread_id }: { id: unknown; thread_id: unknown }): boolean {
  const travelled: unknown = JSON.parse(JSON.stringify(snapshot));
  return (
    isDeepStrictEqual(snapshot.ref, { id, containerId: thread_id }) && isDeepStrictEqual(travelled, snapshot)
  );
}

describe('toSnapshot', () => {
  test.each<[string, object, object]>([
    ['queued', { status: 'queued' }, { status: 'queued' }],
    ['in_progress', { status: 'in_progress' }, { status: 'in_progress' }],
    ['cancelling', { status: 'cancelling' }, { status: 'cancelling' }],
    ['cancelled', { status: 'cancelled', cancelled_at: 7 }, { status: 'cancelled', endedAtMs: 7_000 }],
    ['expired', { status: 'expired' }, { status: 'expired' }],
    [
      'completed',
      { status: 'completed', completed_at: 9 },
      { status: 'completed', output: { text: '' }, endedAtMs: 9_000 },
    ],
    [
      'failed',
      { status: 'failed', failed_at: 8, last_error: { code: 'server_error', message: 'Sorry' } },
      { status: 'failed', error: { code: 'server_error', message: 'Sorry' }, endedAtMs: 8_000 },
    ],
    [
      'failed without a reason',
      { status: 'failed' },
      { status: 'failed', error: { code: 'unknown', message: 'The provider gave no reason.' } },
    ],
    [
      'failed with half a reason',
      { status: 'failed', last_error: { message: 'Sorry' } },
      { status: 'failed', error: { code: 'unknown', message: 'Sorry' } },
    ],
    [
      'incomplete',
      { status: 'incomplete', incomplete_details: { reason: 'max_prompt_tokens' } },
      { status: 'incomplete', reason: 'max_prompt_tokens' },
    ],
    ['incomplete, nobody says why', { status: 'incomplete' }, { status: 'incomplete', reason: 'unknown' }],
    [
      'requires_action',
      { status: 'requires_action', required_action: action(toolCall('call_1'), toolCall('call_2')) },
      {
        status: 'requires_action',
        toolCalls: [
          { callId: 'call_1', name: 'add', arguments: '{"a":1}' },
          { callId: 'call_2', name: 'add', arguments: '{"a":1}' },
        ],
      },
    ],
    [
      'requires_action with a call twice',
      { status: 'requires_action', required_action: action(toolCall('call_1'), toolCall('call_1')) },
      { status: 'requires_action', toolCalls: [expect.objectContaining({ callId: 'call_1' })] },
    ],
    [
      'requires_action without an action',
      { status: 'requires_action' },
      { status: 'unknown', reported: 'requires_action' },
    ],
    [
      'requires_action without calls',
      { status: 'requires_action', required_action: action() },
      { status: 'unknown', reported: 'requires_action' },
    ],
    [
      'an action of another kind',
      { status: 'requires_action', required_action: { type: 'approve' } },
      { status: 'unknown', reported: 'requires_action' },
    ],
    [
      'a call without id among others',
      { status: 'requires_action', required_action: action(toolCall('call_1'), toolCall('')) },
      { status: 'unknown', reported: 'requires_action' },
    ],
    ['a status that nobody knows', { status: 'paused' }, { status: 'unknown', reported: 'paused' }],
    ['a status of JavaScript’s', { status: 'constructor' }, { status: 'unknown', reported: 'constructor' }],
  ])('%s', (_name, fields, snapshot) => {
    expect(toSnapshot(parseRun({ ...full, ...fields }))).toEqual({ ...facts, ...snapshot });
  });

  test('usage and tag are taken over', () => {
    const tag = { workflowId: 'w', executionId: 'e', attempt: 3, round: 2 };
    const usage = { prompt_tokens: 10, completion_tokens: 0, total_tokens: 10 };
    const metadata = { order: '17', ...tagToMetadata(tag) };
    expect(toSnapshot(parseRun({ ...full, usage, metadata }))).toMatchObject({
      tag,
      usage: { ...noUsage, inputTokens: 10, totalTokens: 10 },
    });
  });

  test('what was read of the thread is the output', () => {
    const run = parseRun({ ...full, status: 'completed' });
    expect(toSnapshot(run, { text: '4' })).toMatchObject({ status: 'completed', output: { text: '4' } });
    const cut = parseRun({ ...full, status: 'incomplete' });
    expect(toSnapshot(cut, { text: 'The ans' })).toMatchObject({ output: { text: 'The ans' } });
    expect(toSnapshot(cut)).not.toHaveProperty('output');
  });

  test.each<[string, unknown, boolean]>([
    ['json_schema', { type: 'json_schema', json_schema: { name: 'answer', schema: {} } }, true],
    ['json_object', { type: 'json_object' }, true],
    ['text', { type: 'text' }, false],
    ['auto', 'auto', false],
    ['null', null, false],
    ['nothing', undefined, false],
    ['a type that is no text', { type: 5 }, false],
  ])('whether JSON was asked for, the run says: %s', (_name, response_format, isJson) => {
    const output = { text: '{}', ...(isJson ? { isJson } : {}) };
    const run = parseRun({ ...full, status: 'completed', response_format });
    expect(toSnapshot(run, { text: '{}' })).toEqual({ ...facts, status: 'completed', output });
    const cut = parseRun({ ...full, status: 'incomplete', response_format });
    expect(toSnapshot(cut, { text: '{}' })).toEqual({
      ...facts,
      status: 'incomplete',
      reason: 'unknown',
      output,
    });
    expect(toSnapshot(cut)).not.toHaveProperty('output');
  });

  test.each([
    ['completed', true],
    ['incomplete', true],
    ['failed', false],
    ['cancelled', false],
    ['expired', false],
    ['queued', false],
    ['in_progress', false],
    ['requires_action', false],
    ['paused', false],
  ])('a run that is %s has something to read: %s', (status, expected) => {
    expect(needsOutput(parseRun({ ...full, status }))).toBe(expected);
  });
});

describe('parseRun', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /Expected a run object/],
    ['a text', '<html></html>', /Expected a run object/],
    ['a list', [full], /Expected a run object/],
    ['no id', { ...full, id: undefined }, /id: /],
    ['an empty id', { ...full, id: '' }, /id: /],
    ['no thread', { ...full, thread_id: null }, /thread_id: /],
    ['no status', { ...full, status: undefined }, /status: /],
    ['a status that is a number', { ...full, status: 3 }, /status: /],
  ])('cannot do without: %s', (_name, value, message) => {
    expect(() => parseRun(value)).toThrow(ProblemError);
    expect(() => parseRun(value)).toThrow(message);
  });

  test('can do without everything else', () => {
    expect(toSnapshot(parseRun({ id: 'run_1', thread_id: 'thread_1', status: 'queued' }))).toEqual({
      ref: { id: 'run_1', containerId: 'thread_1' },
      status: 'queued',
    });
  });

  const required = new Set(['id', 'thread_id', 'status']);
  test.each(Object.keys(full))(
    'whatever %s holds, or if it is not there: read, or refused in words',
    (field) => {
      const statuses = ['queued', 'completed', 'failed', 'incomplete', 'requires_action', 'cancelled', 'x'];
      fc.assert(
        fc.property(
          fc.oneof(fc.constant(undefined), fc.constant(null), fc.jsonValue(), fc.anything()),
          fc.constantFrom(...statuses),
          fc.dictionary(fc.string(), fc.jsonValue()),
          (value, status, extra) => {
            const given = { ...extra, ...full, status, [field]: value };
            const readIt = (): Snapshot => toSnapshot(parseRun(given));
            const error = thrownBy(readIt);
            const isFine =
              error === undefined
                ? isSound(readIt(), given)
                : error instanceof ProblemError && required.has(field);
            expect({ isFine, error }).toMatchObject({ isFine: true });
          },
        ),
      );
    },
  );

  test('whatever else a server sends: read, or refused with a ProblemError', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const error = thrownBy(() => toSnapshot(parseRun(value)));
        expect(error === undefined || error instanceof ProblemError).toBe(true);
      }),
    );
  });

  test('a required action in whatever shape gives calls with ids, or none', () => {
    const call = fc.record(
      { id: fc.jsonValue(), type: fc.jsonValue(), function: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const anyAction = fc.record(
      {
        type: fc.oneof(fc.constant('submit_tool_outputs'), fc.jsonValue()),
        submit_tool_outputs: fc.oneof(
          fc.jsonValue(),
          fc.record({ tool_calls: fc.array(fc.oneof(call, fc.constant(toolCall('call_1')))) }),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anyAction, (required_action) => {
        const snapshot = toSnapshot(parseRun({ ...full, status: 'requires_action', required_action }));
        const calls = snapshot.status === 'requires_action' ? snapshot.toolCalls : [];
        const isUnknown = snapshot.status === 'unknown' && snapshot.reported === 'requires_action';
        expect(isUnknown || calls.length > 0).toBe(true);
        expect(calls.filter(({ callId }) => callId === '')).toEqual([]);
      }),
    );
  });
});

describe('parseRuns', () => {
  test('an empty list says that there is none', () => {
    expect(parseRuns({ object: 'list', data: [] })).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['a page of HTML', '<html></html>'],
    ['an empty object', {}],
    ['null', null],
    ['data that is no list', { data: { 0: full } }],
    ['a list with something else in it', { data: [full, { id: 'run_2' }] }],
  ])('%s does not say that there is none', (_name, page) => {
    expect(() => parseRuns(page)).toThrow(ProblemError);
  });
});

const message = (text: string, given: object = {}): object => ({
  role: 'assistant',
  run_id: 'run_1',
  content: [{ type: 'text', text: { value: text, annotations: [] } }],
  ...given,
});

describe('readOutput', () => {
  test.each<[string, object[], string]>([
    ['nothing was written', [], ''],
    ['one message', [message('4')], '4'],
    ['the newest of several', [message('new'), message('old')], 'new'],
    ['not what the user wrote', [message('question', { role: 'user' }), message('4')], '4'],
    ['not what another run wrote', [message('other', { run_id: 'run_0' }), message('4')], '4'],
    ['a server that does not say which run', [message('4', { run_id: null })], '4'],
    ['a server that leaves the run out', [message('4', { run_id: undefined })], '4'],
    [
      'several parts, pictures among them',
      [
        message('', {
          content: [
            { type: 'text', text: { value: 'a' } },
            { type: 'image_file', image_file: { file_id: 'f' } },
            { type: 'text', text: { value: 'b' } },
            null,
          ],
        }),
      ],
      'a\nb',
    ],
    ['no content', [message('', { content: [] })], ''],
  ])('%s', (_name, data, text) => {
    expect(readOutput({ data }, 'run_1')).toEqual({ text });
  });

  test('whatever a server sends: a text, or a ProblemError', () => {
    const page = fc.oneof(
      fc.anything(),
      fc.record({ data: fc.array(fc.record({ role: fc.constant('assistant'), content: fc.anything() })) }),
    );
    fc.assert(
      fc.property(page, (value) => {
        const error = thrownBy(() => readOutput(value, 'run_1'));
        expect(error === undefined || error instanceof ProblemError).toBe(true);
      }),
    );
  });

  test.each<[unknown]>([['<html></html>'], [{}], [null], [{ data: 'x' }]])('%j is no list', (page) => {
    expect(() => readOutput(page, 'run_1')).toThrow(ProblemError);
  });
});

describe('readRunEvent', () => {
  const event = (type: string, data: unknown = full): object => ({
    id: 'evt_1',
    object: 'event',
    type,
    data,
  });

  test.each([
    'thread.run.created',
    'thread.run.queued',
    'thread.run.in_progress',
    'thread.run.requires_action',
    'thread.run.completed',
    'thread.run.incomplete',
    'thread.run.failed',
    'thread.run.cancelling',
    'thread.run.cancelled',
    'thread.run.expired',
    'thread.run.something_new',
  ])('%s is about a run', (type) => {
    expect(readRunEvent(event(type))).toMatchObject({ id: 'run_1', thread_id: 'thread_1' });
  });

  const runStep = {
    id: 'step_1',
    object: 'thread.run.step',
    thread_id: 'thread_1',
    run_id: 'run_1',
    status: 'completed',
  };
  test.each<[string, unknown]>([
    ['a step of a run', event('thread.run.step.completed', runStep)],
    ['a piece of a step', event('thread.run.step.delta', runStep)],
    ['a message', event('thread.message.completed')],
    ['a thread', event('thread.created')],
    ['a response', event('response.completed', { id: 'resp_1' })],
    ['a batch', event('batch.completed', { id: 'batch_1' })],
    ['a type that only begins alike', event('thread.run.')],
    ['an event about nothing', event('thread.run.completed', null)],
    ['an event with an id alone', event('thread.run.completed', { id: 'run_1' })],
    ['no type', { data: full }],
    ['a type that is no text', { type: 5, data: full }],
    ['null', null],
    ['a list', [event('thread.run.completed')]],
    ['a text', 'thread.run.completed'],
  ])('%s is not', (_name, value) => {
    expect(readRunEvent(value)).toBeUndefined();
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.jsonValue().map((data) => event('thread.run.failed', data)),
        ),
        (value) => {
          expect(thrownBy(() => readRunEvent(value))).toBeUndefined();
        },
      ),
    );
  });
});
