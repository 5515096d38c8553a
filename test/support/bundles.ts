import { existsSync } from 'node:fs';
import { mkdir, rename, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { inject } from 'vitest';
import { failureConverterPath } from '../../codec/dataConverter.ts';
import { bundleChangedWorkflow, type Change } from '../../scripts/rollout/changedBundle.ts';
import { workflowSources } from '../../worker/workflowCode.ts';

/* Workflow bundles other than the usual one, as files. Making one takes seconds of a core: the first test that needs it does, for all. */

/** One that encrypts failures. */
export function encryptingBundle(): Promise<string> {
  return makeOnce('encrypting', async () => {
    const logger = new DefaultLogger('WARN');
    return (await bundleWorkflowCode({ ...workflowSources, failureConverterPath, logger })).code;
  });
}

/** One with a changed workflow. */
export function changedBundle(change: Change): Promise<string> {
  return makeOnce(change, () => bundleChangedWorkflow(change));
}

/** Tests run in several processes: who can make the folder makes the bundle. */
async function makeOnce(name: string, make: () => Promise<string>): Promise<string> {
  const file = join(dirname(inject('workflowBundlePath')), `${name}.js`);
  const lock = `${file}.lock`;
  while (!existsSync(file)) {
    const isMine = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (!isMine) {
      await sleep(100);
      continue;
    }
    try {
      await writeFile(`${file}.part`, await make());
      await rename(`${file}.part`, file);
    } finally {
      await rmdir(lock);
    }
  }
  return file;
}
