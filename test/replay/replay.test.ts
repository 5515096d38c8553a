import { readFileSync } from 'node:fs';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, inject, it } from 'vitest';
import { readHistories } from './histories.ts';
import { scenarios } from './scenarios.ts';
import { changedBundle } from '../support/bundles.ts';
import { installQuietRuntime } from '../support/quietRuntime.ts';

installQuietRuntime();
const histories = readHistories();

describe('recorded histories', () => {
  it('exist for every kind of run', () => {
    const recorded = histories.map(({ name }) => name.split('/')[1]?.replace(/-\d+$/, ''));
    for (const { name } of scenarios) expect(recorded).toContain(name);
  });

  it('replay with the present code', async () => {
    expect(await replayAll({ codePath: inject('workflowBundlePath') })).toEqual([]);
  });

  it('replay with a change that is guarded, as the next release will be', async () => {
    expect(await replayAll({ codePath: await changedBundle('guarded') })).toEqual([]);
  });

  it('none replays with the same change unguarded: this is how such a change is noticed', async () => {
    const failed = await replayAll({ codePath: await changedBundle('unguarded') });
    expect(failed.map(({ name }) => name).toSorted()).toEqual(histories.map(({ name }) => name).toSorted());
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
  /** Of the recorded history. */
  readonly name: string;
  readonly error: Error;
}

/** Replays every history with this code; gives those that failed. */
async function replayAll(workflowBundle: WorkflowBundleOption): Promise<FailedReplay[]> {
  const failed: FailedReplay[] = [];
  let replayed = 0;
  for await (const { runId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    replayed += 1;
    // Of one that continued as new, each execution has a history.
    const { name } = histories.find((recorded) => recorded.runId === runId) ?? { name: runId };
    if (error !== undefined) failed.push({ name, error });
  }
  expect(replayed).toBe(histories.length);
  return failed;
}
