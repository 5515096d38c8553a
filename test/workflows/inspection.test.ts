import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { totalCalls } from '../../core/calls.ts';
import { searchAttributeNames } from '../../core/searchAttributes.ts';
import { runReportQuery } from '../../workflows/messages.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import {
  dialect,
  doing,
  failureOf,
  historyOf,
  quickPolicy,
  reached,
  recordingTool,
  scripted,
  webhookPolicy,
  type RunHandle,
} from './support.ts';

const count = recordingTool('count');
const released = Promise.withResolvers<number>();
const blocked = recordingTool('blocked', () => released.promise);

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ tools: [count.tool, blocked.tool] });
});
afterAll(() => {
  released.resolve(1);
  return harness.stop();
});

const metadataSchema = z.object({ currentDetails: z.string() });

async function currentDetails(handle: RunHandle): Promise<string> {
  const metadata: unknown = await handle.query('__temporal_workflow_metadata');
  return metadataSchema.parse(metadata).currentDetails;
}

/** The rows of a markdown table with two columns. */
function readTable(markdown: string): Record<string, string> {
  const [head, rule, ...rows] = markdown.split('\n');
  expect([head, rule]).toEqual(['| | |', '|---|---|']);
  return Object.fromEntries(
    rows.map((row) => {
      const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      expect(cells).toHaveLength(4);
      return [cells[1] ?? '', cells[2] ?? ''];
    }),
  );
}

describe.concurrent('in the Web UI', () => {
  it('a run that waits shows what it waits for, in a table', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'in_progress' }),
      policy: webhookPolicy(),
    });
    const { current } = await doing(handle, /^waiting/);
    expect(readTable(await currentDetails(handle))).toEqual({
      Now: expect.stringMatching(/^waiting \d+(\.\d)? s or for a webhook$/),
      Status: 'queued',
      Provider: `${dialect.provider}, account default`,
      Model: 'gpt-sim',
      Attempt: `1: \`${current?.ref.id}\``,
      ...(dialect.hasThreads ? { Thread: `\`${current?.ref.containerId}\`` } : {}),
      'Tool rounds': '0',
      'Provider calls': String(totalCalls(dialect.preparation) + 1),
    });
    await handle.cancel();
  });

  it('a run that was restarted shows how its earlier attempts ended', async () => {
    const handle = await harness.start({
      input: 'What is 2+2?',
      request: scripted({ attempts: [dialect.restartable.script, {}] }),
      policy: webhookPolicy(),
    });
    const { attempts } = await handle.result();

    const table = readTable(await currentDetails(handle));
    expect(table).toMatchObject({
      Now: 'completed',
      Status: 'completed',
      Attempt: `2: \`${attempts[1]?.ref.id}\``,
      'Attempt 1': `\`${attempts[0]?.ref.id}\` ${dialect.restartable.outcome}`,
      'Provider calls': '4',
    });
  });

  it('the table stays one, whatever the model calls its tools', async () => {
    const handle = await harness.start({
      input: 'Call',
      tools: ['blocked'],
      request: scripted({
        rounds: [
          [
            { name: 'a | b\nc', arguments: {} },
            { name: 'blocked', arguments: { n: 1 } },
          ],
        ],
      }),
      policy: webhookPolicy(),
    });
    await doing(handle, /^executing/);
    expect(readTable(await currentDetails(handle))['Now']).toContain('blocked');
    await handle.cancel();
  });

  it('every activity and every timer says what it is for', async () => {
    const handle = await harness.start({
      input: 'Count',
      tools: ['count'],
      request: scripted({ rounds: [[{ name: 'count', arguments: { n: 4 } }]] }),
      policy: quickPolicy(),
    });
    await handle.result();

    const { activities, timers } = await historyOf(handle);
    const told = activities.filter(({ type }) => type !== 'retrieveRun');
    expect(told).toEqual([
      { type: 'createRun', summary: 'create the run, attempt 1' },
      ...(dialect.preparations === 0
        ? []
        : [{ type: 'createRun', summary: 'create the run, attempt 1, step 2' }]),
      { type: 'count', summary: '{"n":4}' },
      { type: 'submitToolOutputs', summary: 'submit 1 tool output, round 1' },
    ]);
    for (const { summary } of activities) expect(summary).not.toBe('');
    for (const summary of timers) expect(summary).toMatch(/^waiting \d+ ms or for a webhook$/);
  });
});

describe.concurrent('the search attributes', () => {
  it('of a run that has ended name its provider, status, model and provider run', async () => {
    const handle = await harness.start({ input: 'What is 2+2?', policy: webhookPolicy() });
    const { attempts } = await handle.result();

    expect(await attributesOf(handle)).toEqual({
      [searchAttributeNames.provider]: dialect.provider,
      [searchAttributeNames.status]: 'completed',
      [searchAttributeNames.model]: 'gpt-sim',
      [searchAttributeNames.providerRunId]: attempts[0]?.ref.id,
    });
  });

  it('of a run that failed say how, and name the last attempt', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted(dialect.restartable.script),
      policy: webhookPolicy({ restarts: { maximumAttempts: 2 } }),
    });
    const { result } = await failureOf(handle);

    expect(await attributesOf(handle)).toMatchObject({
      [searchAttributeNames.status]: dialect.restartable.outcome,
      [searchAttributeNames.providerRunId]: result.attempts[1]?.ref.id,
    });
  });

  it('are written at transitions, not at every check', async () => {
    const handle = await harness.start({
      input: 'Hello',
      request: scripted({ stuck: 'in_progress' }),
      policy: quickPolicy({ wait: { initialMs: 10, maximumMs: 10 } }),
    });
    await reached(harness, handle.workflowId, 'in_progress');
    await doing(handle, /^waiting/);
    while (((await handle.query(runReportQuery)).calls.retrieve ?? 0) < 4) continue;
    expect((await historyOf(handle)).upserts).toBeLessThanOrEqual(2);
    await handle.cancel();
  });
});

async function attributesOf(handle: RunHandle): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await handle.describe();
  const own = new Set<string>(Object.values(searchAttributeNames));
  return Object.fromEntries(
    typedSearchAttributes
      .getAll()
      .filter(({ key }) => own.has(key.name))
      .map(({ key, value }) => [key.name, value]),
  );
}
