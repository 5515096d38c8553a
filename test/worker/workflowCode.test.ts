import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { noPayloadKeys } from '../../codec/payloadKeys.ts';
import { chooseWorkflows, workflowSources } from '../../worker/workflowCode.ts';
import { keysOf, newEntry } from '../codec/support.ts';
import { encryptingBundle } from '../support/bundles.ts';

const keys = keysOf(newEntry('a'));

describe('where a worker has its workflows from', () => {
  let encrypting: string;
  let folder: string;
  beforeAll(async () => {
    encrypting = await encryptingBundle();
    folder = await mkdtemp(join(tmpdir(), 'durable-runs-bundles-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('without a bundle, from their source', async () => {
    const { workflowsPath, preloadModules } = workflowSources;
    for (const payloadKeys of [noPayloadKeys, keys])
      expect(await chooseWorkflows(undefined, payloadKeys)).toEqual({
        workflowsPath,
        bundlerOptions: { preloadModules },
      });
  });

  test('from the bundle that is given, where it fits', async () => {
    const plain = inject('workflowBundlePath');
    for (const [codePath, payloadKeys] of [
      [plain, noPayloadKeys],
      [plain, keysOf('none', newEntry('a'))],
      [encrypting, keys],
      [encrypting, noPayloadKeys],
    ] as const) {
      const chosen = await chooseWorkflows(codePath, payloadKeys);
      expect(chosen).toEqual({ workflowBundle: { codePath } });
    }
  });

  test('with encryption, not from a bundle that would write messages of failures as they are', async () => {
    const plain = join(folder, 'workflows.js');
    const beside = join(folder, 'workflows.encrypted.js');
    await copyFile(inject('workflowBundlePath'), plain);
    const choosing = chooseWorkflows(plain, keys);
    await expect(choosing).rejects.toThrow(`The workflow bundle ${plain} would write messages of failures`);
    await expect(choosing).rejects.toThrow(`there is none such at ${beside} either`);
    // One of that name, and no better.
    await copyFile(plain, beside);
    await expect(chooseWorkflows(plain, keys)).rejects.toThrow(beside);

    await copyFile(encrypting, beside);
    expect(await chooseWorkflows(plain, keys)).toEqual({
      workflowBundle: { codePath: beside },
    });
  });
});
