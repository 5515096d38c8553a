import { readFileSync } from 'node:fs';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, inject, it } from 'vitest';
import { readHistories } from './histories.ts';
import { scenarios } from './scenarios.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const histories = readHistories();

describe('recorded histories', () => {
  it('exist for every kind of run', () => {
    const recorded = histories.map(({ name }) => name.split('/')[1]?.replace(/-\d+$/, ''));
    for (const { name } of scenarios) expect(recorded).toContain(name);
  });

  it.each(histories)('$name replays with the present code', async ({ history, workflowId }) => {
    const workflowBundle = { codePath: inject('workflowBundlePath') };
    const replay = Worker.runReplayHistory({ workflowBundle }, history, workflowId);
    await expect(replay).resolves.toBeUndefined();
  });

  it('do not replay with workflow code that does something else', async () => {
    const code = readFileSync(inject('workflowBundlePath'), 'utf8');
    const changed = code.replace('activities.createRun(', 'activities.findRun(');
    expect(changed).not.toBe(code);
    const recorded = histories.find(({ name }) => name.endsWith('/webhook'));
    await expect(
      Worker.runReplayHistory({ workflowBundle: { code: changed } }, recorded?.history, recorded?.workflowId),
    ).rejects.toThrow(DeterminismViolationError);
  });
});
