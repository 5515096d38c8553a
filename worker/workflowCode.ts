import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { WorkerOptions } from '@temporalio/worker';
import type { PayloadKeys } from '../codec/payloadKeys.ts';
import { StartupError } from '../config/process.ts';

/**
 * Where a worker has its workflows from: the bundle that is given, or else their source. The converter of failures is a part of a bundle,
 * and without ours a workflow's messages would be plain text: with encryption, a bundle has to have been made with it.
 *
 * @throws {StartupError} when there is only a bundle without it
 */
export async function chooseWorkflows(
  workflowsPath: string,
  bundlePath: string | undefined,
  { encryptWith }: PayloadKeys,
): Promise<Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle'>> {
  if (bundlePath === undefined) return { workflowsPath };
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
