import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noUsage } from '../../core/usage.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import {
  deadlineMs,
  dialect,
  failureOf,
  historyOf,
  logOf,
  newRunId,
  providerRun,
  recordingTool,
  rolesIn,
  scripted,
  webhookPolicy,
} from './support.ts';

const count = recordingTool('count');
const countAnew = recordingTool('count_anew', undefined, { reuseAfterRestart: false });
const brittle = recordingTool('brittle', failTheFirstTime(), { retry: { maximumAttempts: 1 } });

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ tools: [count.tool, countAnew.tool, brittle.tool] });
});
afterAll(() => harness.stop());

const { restartable } = dialect;

/** An end that says nothing against the run: the provider took too long, or has failed. */
describe.concurrent(`an attempt that ended ${restartable.outcome}`, () => {
  it('is restarted, with the message brought once to each place', async () => {
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: scripted({ usage: { prompt: 10, completion: 1 }, attempts: [restartable.script, {}] }),
      policy: webhookPolicy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', error: null });
    expect(result.attempts.map(({ number, outcome, error }) => [number, outcome, error?.code])).toEqual([
      [1, restartable.outcome, restartable.code],
      [2, 'completed', undefined],
    ]);
    const usage = { ...noUsage, inputTokens: 10, outputTokens: 1, totalTokens: 11 };
    expect(result.attempts.map((attempt) => attempt.usage)).toEqual([usage, usage]);
    expect(result.usage).toEqual({ ...noUsage, inputTokens: 20, outputTokens: 2, totalTokens: 22 });
    expect(result.calls).toEqual({
      ...dialect.preparation,
      create: 2,
      ...dialect.readings({ answers: 1, others: 1 }),
    });
    const log = logOf(harness, handle.workflowId);
    expect(log.providerRuns()).toEqual(result.attempts.map(({ ref }) => ref.id));
    const pauses = (await historyOf(handle)).timers.filter((summary) => summary.includes('next attempt'));
    expect(pauses).toHaveLength(restartable.isPausedFor ? 1 : 0);
    const { threadId } = providerRun(harness, handle.workflowId);
    const roles = dialect.hasThreads ? await rolesIn(harness, threadId) : null;
    expect(roles).toEqual(dialect.hasThreads ? ['user', 'assistant'] : null);
  });

  it.each([1, 2, 4])('is given up after %i attempts, if that is the limit', async (maximumAttempts) => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted(restartable.script),
      policy: webhookPolicy({ restarts: { maximumAttempts } }),
    });
    const { type, result } = await failureOf(handle);

    expect(type).toBe(`run.${restartable.outcome}`);
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(
      Array(maximumAttempts).fill(restartable.outcome),
    );
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(maximumAttempts);
  });

  it.runIf(dialect.expires)(
    'that the provider never admits is cancelled and restarted when its expires_at has passed',
    async () => {
      const handle = await harness.start({
        input: 'What is 2+2?',
        request: scripted({
          attempts: [{ silentExpiry: true, expiresAfterMs: 0, stuck: 'in_progress' }, {}],
        }),
        policy: webhookPolicy(),
      });
      const result = await handle.result();

      expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['expired', 'completed']);
      expect(result.attempts[0]?.error?.message).toContain('expires_at');
      expect(result.calls.cancel).toBe(1);
      const log = logOf(harness, handle.workflowId);
      expect(log.statuses(result.attempts[0]?.ref.id).at(-1)).toBe('cancelled');
      expect(log.active()).toEqual([]);
    },
  );
});

