import { describe, expect, it } from 'vitest';
import { buildRunInput, type RunOptions } from '../../client/commands/runInput.ts';
import { UsageError } from '../../client/commands/errors.ts';
import { checkRunInput } from '../../core/input.ts';

describe('the input of a run from the options of start', () => {
  const cases: [name: string, options: Partial<RunOptions>, expected: object][] = [
    ['the text alone', {}, {}],
    ['--provider', { provider: 'response' }, { provider: 'response' }],
    ['--account', { account: 'team-a' }, { account: 'team-a' }],
    ['--tool twice', { tool: ['add', 'multiply'] }, { tools: ['add', 'multiply'] }],
    ['--assistant', { assistant: 'asst_1' }, { request: { assistant_id: 'asst_1' } }],
    ['--thread', { thread: 'thread_1' }, { request: { thread_id: 'thread_1' } }],
    ['--model', { model: 'gpt' }, { request: { model: 'gpt' } }],
    ['--instructions, empty', { instructions: '' }, { request: { instructions: '' } }],
    ['--request', { request: { temperature: 0 } }, { request: { temperature: 0 } }],
    ['--request, empty', { request: {} }, { request: {} }],
    [
      '--request and --model',
      { request: { temperature: 0 }, model: 'gpt' },
      { request: { temperature: 0, model: 'gpt' } },
    ],
    ['--mode', { mode: 'webhook' }, { policy: { wait: { mode: 'webhook' } } }],
    [
      '--policy',
      { policy: { deadlines: { totalMs: 5_000 } } },
      { policy: { deadlines: { totalMs: 5_000 } } },
    ],
    [
      '--policy and --mode',
      { policy: { wait: { totalMs: null }, whenThreadBusy: 'fail' }, mode: 'relaxed' },
      { policy: { wait: { totalMs: null, mode: 'relaxed' }, whenThreadBusy: 'fail' } },
    ],
  ];
  it.each(cases)('%s', (_name, options, expected) => {
    const input = buildRunInput({ tool: [], ...options }, 'Hello');
    expect(input).toEqual({ input: 'Hello', ...expected });
    expect(checkRunInput(input).ok).toBe(true);
  });

  const conflicts: [name: string, options: Partial<RunOptions>, message: string][] = [
    ['--model', { model: 'a', request: { model: 'b' } }, '--model and request.model are both given'],
    [
      '--assistant',
      { assistant: 'a', request: { assistant_id: null } },
      '--assistant and request.assistant_id are both given',
    ],
    [
      '--mode',
      { mode: 'polling', policy: { wait: { mode: 'relaxed' } } },
      '--mode and policy.wait.mode are both given',
    ],
  ];
  it.each(conflicts)('refuses %s beside the same field in JSON', (_name, options, message) => {
    const build = () => buildRunInput({ tool: [], ...options }, 'Hello');
    expect(build).toThrow(UsageError);
    expect(build).toThrow(message);
  });

  it('leaves a policy that is none to the check of the whole input', () => {
    const input = buildRunInput({ tool: [], mode: 'polling', policy: { wait: 5 } }, 'Hello');
    expect(checkRunInput(input)).toMatchObject({
      ok: false,
      message: expect.stringContaining('policy.wait'),
    });
  });
});
