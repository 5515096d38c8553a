import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';
import type { PayloadKeys } from '../codec/payloadKeys.ts';
import { StartupError } from '../config/process.ts';

/** What a workflow bundle is made of: options of the SDK's `bundleWorkflowCode`. */
export interface WorkflowSources {
  /** The file whose exports are the workflow types. */
  readonly workflowsPath: string;
  /** The modules that runs share, so that each does not load its own: see `workflows/shared.ts`. */
  readonly preloadModules: string[];
}

/** The workflows: of the built package, or of the sources, whichever this is. */
export const workflowSources: WorkflowSources = workflowSourcesIn(
  fileURLToPath(new URL('..', import.meta.url)),
  path.extname(import.meta.filename),
);

/** The workflows of the sources, or of a built package, at this place. */
export function workflowSourcesIn(root: string, ending: string): WorkflowSources {
  const folder = path.join(root, 'workflows');
  return {
    workflowsPath: path.join(folder, `index${ending}`),
    preloadModules: [path.join(folder, `shared${ending}`)],
  };
}

/**
 * Where a worker has its workflows from: the bundle that is given, or else their source. The converter of failures is a part of a bundle,
 * and without ours a workflow's messages would be plain text: with encryption, a bundle has to have been made with it.
 *
 * @throws {StartupError} when there is only a bundle without it
 */
export async function chooseWorkflows(
  bundlePath: string | undefined,
  { encryptWith }: PayloadKeys,
): Promise<Pick<WorkerOptions, 'workflowsPath' | 'bundlerOptions' | 'workflowBundle'>> {
  const { workflowsPath, preloadModules } = workflowSources;
  if (bundlePath === undefined) return { workflowsPath, bundlerOptions: { preloadModules } };
  if (encryptWith === undefined || (await hasFailureConverter(bundlePath)))
    return { workflowBundle: { codePath: bundlePath } };
  const beside = bundlePath.replace(/(\.[cm]?js)?$/, '.encrypted$&');
  if (existsSync(beside) && (await hasFailureConverter(beside)))
    return { workflowBundle: { codePath: beside } };
  throw new StartupError(
    `The workflow bundle ${bundlePath} would write messages of failures unencrypted: with PAYLOAD_ENCRYPTION_KEYS a bundle has to be made ` +
      `with the failureConverterPath of durable-runs/codec, and there is none such at ${beside} either. Make it (npm run build does), ` +
      'or give no bundle.',
  );
}

/** Bundled without a converter of its own, the SDK's place for one is a module that webpack says it has left out. */
async function hasFailureConverter(bundlePath: string): Promise<boolean> {
  const code = await readFile(bundlePath, 'utf8');
  return !code.includes('__temporal_custom_failure_converter (ignored)');
}
