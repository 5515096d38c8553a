import { randomUUID } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { expect, inject, it } from 'vitest';
import type { RunResult } from '../../core/result.ts';
import { makeCurrent } from '../../scripts/rollout/makeCurrent.ts';
import { patches } from '../../scripts/rollout/patches.ts';
import { changedBundle } from '../support/bundles.ts';
import { dialect } from '../support/presentDialect.ts';
import { until } from '../workflows/support.ts';
import { executionsOf, type Execution } from './executions.ts';
import { hasGoneOn, isAbout, longKinds, quickKinds, startRuns, type StartedRun } from './rolloutRuns.ts';
import { System } from './system.ts';
import { installQuietRuntime } from '../support/quietRuntime.ts';

const { VERSIONING_BEHAVIOR_AUTO_UPGRADE } = temporal.api.enums.v1.VersioningBehavior;

/*
 * A changed workflow is deployed while runs are under way. The simulator's time stands still meanwhile, so that which runs end before and
 * which after is no matter of luck: those called quick need none of its time, the others more than it gives.
 */

installQuietRuntime();

it(
  'a changed workflow is deployed under load: runs go over to it, and nothing happens twice',
  { timeout: 300_000 },
  async ({ signal }) => {
    const nextBundle = await changedBundle('guarded');
    await using system = await System.start();
    const { client, simulator } = system;
    const deploymentName = `rollout-${randomUUID()}`;
    const startBuild = (buildId: string, more: Record<string, string> = {}) =>
      system.startWorker({ WORKER_DEPLOYMENT_NAME: deploymentName, WORKER_BUILD_ID: buildId, ...more });
    await system.startListeningBridge();
    const first = await startBuild('1');
    await makeCurrent(client, { deploymentName, buildId: '1' }, signal);

    simulator.setTime('stepped');
    const long = await startRuns(system, longKinds, 1);
    await Promise.all(long.map(({ id }) => system.seen(isAbout(id, ({ from }) => from === null))));
    await simulator.advance(120);
    // Tools have acted, and outputs were submitted; what failed has been made anew. Nothing has ended that is not followed by something.
    await Promise.all(long.map((run) => hasGoneOn(system, run)));

    const quick = [await startRuns(system, quickKinds, 1)];
    await startBuild('2', { WORKFLOW_BUNDLE: nextBundle });
    const [during] = await Promise.all([
      startRuns(system, quickKinds, 2),
      makeCurrent(client, { deploymentName, buildId: '2' }, signal),
    ]);
    const [whileStopping, exitCode] = await Promise.all([startRuns(system, quickKinds, 1), first.stop()]);
    const after = await startRuns(system, quickKinds, 1);
    quick.push(during, whileStopping, after);
    simulator.setTime('real');

    expect(exitCode).toBe(0);
    const all = [...long, ...quick.flat()];
    const results = await Promise.all(all.map((run) => run.result()));
    const chains = await Promise.all(
      all.map(({ id, firstExecutionRunId }) => executionsOf(client, id, firstExecutionRunId)),
    );

    expect(all).toHaveLength(42);
    const ends = all.map(({ id, kind }, index) => {
      const { status, text, recreations, orphans } = results[index] ?? {};
      return { kind: kind.name, status, text, recreations, orphans, made: madeFor(system, id) };
    });
    expect(ends).toEqual(
      all.map(({ kind }, index) => {
        const made = toldOf(results[index]);
        return { kind: kind.name, status: 'completed', text: kind.text, recreations: 0, orphans: [], made };
      }),
    );
    for (const executions of chains) {
      for (const execution of executions) expectGuarded(execution);
      const last = executions.at(-1);
      expect(last?.patches.includes(patches.ending)).toBe(last?.builds.at(-1) === '2');
    }

    const buildsOf = (runs: readonly StartedRun[]) =>
      runs.map((run) => (chains[all.indexOf(run)] ?? []).flatMap(({ builds }) => builds));
    for (const builds of buildsOf(long)) {
      expect(builds[0]).toBe('1');
      expect(builds.at(-1)).toBe('2');
    }
    // With workers of the first build gone, only the second is there for what is new.
    for (const builds of buildsOf(after)) expect(new Set(builds)).toEqual(new Set(['2']));
    // What has begun with the change cannot go back: the old code knows nothing of it.
    const begunAnew = after.at(0);
    if (begunAnew === undefined) throw new Error('Expected a run that began with the new build.');
    const history = await client.workflow.getHandle(begunAnew.id).fetchHistory();
    const replayWith = (codePath: string) =>
      Worker.runReplayHistory({ workflowBundle: { codePath } }, history, begunAnew.id);
    await expect(replayWith(nextBundle)).resolves.toBeUndefined();
    await expect(replayWith(inject('workflowBundlePath'))).rejects.toThrow(DeterminismViolationError);

    // Those that continued as new have both: the first execution goes on without the change, the next begins with it.
    const continued = long.filter(({ kind }) => kind.name === 'continue as new');
    for (const run of continued) expect(chains[all.indexOf(run)]?.length).toBeGreaterThan(1);
  },
);

it('a change without a guard is deployed: runs stand still, and go on when the old version is back', async () => {
  const wrongBundle = await changedBundle('unguarded');
  await using system = await System.start();
  const { client, simulator } = system;
  simulator.setTime('stepped');
  const first = await system.startWorker();
  const run = await system.startRun({ input: 'Do it', policy: { wait: { initialMs: 200, totalMs: null } } });
  await system.seen((entry) => entry.kind === 'request' && entry.endpoint === dialect.endpoints.retrieve);
  await first.stop();

  const wrong = await system.startWorker({ WORKFLOW_BUNDLE: wrongBundle });
  await until(async () => {
    const executions = await executionsOf(client, run.id, run.firstExecutionRunId);
    return executions.some(({ failedTasks }) => failedTasks > 0) ? true : undefined;
  });
  await wrong.stop();
  await system.startWorker();
  simulator.setTime('real');

  const result = await run.result();
  expect(result).toMatchObject({ status: 'completed', recreations: 0, orphans: [] });
  expect(madeFor(system, run.id)).toEqual(toldOf(result));
});

/** The ids of all that the provider has made for a run, in order. */
function madeFor(system: System, id: string): string[] {
  return [...new Set(system.changes(id).map(({ runId }) => runId))];
}

/** The same, as the run tells it. */
function toldOf(result: RunResult | undefined): string[] {
  return (result?.attempts ?? []).flatMap(({ earlierRefs, ref }) =>
    [...earlierRefs, ref].map(({ id }) => id),
  );
}

/** An execution that has seen the change at its beginning only if it began with it, and moved to the new build only once. */
function expectGuarded({ builds, behaviours, patches: recorded, failedTasks }: Execution): void {
  expect(failedTasks).toBe(0);
  expect([...behaviours]).toEqual([VERSIONING_BEHAVIOR_AUTO_UPGRADE]);
  expect(builds).toEqual(builds.toSorted());
  expect(recorded.includes(patches.beginning)).toBe(builds[0] === '2');
}
