import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { root } from '../../scripts/start/configuration.ts';
import { copySources, type SourceChange } from './sources.ts';

const deploymentName = 'chaos';
/** Recorded in the history of each run that has begun with a next build. */
export const nextBuildPatch = 'chaos-next-build';
const pauseMs = 200;

/** A step that new runs get and those under way do not: the least that a change of the workflow can be, and guarded as it has to be. */
const nextBuild: readonly SourceChange[] = [
  {
    file: 'workflows/openaiRun.ts',
    from: '  isCancellation,\n  setHandler,',
    to: '  isCancellation,\n  patched,\n  setHandler,',
  },
  {
    file: 'workflows/openaiRun.ts',
    from: '  try {\n    return conclude(',
    to: `  try {\n    if (patched('${nextBuildPatch}')) await sleep(1);\n    return conclude(`,
  },
];

/** The builds of the workers: the first is the code as it is, each later one has a changed workflow. */
export class Builds {
  readonly #first: string;
  readonly #next: string;
  #build = 1;

  private constructor(first: string, next: string) {
    this.#first = first;
    this.#next = next;
  }

  /** @param sources where the first build's workflows are; others than the project's own get no other build's changes */
  static async make(folder: string, sources: string): Promise<Builds> {
    const first = await bundle(sources, path.join(folder, 'workflow-bundle.js'));
    if (sources !== root) return new Builds(first, first);
    const changed = copySources(path.join(folder, 'next-build'), nextBuild);
    return new Builds(first, await bundle(changed, path.join(folder, 'next-workflow-bundle.js')));
  }

  /** From now on workers are started with the next build. */
  begin(): void {
    this.#build += 1;
  }

  /** For a worker of the newest build. */
  get environment(): NodeJS.ProcessEnv {
    return {
      WORKFLOW_BUNDLE: this.#build === 1 ? this.#first : this.#next,
      WORKER_DEPLOYMENT_NAME: deploymentName,
      WORKER_BUILD_ID: String(this.#build),
    };
  }

  /** Makes runs go to the newest build, those under way too, once one of its workers asks for work. */
  async makeCurrent(client: Client, ended: AbortSignal): Promise<void> {
    const { namespace } = client.options;
    const buildId = String(this.#build);
    for (;;) {
      ended.throwIfAborted();
      try {
        await client.workflowService.setWorkerDeploymentCurrentVersion({
          namespace,
          deploymentName,
          buildId,
        });
        return;
      } catch {
        // Not known yet, or Temporal is away.
        await sleep(pauseMs);
      }
    }
  }
}

async function bundle(sources: string, file: string): Promise<string> {
  const workflowsPath = path.join(sources, 'workflows', 'index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  writeFileSync(file, code);
  return file;
}
