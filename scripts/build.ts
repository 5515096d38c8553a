import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowSourcesIn } from '../worker/workflowCode.ts';

/*
 * Builds what the package ships into `dist/` (or the folder given): JavaScript with types, and the workflow bundle. Development and tests
 * need none of it.
 */

const root = path.resolve(import.meta.dirname, '..');
const target = path.resolve(root, process.argv[2] ?? 'dist');

rmSync(target, { recursive: true, force: true });
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', target], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);

// The second is for workers that encrypt payloads, which find it beside the first.
const failureConverterPath = path.join(target, 'codec', 'failureConverter.js');
for (const [name, converter] of [
  ['workflow-bundle.js', {}],
  ['workflow-bundle.encrypted.js', { failureConverterPath }],
] as const) {
  const { code } = await bundleWorkflowCode({
    ...converter,
    ...workflowSourcesIn(target, '.js'),
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(path.join(target, name), code);
}
cpSync(path.join(root, 'simulator', 'page'), path.join(target, 'simulator', 'page'), {
  recursive: true,
  filter: (file) => !file.endsWith('.ts'),
});