describe.concurrent('a failed attempt', () => {
  it.each(['rate_limit_exceeded', 'server_error'] as const)(
    'is restarted after a pause when the code is %s',
    async (code) => {
      const handle = await harness.start({
        input: 'What is 2+2?',
        request: scripted({ attempts: [{ error: { code } }, { error: { code } }, {}] }),
        policy: webhookPolicy({ restarts: { initialMs: 20, factor: 2, maximumMs: 1_000 } }),
      });
      const result = await handle.result();

      expect(result.attempts.map(({ outcome, error }) => [outcome, error?.code])).toEqual([
        ['failed', code],
        ['failed', code],
        ['completed', undefined],
      ]);
      const { timers } = await historyOf(handle);
      expect(timers.filter((summary) => summary.includes('next attempt'))).toEqual([
        'waiting 20 ms before the next attempt',
        'waiting 40 ms before the next attempt',
      ]);
    },
  );

  it.each([
    { name: 'a code that a new attempt cannot mend', code: 'invalid_prompt', failedCodes: undefined },
    {
      name: 'a code that the policy does not name',
      code: 'server_error',
      failedCodes: ['rate_limit_exceeded'],
    },
  ] as const)('is final with $name', async ({ code, failedCodes }) => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ attempts: [{ error: { code } }, {}] }),
      policy: webhookPolicy({ restarts: failedCodes === undefined ? {} : { failedCodes: [...failedCodes] } }),
    });
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.failed');
    expect(result.error?.code).toBe(code);
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
  });

  it('is not waited for past the total deadline', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ attempts: [{ error: { code: 'server_error' } }, {}] }),
      policy: webhookPolicy({
        deadlines: { totalMs: deadlineMs },
        restarts: { initialMs: 3_600_000, maximumMs: 3_600_000 },
      }),
    });
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.timed_out');
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['failed']);
    expect(logOf(harness, handle.workflowId).providerRuns()).toHaveLength(1);
  });
});

describe.concurrent('tool calls after a restart', () => {
  it('are answered with the outputs that are known', async () => {
    const rounds = [calls('count', 1, 2), calls('count', 3)];
    const handle = await harness.start({
      input: 'Count',
      tools: ['count'],
      request: scripted({ rounds, attempts: [restartable.script, {}] }),
      policy: webhookPolicy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ toolRounds: 4, toolCalls: 3, toolCallsReused: 3 });
    expect(count.executions(handle.workflowId)).toHaveLength(3);
    const { submitted, activities } = await historyOf(handle);
    expect(submitted).toEqual([['1', '2'], ['3'], ['1', '2'], ['3']]);
    expect(activities.filter(({ type }) => type === 'count')).toHaveLength(3);
  });

  it('with the same arguments are answered each with its own output', async () => {
    const handle = await harness.start({
      input: 'Count',
      tools: ['count'],
      request: scripted({ rounds: [calls('count', 5, 5)], attempts: [restartable.script, {}] }),
      policy: webhookPolicy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ toolCalls: 2, toolCallsReused: 2 });
    const executions = count.executions(handle.workflowId);
    expect(new Set(executions.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  });

  it('are executed again where the tool wants that', async () => {
    const handle = await harness.start({
      input: 'Count',
      tools: ['count_anew'],
      request: scripted({ rounds: [calls('count_anew', 1)], attempts: [restartable.script, {}] }),
      policy: webhookPolicy(),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ toolCalls: 2, toolCallsReused: 0 });
    const keys = countAnew.executions(handle.workflowId).map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size).toBe(2);
  });

  it('that had failed are executed again, under the same idempotency key', async () => {
    const id = newRunId();
    const handle = await harness.start(
      {
        input: 'Break',
        tools: ['brittle'],
        request: scripted({ rounds: [calls('brittle', 1)], attempts: [restartable.script, {}] }),
        policy: webhookPolicy(),
      },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ toolCalls: 2, toolCallsReused: 0 });
    const executions = brittle.executions(id);
    expect(executions).toHaveLength(2);
    expect(executions[1]?.idempotencyKey).toBe(executions[0]?.idempotencyKey);
    expect(executions[1]?.callId).not.toBe(executions[0]?.callId);
    const { submitted } = await historyOf(handle);
    expect(submitted[0]?.[0]).toContain('tool.failed');
    expect(submitted[1]).toEqual(['1']);
  });
});

function failTheFirstTime(): (n: number) => number {
  let times = 0;
  return (n) => {
    times += 1;
    if (times === 1) throw new Error('broken');
    return n;
  };
}

function calls(name: string, ...numbers: number[]): { name: string; arguments: { n: number } }[] {
  return numbers.map((n) => ({ name, arguments: { n } }));
}
