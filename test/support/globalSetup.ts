import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { TestProject } from 'vitest/node';
import { searchAttributeNames } from '../../core/searchAttributes.ts';
import { findTemporalExecutable } from '../../scripts/temporal/executable.ts';
import { workflowSources } from '../../worker/workflowCode.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The Temporal CLI, for tests that start a server of their own. */
    temporalExecutable: string;
    /** The Temporal server that the tests share; each uses task queues and ids of its own. */
    temporalAddress: string;
    /** A file with the workflow bundle: made once, for making it takes seconds. */
    workflowBundlePath: string;
    /** The provider that the workflow's tests run with this time; absent in the others. */
    provider?: string;
  }
}

/** The server fires timers up to a second late, to fire them together: tests would wait for that. */
const promptTimers = ['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="5ms"'];

/** Starts what all tests share: a real Temporal server, and the workflow bundle. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Hundreds of processes load the same code: the first compiles it.
  process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../../node_modules/.cache/compiled');
  const logger = new DefaultLogger('WARN');
  Runtime.install({ logger });
  const { path } = await findTemporalExecutable();
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      log: { format: 'pretty', level: 'error' },
      extraArgs: promptTimers,
      searchAttributes: Object.values(searchAttributeNames).map((name) =>
        defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
      ),
    },
  });
  const folder = await mkdtemp(join(tmpdir(), 'durable-runs-test-'));
  const workflowBundlePath = join(folder, 'workflows.js');
  const { code } = await bundleWorkflowCode({ ...workflowSources, logger });
  await writeFile(workflowBundlePath, code);

  project.provide('temporalExecutable', path);
  project.provide('temporalAddress', environment.address);
  project.provide('workflowBundlePath', workflowBundlePath);
  return async () => {
    await environment.teardown();
    await rm(folder, { recursive: true });
  };
}
