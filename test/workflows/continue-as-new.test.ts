import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHarness, type Harness } from '../support/harness.ts';
import { runReportQuery, wakeUpSignal } from '../../workflows/messages.ts';
import {
  addFault,
  addWebhookFault,
  chainOf,
  countActivities,
  dialect,
  doing,
  logOf,
  madeIds,
  madeIn,
  newRunId,
  quickPolicy,
  recordingTool,
  scripted,
  until,
  webhookPolicy,
  type RunHistory,
} from './support.ts';

const count = recordingTool('count');
const chinese = recordingTool('chinese', (n) => '語'.repeat(n));

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ tools: [count.tool, chinese.tool] });
});
afterAll(() => harness.stop());

describe.concurrent('a run that continues as new', () => {
  it('goes through many rounds of tools, and loses nothing', async () => {
    const rounds = 18;
    const handle = await harness.start({
      input: 'Count',
      tools: ['count'],
      request: scripted({
        queueMs: 1,
        workMs: 1,
        rounds: [[{ name: 'count', arguments: { n: 1 } }]],
        repeat: rounds,
        usage: { prompt: 500, completion: 50 },
      }),
      // What takes long here are the rounds, on a machine with much else to do.
      policy: webhookPolicy({ continueAsNew: { afterEvents: 50 }, deadlines: { totalMs: 3_600_000 } }),
    });
    const result = await handle.result();

    expect(result).toMatchObject({
      status: 'completed',
      toolRounds: rounds,
      toolCalls: rounds,
      toolCallsReused: 0,
      // The script says what each of what was made has cost.
      usage: { totalTokens: 550 * madeIn(rounds) },
    });
    const executions = count.executions(handle.workflowId);
    expect(executions).toHaveLength(rounds);
    expect(new Set(executions.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(rounds);
    expect(result.calls).toMatchObject({
      ...dialect.preparation,
      create: 1,
      submitToolOutputs: rounds,
      ...dialect.readings({ answers: 1, others: rounds }),
    });
    const log = logOf(harness, handle.workflowId);
    expect(log.counts()[dialect.endpoints.create]).toBe(madeIn(rounds));
    expect(log.submits()).toBe(rounds);
    expect(log.providerRuns()).toHaveLength(madeIn(rounds));
    expect(log.providerRuns()).toEqual(madeIds(result));

    const chain = await chainOf(harness, handle);
    expect(chain.length).toBeGreaterThan(3);
    expect(chain.map(({ workflowTaskFailures }) => workflowTaskFailures)).toEqual(chain.map(() => 0));
    expect(sum(chain, 'createRun')).toBe(dialect.preparations + 1);
    expect(sum(chain, 'count')).toBe(rounds);
    expect(sum(chain, 'submitToolOutputs')).toBe(rounds);
  });

  it('while it polls, goes on polling the same provider run', async () => {
    const id = newRunId();
    // The bridge may read what a webhook leaves out, also for a run that has ended meanwhile: only the run's own reads are to be counted.
    addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    const handle = await harness.start(
      {
        input: 'What is 2+2?',
        request: scripted({ stuck: 'in_progress' }),
        policy: quickPolicy({
          wait: { initialMs: 10, maximumMs: 20, totalMs: 3_600_000 },
          continueAsNew: { afterEvents: 14 },
          deadlines: { totalMs: 3_600_000 },
        }),
      },
      id,
    );
    await until(async () => ((await chainOf(harness, handle)).length > 4 ? true : undefined));
    await handle.cancel();
    await handle.result().catch(() => undefined);

    const chain = await chainOf(harness, handle);
    expect(sum(chain, 'createRun')).toBe(dialect.preparations + 1);
    const log = logOf(harness, handle.workflowId);
    expect(log.providerRuns()).toHaveLength(1);
    const report = await handle.query(runReportQuery);
    expect(report.calls).toMatchObject({ ...dialect.preparation, create: 1, cancel: 1 });
    // One that the cancel calls off counts, whether or not it had left.
    const { [dialect.endpoints.retrieve]: retrieved = 0 } = log.counts();
    expect([retrieved, retrieved + 1]).toContain(report.calls.retrieve);
    expect(report.attempts).toEqual([expect.objectContaining({ outcome: 'cancelled' })]);
    // The story goes on where it was: no execution begins its count of checks anew.
    const checks = chain.flatMap(({ activities }) => activities.filter(({ type }) => type === 'retrieveRun'));
    expect(checks.slice(0, 3).map(({ summary }) => summary)).toEqual([
      'check the status, 1st time',
      'check the status, 2nd time',
      'check the status, 3rd time',
    ]);
  });

  it('still knows a webhook that it has seen', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'in_progress' }),
      policy: webhookPolicy({ continueAsNew: { afterEvents: 24 } }),
    });
    const { current } = await doing(handle, /^waiting/);
    const ref = current?.ref ?? { id: '' };
    const hint = (webhookId: string): Promise<void> =>
      handle.signal(wakeUpSignal, { webhookId, eventType: `${dialect.eventPrefix}step.created`, ref });
    // Each is looked into before the next one comes, for several hints together are one look.
    for (const [index, webhookId] of ['wh_1', 'wh_2', 'wh_3'].entries()) {
      await hint(webhookId);
      await until(async () => ((await looks(handle.workflowId)) > index ? true : undefined));
      await doing(handle, /^waiting/);
    }
    const chain = await until(async () => {
      const executions = await chainOf(harness, handle);
      return executions.length > 1 ? executions : undefined;
    });
    expect(chain[1]?.carried).toMatchObject({ inbox: { seenWebhookIds: expect.arrayContaining(['wh_1']) } });
    await hint('wh_1');
    await doing(handle, /^waiting/);
    expect(await looks(handle.workflowId)).toBe(3);
    await handle.cancel();
  });

  it('does so also where the provider is so fast that there is always news', async () => {
    const id = newRunId();
    // The next round's webhook comes before the reply to this round's submit.
    addFault(
      harness,
      id,
      dialect.endpoints.submit,
      { kind: 'delay', ms: 250, when: 'after' },
      { times: null, after: dialect.requestsBeforeSubmit },
    );
    const handle = await harness.start(
      {
        input: 'Count',
        tools: ['count'],
        request: scripted({
          queueMs: 1,
          workMs: 1,
          rounds: [[{ name: 'count', arguments: { n: 1 } }]],
          repeat: 8,
        }),
        policy: webhookPolicy({ continueAsNew: { afterEvents: 30 } }),
      },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 8, toolCalls: 8 });
    const chain = await chainOf(harness, handle);
    expect(chain.length).toBeGreaterThan(2);
    for (const { events } of chain) expect(events).toBeLessThan(80);
  });

  it('still knows the outputs that a restart can use', async () => {
    const calls = [1, 2, 3].map((n) => [{ name: 'count', arguments: { n } }]);
    const handle = await harness.start({
      input: 'Count',
      tools: ['count'],
      request: scripted({ rounds: calls, attempts: [dialect.restartable.script, {}] }),
      policy: webhookPolicy({ continueAsNew: { afterEvents: 20 } }),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 6, toolCalls: 3, toolCallsReused: 3 });
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual([dialect.restartable.outcome, 'completed']);
    expect(count.executions(handle.workflowId)).toHaveLength(3);
    const chain = await chainOf(harness, handle);
    expect(chain.length).toBeGreaterThan(2);
    expect(chain.flatMap(({ submitted }) => submitted)).toEqual([['1'], ['2'], ['3'], ['1'], ['2'], ['3']]);
  });

  it('does not carry more than Temporal takes, in whatever script the outputs are written', async () => {
    const handle = await harness.start({
      input: 'Talk',
      tools: ['chinese'],
      // 900,000 characters in all, and 2.7 MB.
      request: scripted({
        rounds: [[{ name: 'chinese', arguments: { n: 300_000 } }]],
        repeat: 3,
        answer: 'Done.',
      }),
      policy: webhookPolicy({ continueAsNew: { afterEvents: 60 } }),
    });
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 3 });
  });
});

async function looks(workflowId: string): Promise<number> {
  return logOf(harness, workflowId).counts()[dialect.endpoints.retrieve] ?? 0;
}

function sum(chain: readonly RunHistory[], type: string): number {
  return chain.reduce((total, history) => total + (countActivities(history)[type] ?? 0), 0);
}
