import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { expect, inject, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import type { RunInput } from '../../core/input.ts';
import { createClient } from '../../providers/account.ts';
import { demonstrationTools } from '../../tools/demonstration.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { historiesFolder, recordedId, scenarioOf } from './histories.ts';
import { LingeringTool, refuse } from './recorderTools.ts';
import { scenarios, type Scenario } from './scenarios.ts';

/*
 * Records, with the present code, the history of every scenario that this version has none of: `npm run histories:record`. What is recorded
 * stays as it is, for it says what has been released; before the release, a file that is deleted is recorded anew.
 */

it('records a history of every kind of run', { timeout: 600_000 }, async () => {
  const folder = path.join(historiesFolder, packageJson.version);
  await mkdir(folder, { recursive: true });
  const recorded = new Set((await readdir(folder)).map(scenarioOf));
  for (const scenario of scenarios.filter(({ name }) => !recorded.has(name))) {
    const linger = new LingeringTool();
    const harness = await startHarness({
      webhooks: scenario.withoutWebhooks !== true,
      tools: [...demonstrationTools, refuse, linger.tool],
    });
    try {
      const executions = await play(harness, scenario, linger);
      expect(executions.length).toBeGreaterThan(0);
      for (const [index, history] of executions.entries()) {
        const name = executions.length === 1 ? scenario.name : `${scenario.name}-${index + 1}`;
        await writeFile(path.join(folder, `${name}.json`), `${JSON.stringify(scrub(history))}\n`);
      }
    } finally {
      await harness.stop();
    }
  }
});

/** Plays a scenario to its end, and gives the histories of its executions in order. */
async function play(harness: Harness, scenario: Scenario, linger: LingeringTool): Promise<unknown[]> {
  for (const fault of scenario.faults ?? []) harness.simulator.addFault(fault);
  const handle = await harness.start(await inputOf(harness, scenario), recordedId(scenario.name));
  if (scenario.cancelWhen === linger.tool.name) {
    await linger.isExecuted;
    await handle.cancel();
  } else if (scenario.cancelWhen !== undefined) {
    await harness.simulator.log.waitFor((entry) => entry.kind === 'run' && entry.to === scenario.cancelWhen);
    await handle.cancel();
  }
  await settled(handle);
  const histories: unknown[] = [];
  for (let runId: string | undefined = handle.firstExecutionRunId; runId !== undefined;) {
    histories.push(await show(handle.workflowId, runId));
    const execution: WorkflowHandle = harness.client.workflow.getHandle(handle.workflowId, runId);
    const last = (await execution.fetchHistory()).events?.at(-1);
    runId = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return histories;
}

/** A scenario's input; with a thread that somebody else's run holds, where it wants one. */
async function inputOf({ account }: Harness, { input, threadHeldBy }: Scenario): Promise<RunInput> {
  if (threadHeldBy === undefined) return input;
  const { threads } = createClient(account).beta;
  const { id } = await threads.create();
  const metadata = { simulator: JSON.stringify(threadHeldBy) };
  await threads.runs.create(id, { assistant_id: 'asst_simulator', metadata });
  return { ...input, request: { ...input.request, thread_id: id } };
}

/** An execution's history as Temporal's own command line writes it: the form that the SDK replays. */
async function show(workflowId: string, runId: string): Promise<unknown> {
  const where = ['--address', inject('temporalAddress'), '--workflow-id', workflowId, '--run-id', runId];
  const { stdout } = await promisify(execFile)(
    inject('temporalExecutable'),
    ['workflow', 'show', ...where, '--output', 'json'],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout);
}

async function settled(handle: { result(): Promise<unknown> }): Promise<void> {
  try {
    await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
  }
}

const identity = `${process.pid}@${hostname()}`;

/** Takes out what belongs to the machine that recorded: process identities, and paths in stack traces. */
function scrub(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(identity, 'recorder');
  if (Array.isArray(value)) return value.map(scrub);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, key === 'stackTrace' ? '' : scrub(part)]),
  );
}
