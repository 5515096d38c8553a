import { describe, expect, test } from 'vitest';
import { checkRunInput, checkWorkflowId } from '../../core/input.ts';

function messageOf(value: unknown): string {
  const check = checkRunInput(value);
  return check.ok ? 'it was accepted' : check.message;
}

describe('checkRunInput', () => {
  test('only the message is required; everything else has its default', () => {
    expect(checkRunInput({ input: 'What is 2+2?' })).toMatchObject({
      ok: true,
      input: { provider: 'default', account: 'default', input: 'What is 2+2?', tools: [], request: {} },
    });
  });

  test('what was given is kept as it is', () => {
    const request = { thread_id: 'thread_1', metadata: { order: '17' }, temperature: 0, top_p: null };
    const given = { provider: 'x', account: 'y', input: ' a ', tools: ['add', 'get-weather_2'], request };
    expect(checkRunInput(given)).toMatchObject({ ok: true, input: given });
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /the input: .*expected object/],
    ['null', null, /the input: .*expected object/],
    ['a text', 'What is 2+2?', /the input: .*expected object/],
    ['a list', [{ input: 'a' }], /the input: .*expected object/],
    ['no message', {}, /input: .*expected string/],
    ['an empty message', { input: '' }, /input: expected the text of the message/],
    ['a message that is no text', { input: 4 }, /input: .*expected string/],
    ['a message that is too long', { input: 'a'.repeat(256_001) }, /input: .*256000/],
    ['an unknown key', { input: 'a', polcy: {} }, /the input: .*"polcy"/],
    ['no provider', { input: 'a', provider: '' }, /provider: /],
    ['no account', { input: 'a', account: '' }, /account: /],
    ['a tool that is no name', { input: 'a', tools: ['ok', 'not a name'] }, /tools\.1: /],
    ['a tool name that is too long', { input: 'a', tools: ['a'.repeat(65)] }, /tools\.0: /],
    ['tools that are no list', { input: 'a', tools: 'add' }, /tools: .*expected array/],
    ['a request that is no object', { input: 'a', request: [] }, /request: /],
    ['a request that is not JSON', { input: 'a', request: { a: () => 1 } }, /request\.a: /],
    ['an unknown policy', { input: 'a', policy: { wait: { intialMs: 1 } } }, /policy\.wait: .*"intialMs"/],
    ['a bad policy', { input: 'a', policy: { wait: { initialMs: 0 } } }, /policy\.wait\.initialMs: /],
  ])('%s is refused, and the message names the place', (_name, value, message) => {
    expect(messageOf(value)).toMatch(message);
  });

  test('every problem is named at once', () => {
    const message = messageOf({
      input: '',
      tools: ['no good'],
      extra: 1,
      policy: { calls: { timeoutMs: 1 } },
    });
    for (const place of ['input:', 'tools.0:', '"extra"', 'policy.calls.timeoutMs:']) {
      expect(message).toContain(place);
    }
  });

  test('a checked input passes the check again, unchanged', () => {
    const first = checkRunInput({ input: 'a', policy: { wait: { mode: 'webhook' } } });
    expect(first.ok && checkRunInput(JSON.parse(JSON.stringify(first.input)))).toEqual(first);
  });
});

describe('checkWorkflowId', () => {
  test('512 characters fit into metadata', () => {
    expect(checkWorkflowId('a'.repeat(512))).toBeUndefined();
  });

  test('513 do not, and the message says so', () => {
    expect(checkWorkflowId('a'.repeat(513))).toMatch(/513 characters; at most 512.*Choose a shorter one/s);
  });

  test('nested without end is refused, not a crash', () => {
    const deep: unknown = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000));
    const check = checkRunInput({ input: 'x', request: { model: deep } });
    expect(check).toMatchObject({ ok: false, message: expect.stringContaining('nested') });
  });
});
