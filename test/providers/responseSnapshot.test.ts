import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noUsage } from '../../core/usage.ts';
import { isTerminal, type Snapshot } from '../../core/snapshot.ts';
import { getSnapshotSchemas } from '../../core/snapshotSchema.ts';
import { tagToMetadata } from '../../core/tag.ts';
import { ProblemError } from '../../providers/problem.ts';
import { parseResponse, toSnapshot } from '../../providers/response/snapshot.ts';
import { createdBy, replying, responseProviderOf, tag } from './responseSupport.ts';
import { CountingContext, problemOf } from './support.ts';

const { snapshotSchema } = getSnapshotSchemas();

/** A response object with all its fields, as it is queued. */
const full = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_000,
  status: 'queued',
  background: true,
  completed_at: null,
  conversation: null,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  metadata: {},
  model: 'gpt-6',
  output: [],
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  service_tier: 'auto',
  store: true,
  temperature: 1,
  text: { format: { type: 'text' }, verbosity: 'medium' },
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  truncation: 'disabled',
  usage: null,
};
const ref = { id: 'resp_1' };

function read(fields: object, asked: Snapshot['ref'] = ref): Snapshot {
  return toSnapshot(parseResponse({ ...full, ...fields }), asked);
}

const part = (text: unknown): object => ({ type: 'output_text', text, annotations: [], logprobs: [] });
const message = (text: unknown, given: object = {}): object => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [part(text)],
  ...given,
});
const call = (callId: unknown, given: object = {}): object => ({
  id: 'fc_1',
  type: 'function_call',
  call_id: callId,
  name: 'add',
  arguments: '{"a":1}',
  status: 'completed',
  ...given,
});
const item = (type: string, given: object = {}): object => ({
  type,
  id: `${type}_1`,
  call_id: 'call_9',
  ...given,
});
const refused = message('', { content: [{ type: 'refusal', refusal: 'I will not.' }] });

describe('a status', () => {
  test.each<[string, object, object]>([
    ['queued', { status: 'queued' }, { status: 'queued' }],
    ['in_progress', { status: 'in_progress' }, { status: 'in_progress' }],
    ['cancelled', { status: 'cancelled' }, { status: 'cancelled' }],
    [
      'completed',
      { status: 'completed', completed_at: 9, output: [message('4')] },
      { status: 'completed', output: { text: '4' }, endedAtMs: 9_000 },
    ],
    [
      'completed, with nothing to say',
      { status: 'completed' },
      { status: 'completed', output: { text: '' } },
    ],
    [
      'failed',
      { status: 'failed', error: { code: 'server_error', message: 'Sorry' } },
      { status: 'failed', error: { code: 'server_error', message: 'Sorry' } },
    ],
    [
      'failed without a code',
      { status: 'failed', error: { code: null, message: 'Sorry' } },
      { status: 'failed', error: { code: 'unknown', message: 'Sorry' } },
    ],
    [
      'failed with a number for a code',
      { status: 'failed', error: { code: 500 } },
      { status: 'failed', error: { code: '500', message: 'The provider gave no reason.' } },
    ],
    [
      'failed with a text for an error',
      { status: 'failed', error: 'Sorry' },
      { status: 'failed', error: { code: 'unknown', message: 'Sorry' } },
    ],
    [
      'failed without a reason',
      { status: 'failed' },
      { status: 'failed', error: { code: 'unknown', message: 'The provider gave no reason.' } },
    ],
    [
      'incomplete',
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [message('4')] },
      { status: 'incomplete', reason: 'max_output_tokens', output: { text: '4' } },
    ],
    [
      'incomplete, nobody says why',
      { status: 'incomplete' },
      { status: 'incomplete', reason: 'unknown', output: { text: '' } },
    ],
    [
      'incomplete in the middle of a call',
      { status: 'incomplete', output: [call('call_1', { status: 'incomplete' })] },
      { status: 'incomplete', reason: 'unknown', output: { text: '' } },
    ],
    ['one that nobody knows', { status: 'paused' }, { status: 'unknown', reported: 'paused' }],
    ['one of JavaScript’s', { status: 'constructor' }, { status: 'unknown', reported: 'constructor' }],
    ['none', { status: undefined }, { status: 'unknown', reported: 'no status' }],
    ['none, and no output', { status: null, output: null }, { status: 'unknown', reported: 'no status' }],
    [
      'none, but output',
      { status: undefined, output: [message('4')] },
      { status: 'completed', output: { text: '4' } },
    ],
    [
      'none, but calls',
      { status: 7, output: [call('call_1')] },
      {
        status: 'requires_action',
        toolCalls: [{ callId: 'resp_1/call_1', name: 'add', arguments: '{"a":1}' }],
      },
    ],
  ])('%s', (_name, fields, snapshot) => {
    expect(read(fields)).toEqual({ ref, model: 'gpt-6', ...snapshot });
  });
});

