import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { bundleChangedWorkflow } from '../../scripts/rollout/changedBundle.ts';
import { makeCurrent } from '../../scripts/rollout/makeCurrent.ts';
import { root } from '../../scripts/start/configuration.ts';
import { workflowSourcesIn } from '../../worker/workflowCode.ts';
import { persist } from './persist.ts';

const deploymentName = 'chaos';

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
    const next = path.join(folder, 'next-workflow-bundle.js');
    writeFileSync(next, await bundleChangedWorkflow('guarded'));
    return new Builds(first, next);
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

  /** Makes runs go to the newest build, those under way too, once one of its workers asks for work. Temporal may be away meanwhile. */
  makeCurrent(client: Client, ended: AbortSignal): Promise<void> {
    const buildId = String(this.#build);
    return persist(() => makeCurrent(client, { deploymentName, buildId }, ended), ended);
  }
}

async function bundle(sources: string, file: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...workflowSourcesIn(sources, '.ts'),
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(file, code);
  return file;
}
