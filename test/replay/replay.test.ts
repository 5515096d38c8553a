import { readFileSync } from 'node:fs';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, inject, it } from 'vitest';
import { bundleChangedWorkflow, type Change } from '../../scripts/rollout/changedBundle.ts';
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

  it('replay with a change that is guarded, as the next release will be', async () => {
    expect(await replayAll('guarded')).toEqual([]);
  });

  it('none replays with the same change unguarded: this is how such a change is noticed', async () => {
    const failed = await replayAll('unguarded');
    const ids = failed.map(({ workflowId }) => workflowId);
    expect(ids.toSorted()).toEqual(histories.map(({ workflowId }) => workflowId).toSorted());
    for (const { error } of failed) expect(error).toBeInstanceOf(DeterminismViolationError);
  });

  it('do not replay with a call that became another', async () => {
    const code = readFileSync(inject('workflowBundlePath'), 'utf8');
    const changed = code.replace('activities.createRun(', 'activities.findRun(');
    expect(changed).not.toBe(code);
    const recorded = histories.find(({ name }) => name.endsWith('/webhook'));
    await expect(
      Worker.runReplayHistory({ workflowBundle: { code: changed } }, recorded?.history, recorded?.workflowId),
    ).rejects.toThrow(DeterminismViolationError);
  });
});

interface FailedReplay {
  readonly workflowId: string;
  readonly error: Error;
}

/** Replays every history with a changed workflow; gives those that failed. */
async function replayAll(change: Change): Promise<FailedReplay[]> {
  const workflowBundle = { code: await bundleChangedWorkflow(change) };
  const failed: FailedReplay[] = [];
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    replayed += 1;
    if (error !== undefined) failed.push({ workflowId, error });
  }
  expect(replayed).toBe(histories.length);
  return failed;
}