describe('facts', () => {
  test('the tag is taken over', () => {
    expect(read({ metadata: { order: '17', ...tagToMetadata(tag) } })).toMatchObject({ tag });
    expect(read({ metadata: null })).not.toHaveProperty('tag');
  });

  test('the ref says what to read with: what it did, else what the metadata says', () => {
    const metadata = { durable_run_include: 'a.b,c.d' };
    expect(read({ metadata }).ref).toEqual({ id: 'resp_1', readWith: 'a.b,c.d' });
    expect(read({ metadata }, { id: 'resp_1', readWith: 'a.b' }).ref.readWith).toBe('a.b');
    expect(read({ metadata: { durable_run_include: '' } }).ref).toEqual(ref);
    expect(read({ metadata: { durable_run_include: 5 } }).ref).toEqual(ref);
  });

  test('the ref stays the one that was asked for, whatever a proxy makes of ids', () => {
    expect(read({ id: 'inner' }).ref).toEqual(ref);
  });

  test.each<[unknown, number | undefined]>([
    [1_700_000_000, 1_700_000_000_000],
    [1_700_000_000.1234, 1_700_000_000_123],
    ['1700000000.5', 1_700_000_000_500],
    [0, undefined],
    [null, undefined],
    [-5, undefined],
    [1e300, undefined],
    [8.64e13, undefined],
    ['2026-11-21', undefined],
  ])('it ended at %j', (completedAt, expected) => {
    expect(read({ status: 'completed', completed_at: completedAt }).endedAtMs).toBe(expected);
  });

  const details = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 3 },
    total_tokens: 15,
  };
  const detailed = {
    inputTokens: 10,
    cachedTokens: 4,
    cacheWriteTokens: 2,
    outputTokens: 5,
    reasoningTokens: 3,
    totalTokens: 15,
  };
  test.each<[string, unknown, object | undefined]>([
    ['in full', details, detailed],
    ['as text', { ...details, input_tokens: '10', total_tokens: '15' }, detailed],
    [
      'without details',
      { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
      { ...noUsage, inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    ],
    [
      'with odd details',
      {
        ...details,
        input_tokens_details: { cached_tokens: -1, cache_write_tokens: null },
        output_tokens_details: 3,
      },
      { ...detailed, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
    ],
    [
      'without a total',
      { input_tokens: 10, output_tokens: 5 },
      { ...noUsage, inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    ],
    ['nothing spent', { input_tokens: 0, output_tokens: 0, total_tokens: 0 }, noUsage],
    ['null', null, undefined],
    ['empty', {}, undefined],
    ['a text', 'much', undefined],
    ['counts that are none', { input_tokens: 'many', output_tokens: null, total_tokens: true }, undefined],
  ])('usage %s', (_name, usage, expected) => {
    expect(read({ status: 'completed', usage }).usage).toEqual(expected);
  });
});

describe('the answer', () => {
  test.each<[string, unknown[], object]>([
    ['one message', [message('4')], { text: '4' }],
    ['after reasoning', [{ id: 'rs_1', type: 'reasoning', summary: [] }, message('4')], { text: '4' }],
    // As the SDK's `output_text`.
    ['several messages', [message('a'), message('b')], { text: 'ab' }],
    ['several parts', [message('', { content: [part('a'), part('b')] })], { text: 'ab' }],
    [
      'not what was said on the way, if it says so',
      [
        message('Let me see. ', { phase: 'commentary' }),
        message('4', { phase: 'final_answer' }),
        message('.', { phase: 'final_answer' }),
      ],
      { text: '4.' },
    ],
    [
      'what was said on the way, if there is no more',
      [message('Let me see.', { phase: 'commentary' }), message(' 4', { phase: null })],
      { text: 'Let me see. 4' },
    ],
    ['a refusal', [refused], { text: '', refusal: 'I will not.' }],
    ['a refusal after a text', [message('Well.'), refused], { text: 'Well.', refusal: 'I will not.' }],
    ['content that is a text', [message('', { content: '4' })], { text: '4' }],
    ['parts that cannot be read', [message('', { content: [null, 5, part(7), part('4')] })], { text: '4' }],
    ['items that cannot be read', [null, 'x', { type: 5 }, {}, message('4')], { text: '4' }],
    ['items of tomorrow', [{ type: 'dream', id: 'd_1' }, message('4')], { text: '4' }],
  ])('%s', (_name, output, expected) => {
    expect(read({ status: 'completed', output })).toMatchObject({ status: 'completed' });
    expect(read({ status: 'completed', output })).toHaveProperty('output', expected);
  });

  test.each([
    [{ format: { type: 'json_schema', name: 'x', schema: {} } }, true],
    [{ format: { type: 'json_object' } }, true],
    [{ format: { type: 'text' } }, undefined],
    [{ format: null }, undefined],
    [{}, undefined],
    [null, undefined],
    ['json_object', undefined],
  ])('text %j: JSON is %s', (text, expected) => {
    const snapshot = read({ status: 'completed', output: [message('{}')], text });
    if (snapshot.status !== 'completed') throw new Error(`It is ${snapshot.status}.`);
    expect(snapshot.output.isJson).toBe(expected);
  });

  test('all items as they are, where something was to be included', () => {
    const output = [{ type: 'reasoning', encrypted_content: 'abc', extra: [null, { a: 1 }] }, message('4')];
    const snapshot = read({ status: 'completed', output }, { id: 'resp_1', readWith: 'a.b' });
    expect(snapshot).toMatchObject({ output: { text: '4', items: output } });
    expect(read({ status: 'completed', output })).not.toHaveProperty('output.items');
  });
});

describe('tool calls', () => {
  test.each<[string, unknown[], object[]]>([
    ['beside a message', [message('Let me see.'), call('call_1')], [{ callId: 'resp_1/call_1' }]],
    ['several', [call('call_1'), call('call_2')], [{ callId: 'resp_1/call_1' }, { callId: 'resp_1/call_2' }]],
    [
      'each id once',
      [call('call_1'), call('call_1', { name: 'other' })],
      [{ callId: 'resp_1/call_1', name: 'add' }],
    ],
    ['by the item’s id, where there is no other', [call(null)], [{ callId: 'resp_1/fc_1' }]],
    ['by the item’s id for an empty one', [call('')], [{ callId: 'resp_1/fc_1' }]],
    ['arguments that are no JSON', [call('call_1', { arguments: '{bad' })], [{ arguments: '{bad' }]],
    ['arguments that are an object', [call('call_1', { arguments: { a: 1 } })], [{ arguments: '{"a":1}' }]],
    ['no arguments', [call('call_1', { arguments: null })], [{ arguments: '{}' }]],
    ['empty arguments', [call('call_1', { arguments: '' })], [{ arguments: '' }]],
    ['no name', [call('call_1', { name: undefined })], [{ name: '' }]],
    [
      'only those that the provider has not answered itself',
      [call('call_1'), { type: 'function_call_output', call_id: 'call_1', output: '' }, call('call_2')],
      [{ callId: 'resp_1/call_2' }],
    ],
  ])('%s', (_name, output, toolCalls) => {
    const snapshot = read({ status: 'completed', output });
    expect(snapshot).toMatchObject({ status: 'requires_action', toolCalls });
  });

  test('are told from those of another response that numbers its calls alike', () => {
    const idsIn = (id: string): string[] => {
      const snapshot = read({ status: 'completed', output: [call('call_0')] }, { id });
      return snapshot.status === 'requires_action' ? snapshot.toolCalls.map(({ callId }) => callId) : [];
    };
    expect([...idsIn('resp_1'), ...idsIn('resp_2')]).toEqual(['resp_1/call_0', 'resp_2/call_0']);
    // Whenever it is read, and whatever a proxy makes of ids: by them the answered ones are known.
    const renamed = read({ id: 'inner', status: 'completed', output: [call('call_0')] });
    expect(renamed).toMatchObject({ toolCalls: [{ callId: 'resp_1/call_0' }] });
  });

  test('all answered: complete', () => {
    const answer = { type: 'function_call_output', call_id: 'call_1', output: '' };
    const output = [call('call_1'), answer, message('4')];
    expect(read({ status: 'completed', output })).toMatchObject({
      status: 'completed',
      output: { text: '4' },
    });
  });
});

describe('what nobody here can do', () => {
  const local = { environment: { type: 'local' } };
  const hosted = { environment: { type: 'container_reference', container_id: 'c' } };

  test.each<[string, object]>([
    ['custom_tool_call', item('custom_tool_call')],
    ['computer_call', item('computer_call')],
    ['local_shell_call', item('local_shell_call')],
    ['apply_patch_call', item('apply_patch_call')],
    ['mcp_approval_request', item('mcp_approval_request', { call_id: undefined })],
    ['shell_call', item('shell_call', local)],
    ['shell_call', item('shell_call', { environment: null })],
    ['tool_search_call', item('tool_search_call', { execution: 'client' })],
    ['function_call', call(null, { id: null })],
  ])('%s', (type, asked) => {
    const expected = { status: 'incomplete', reason: `unsupported_action:${type}`, output: { text: '4' } };
    expect(read({ status: 'completed', output: [message('4'), asked] })).toMatchObject(expected);
    expect(read({ status: 'completed', output: [message('4'), call('call_1'), asked] })).toMatchObject(
      expected,
    );
  });

  test.each<[string, object[]]>([
    ['a shell in OpenAI’s container', [item('shell_call', hosted)]],
    ['a shell call with its output', [item('shell_call'), item('shell_call_output')]],
    [
      'a local shell call with its output, whose id is the call’s',
      [item('local_shell_call'), { type: 'local_shell_call_output', id: 'call_9', output: '{}' }],
    ],
    [
      'an approval that is given',
      [
        item('mcp_approval_request', { call_id: undefined }),
        { type: 'mcp_approval_response', id: 'r', approval_request_id: 'mcp_approval_request_1' },
      ],
    ],
    ['a search for tools at OpenAI', [item('tool_search_call', { execution: 'server', call_id: null })]],
    [
      'what OpenAI has executed',
      [
        'web_search_call',
        'file_search_call',
        'code_interpreter_call',
        'image_generation_call',
        'mcp_call',
        'mcp_list_tools',
        'reasoning',
        'program',
        'program_output',
        'compaction',
      ].map((type) => item(type)),
    ],
  ])('but not %s', (_name, items) => {
    const snapshot = read({ status: 'completed', output: [...items, message('4')] });
    expect(snapshot).toMatchObject({ status: 'completed', output: { text: '4' } });
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** It travels through Temporal, and is read back there. */
function isSound(snapshot: Snapshot): boolean {
  const travelled: unknown = JSON.parse(JSON.stringify(snapshot));
  return (
    isDeepStrictEqual(travelled, snapshot) && isDeepStrictEqual(snapshotSchema.parse(travelled), snapshot)
  );
}

const statuses = ['queued', 'in_progress', 'completed', 'failed', 'incomplete', 'cancelled', 'x', undefined];
/** As it comes over the wire: JSON has no negative zero. */
const sent = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
const anyValue = fc.oneof(fc.constant(undefined), fc.constant(null), sent);
/** Items that look like those of the API, with something wrong in them. */
const anyItem = fc.oneof(
  sent,
  fc.record(
    {
      type: fc.constantFrom('message', 'function_call', 'function_call_output', 'shell_call', 'reasoning'),
      id: fc.oneof(fc.constant('call_1'), sent),
      call_id: fc.oneof(fc.constant('call_1'), sent),
      name: sent,
      arguments: sent,
      phase: fc.oneof(fc.constant('final_answer'), sent),
      content: fc.oneof(
        sent,
        fc.array(fc.oneof(sent, fc.record({ type: fc.constant('output_text'), text: sent }))),
      ),
      environment: sent,
    },
    { requiredKeys: [] },
  ),
);

describe('a response object', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /Expected a response object/],
    ['a text', '<html></html>', /Expected a response object/],
    ['a list', [full], /Expected a response object/],
    ['no id', { ...full, id: undefined }, /id: /],
    ['an empty id', { ...full, id: '' }, /id: /],
    ['an id that is a list', { ...full, id: ['resp_1'] }, /id: /],
    ['an id that is null', { ...full, id: null }, /id: /],
  ])('cannot be: %s', (_name, value, problem) => {
    expect(() => parseResponse(value)).toThrow(ProblemError);
    expect(() => parseResponse(value)).toThrow(problem);
  });

  test('can do without everything but its id', () => {
    expect(toSnapshot(parseResponse({ id: '7f-π' }), { id: '7f-π' })).toEqual({
      ref: { id: '7f-π' },
      status: 'unknown',
      reported: 'no status',
    });
  });

  test.each([
    [5, '5'],
    [0, '0'],
    [9_007_199_254_740_991, '9007199254740991'],
  ])('may have the number %i for an id', (given, id) => {
    expect(parseResponse({ ...full, id: given }).id).toBe(id);
  });

  test.each([undefined, null, '', {}, 'inner'])('need not repeat the id that it was read by: %j', (id) => {
    expect(parseResponse({ ...full, id }, 'resp_1').id).toBe('resp_1');
  });

  test.each([undefined, null, '<html></html>', [full]])('knowing its id does not make one of %j', (value) => {
    expect(() => parseResponse(value, 'resp_1')).toThrow(/Expected a response object/);
  });

  test.each(Object.keys(full))(
    'whatever %s holds, or if it is not there: read, or refused in words',
    (field) => {
      fc.assert(
        fc.property(
          anyValue,
          fc.constantFrom(...statuses),
          fc.dictionary(fc.string(), sent),
          fc.boolean(),
          (value, status, extra, isIncluding) => {
            const asked = { id: 'resp_1', ...(isIncluding ? { readWith: 'a.b' } : {}) };
            const given = { ...extra, ...full, status, output: [message('4')], [field]: value };
            const readIt = (): Snapshot => toSnapshot(parseResponse(given), asked);
            const error = thrownBy(readIt);
            const isFine =
              error === undefined ? isSound(readIt()) : error instanceof ProblemError && field === 'id';
            expect({ isFine, error }).toMatchObject({ isFine: true });
          },
        ),
      );
    },
  );

  test('whatever else a server sends: read, or refused with a ProblemError', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const error = thrownBy(() => toSnapshot(parseResponse(value), ref));
        expect(error === undefined || error instanceof ProblemError).toBe(true);
      }),
    );
  });

  test('output in whatever shape: calls have an id each, and no two the same', () => {
    fc.assert(
      fc.property(fc.array(anyItem), fc.boolean(), (output, isIncluding) => {
        const asked = { id: 'resp_1', ...(isIncluding ? { readWith: 'a.b' } : {}) };
        const snapshot = read({ status: 'completed', output }, asked);
        expect(isSound(snapshot)).toBe(true);
        if (snapshot.status !== 'requires_action') return;
        const ids = snapshot.toolCalls.map(({ callId }) => callId);
        expect(ids).not.toContain('');
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.length).toBeGreaterThan(0);
      }),
    );
  });

  test('usage in whatever shape: counts, or none', () => {
    const tokens = fc.oneof(fc.nat(), sent, fc.constantFrom('12', '1.5', 1.5));
    const usage = fc.record(
      {
        input_tokens: tokens,
        output_tokens: tokens,
        total_tokens: tokens,
        input_tokens_details: fc.oneof(sent, fc.record({ cached_tokens: tokens })),
        output_tokens_details: fc.oneof(sent, fc.record({ reasoning_tokens: tokens })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(usage, (given) => {
        const snapshot = read({ status: 'completed', usage: given });
        expect(isSound(snapshot)).toBe(true);
        for (const count of Object.values(snapshot.usage ?? {})) expect(count).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('a server that is not quite OpenAI’s', () => {
  test('one that answers at once, with next to nothing', async () => {
    const { baseURL } = await replying({
      body: { id: '7', output: [{ type: 'message', content: [part('4')] }] },
    });
    const context = new CountingContext();
    expect(await createdBy(responseProviderOf(baseURL), context)).toEqual({
      ref: { id: '7' },
      status: 'completed',
      output: { text: '4' },
    });
  });

  // The SDK itself would trip over this one.
  test('one that sends no output yet', async () => {
    const body = { id: 'resp_1', object: 'response', status: 'in_progress', output: null, metadata: null };
    const { baseURL } = await replying({ body });
    const provider = responseProviderOf(baseURL);
    const expected = { ref, status: 'in_progress' };
    expect(await createdBy(provider, new CountingContext())).toEqual(expected);
    expect(await provider.retrieve(ref, new CountingContext())).toEqual(expected);
    expect(await provider.cancel(ref, new CountingContext())).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['a page', '<html></html>'],
    ['nothing', ''],
    ['half of it', '{"id": "resp_1"'],
    ['null', null],
    ['a list', []],
  ])('one that answers with %s: what it did is not known', async (_name, body) => {
    const { baseURL } = await replying({ body: typeof body === 'string' ? body : JSON.stringify(body) });
    const provider = responseProviderOf(baseURL);
    for (const ask of [
      () => createdBy(provider, new CountingContext()),
      () => provider.retrieve(ref, new CountingContext()),
      () => provider.cancel(ref, new CountingContext()),
    ]) {
      expect(await problemOf(ask)).toMatchObject({
        type: 'provider.unexpected_reply',
        details: { effect: 'unknown' },
      });
    }
  });

  test('one that answers with an error with HTTP 200: what a create did is not known, and a read is no end', async () => {
    const { baseURL } = await replying({ body: { error: { message: 'No.' } } });
    const provider = responseProviderOf(baseURL);
    expect(await problemOf(() => createdBy(provider, new CountingContext()))).toMatchObject({
      type: 'provider.unexpected_reply',
      details: { effect: 'unknown' },
    });
    for (const asking of ['retrieve', 'cancel'] as const) {
      const told = await provider[asking](ref, new CountingContext()).catch(() => undefined);
      expect(told !== undefined && isTerminal(told)).toBe(false);
    }
  });

  test('one whose ids are numbers: they are ids', async () => {
    const { baseURL, sent: asked } = await replying({ body: { id: 7, status: 'queued' } });
    const provider = responseProviderOf(baseURL);
    const snapshot = await createdBy(provider, new CountingContext());
    expect(snapshot).toEqual({ ref: { id: '7' }, status: 'queued' });
    expect(await provider.retrieve(snapshot.ref, new CountingContext())).toEqual(snapshot);
    expect(await provider.cancel(snapshot.ref, new CountingContext())).toEqual(snapshot);
    expect(asked.map(({ url }) => url)).toEqual([
      '/v1/responses',
      '/v1/responses/7',
      '/v1/responses/7/cancel',
    ]);
  });

  test('one that leaves the id out when it was asked by it', async () => {
    const { baseURL } = await replying({ body: { status: 'completed', output: [message('4')] } });
    const provider = responseProviderOf(baseURL);
    const expected = { ref, status: 'completed', output: { text: '4' } };
    expect(await provider.retrieve(ref, new CountingContext())).toEqual(expected);
    expect(await provider.cancel(ref, new CountingContext())).toEqual(expected);
    // A create has nothing else to know it by.
    expect((await problemOf(() => createdBy(provider, new CountingContext()))).type).toBe(
      'provider.unexpected_reply',
    );
  });

  test.each([
    ['as an object', (words: string): unknown => ({ code: 'server_error', message: words })],
    ['as a text', (words: string): unknown => words],
  ])('one that quotes our key where a response has failed, %s: it goes no further', async (_how, errorOf) => {
    const apiKey = 'key-of-a-shape-of-its-own';
    const words = `Not for ${apiKey}, nor sk-proj-0123456789abcdef (Bearer 0123456789abcdef).`;
    const { baseURL } = await replying({ body: { ...full, status: 'failed', error: errorOf(words) } });
    const provider = responseProviderOf(baseURL, { apiKey });
    const expected = 'Not for [redacted], nor sk-[redacted] (Bearer [redacted]';
    for (const told of [
      await createdBy(provider, new CountingContext()),
      await provider.retrieve(ref, new CountingContext()),
    ]) {
      expect(told).toMatchObject({
        status: 'failed',
        error: { message: expect.stringContaining(expected) },
      });
      expect(JSON.stringify(told)).not.toMatch(/of-a-shape|0123456789/);
    }
  });

  test('one that answers a cancel with the whole of what waits for outputs', async () => {
    const { baseURL } = await replying({ body: { ...full, status: 'completed', output: [call('call_1')] } });
    const snapshot = await responseProviderOf(baseURL).cancel(ref, new CountingContext());
    expect(snapshot).toEqual({ ref, model: 'gpt-6', status: 'cancelled' });
  });

  test('one that does not repeat the metadata: the create knows what to read with', async () => {
    const { baseURL } = await replying({ body: { id: 'resp_1', status: 'queued' } });
    const request = { include: ['a.b'] };
    const snapshot = await createdBy(responseProviderOf(baseURL), new CountingContext(), { request });
    expect(snapshot.ref).toEqual({ id: 'resp_1', readWith: 'a.b' });
  });
});
