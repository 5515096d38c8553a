import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createRegistryActivities, createToolActivity } from '../../activities/toolActivities.ts';
import type { ToolReply } from '../../core/activities.ts';
import { ToolRegistry } from '../../tools/registry.ts';
import { defineTool, type ToolContext } from '../../tools/tool.ts';
import { failureOf, logger, runActivity } from './support.ts';

/** A tool that does this. */
function toolThat(execute: (given: { a: number }, context: ToolContext) => unknown): ToolRegistry {
  const parameters = z.object({ a: z.number() });
  return new ToolRegistry([defineTool({ name: 'probe', description: 'd', parameters, execute })]);
}

function call(tools: ToolRegistry, argumentsJson = '{"a":1}', info = {}): Promise<ToolReply> {
  const given = { callId: 'call_1', idempotencyKey: 'w/call_1', arguments: argumentsJson };
  return runActivity({ activityType: 'probe', attempt: 1, ...info }, () => createToolActivity(tools)(given));
}

describe('a tool’s activity', () => {
  test('hands over the arguments, and what a careful tool needs', async () => {
    const seen: unknown[] = [];
    const tools = toolThat((given, { signal, ...context }) => {
      seen.push(given, context, signal.aborted);
      return 'ok';
    });
    await call(tools, '{"a":1,"extra":true}', { attempt: 3 });
    expect(seen).toEqual([{ a: 1 }, { callId: 'call_1', idempotencyKey: 'w/call_1', attempt: 3 }, false]);
  });

  test.each<[string, unknown, string]>([
    ['a text as it is', 'two words', 'two words'],
    ['an empty text', '', ''],
    ['a number', 3, '3'],
    ['zero', 0, '0'],
    ['false', false, 'false'],
    ['null', null, 'null'],
    ['an object', { sum: 3 }, '{"sum":3}'],
    ['a list', [1, 'a'], '[1,"a"]'],
    ['a promise', Promise.resolve({ sum: 3 }), '{"sum":3}'],
    ['nothing', undefined, 'done'],
  ])('gives the model %s', async (_name, value, output) => {
    expect(await call(toolThat(() => value))).toEqual({ output, executed: true });
  });

  test.each<[string, string, RegExp]>([
    ['no JSON', '{"a":', /not valid JSON/],
    ['no arguments', '', /a: .*expected number/],
    ['a wrong type', '{"a":"1"}', /a: .*expected number/],
    ['a list', '[1]', /the arguments: .*expected object/],
    ['null', 'null', /the arguments: .*expected object/],
  ])('does not execute %s, and tells the model why', async (_name, argumentsJson, message) => {
    let executions = 0;
    const reply = await call(
      toolThat(() => (executions += 1)),
      argumentsJson,
    );
    expect(executions).toBe(0);
    expect(reply.executed).toBe(false);
    expect(JSON.parse(reply.output)).toEqual({
      error: { type: 'tool.invalid_arguments', message: expect.stringMatching(message) },
    });
  });

  test.each<[string, unknown, string]>([
    ['an error', new Error('no connection'), 'no connection'],
    ['a text', 'just so', 'just so'],
    ['nothing', undefined, 'undefined'],
  ])('that throws %s is worth another try', async (_name, thrown, message) => {
    const failing = toolThat(() => {
      throw thrown;
    });
    expect(await failureOf(call(failing))).toMatchObject({
      type: 'tool.failed',
      message,
      nonRetryable: false,
    });
  });

  test('that rejects is worth another try', async () => {
    const rejecting = toolThat(() => Promise.reject(new Error('later')));
    expect(await failureOf(call(rejecting))).toMatchObject({ type: 'tool.failed', nonRetryable: false });
  });

  test('may say itself what is to become of it', async () => {
    const own = ApplicationFailure.nonRetryable('card declined', 'payment.declined');
    const failing = toolThat(() => {
      throw own;
    });
    expect(await failureOf(call(failing))).toBe(own);
  });

  test('that this worker does not have may be in another one', async () => {
    const failure = await failureOf(call(new ToolRegistry([])));
    expect(failure).toMatchObject({ type: 'tool.unknown', nonRetryable: false });
    expect(failure.message).toContain("'probe'");
  });

  test('is told when nobody waits for it any more', async () => {
    const started = Promise.withResolvers<void>();
    const tools = toolThat(
      (_given, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
          started.resolve();
        }),
    );
    const environment = new MockActivityEnvironment({ activityType: 'probe' }, { logger });
    const given = { callId: 'call_1', idempotencyKey: 'k', arguments: '{"a":1}' };
    const activity = createToolActivity(tools);
    const running = failureOf(environment.run(() => activity(given)));
    await started.promise;
    environment.cancel();
    expect((await running).message).toBe('stopped');
  });
});

test('tools are looked up with their settings; one that is not there is null', async () => {
  const registry = createRegistryActivities(toolThat(() => 1));
  expect(
    await runActivity({}, () => registry.describeTools(['probe', 'none', 'constructor', '__proto__'])),
  ).toEqual(
    Object.fromEntries([
      [
        'probe',
        {
          timeoutMs: 60_000,
          retry: { maximumAttempts: 3, initialMs: 1_000, factor: 2, maximumMs: 30_000 },
          reuseAfterRestart: true,
        },
      ],
      ['none', null],
      ['constructor', null],
      ['__proto__', null],
    ]),
  );
});
