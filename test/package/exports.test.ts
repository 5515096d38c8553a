import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowSources } from '../../worker/index.ts';
import type { startSimulator as start } from '../../simulator/index.ts';
import packageJson from '../../package.json' with { type: 'json' };

const root = path.resolve(import.meta.dirname, '../..');
// Inside the project, so that what is built finds the dependencies.
const target = path.join(root, '.durable-runs', `build-${process.pid}`);
const builtFile = (file: string): string => path.join(target, path.relative('./dist', file));

describe('the built package', () => {
  beforeAll(async () => {
    await promisify(execFile)('node', ['scripts/build.ts', target], { cwd: root });
  });
  afterAll(() => rm(target, { recursive: true, force: true }));

  it.each([
    ['./client', ['RunsClient', 'RunNotCompletedError', 'failureTypes']],
    ['./worker', ['createWorkers', 'runWorkers', 'runWorkerProcess', 'defineTool', 'workflowSources']],
    ['./workflows', ['openaiRun', 'openaiRunType', 'runReportQuery', 'wakeUpSignal']],
    ['./bridge', ['createBridge', 'webhookPath']],
    ['./codec', ['createDataConverter', 'readPayloadKeys', 'failureConverterPath']],
    ['./simulator', ['startSimulator']],
  ] as const)('exports %s, with types', async (name, expected) => {
    const entry = packageJson.exports[name];
    const exported: unknown = await import(pathToFileURL(builtFile(entry.default)).href);
    expect(Object.keys(Object(exported))).toEqual(expect.arrayContaining([...expected]));
    expect(existsSync(builtFile(entry.types))).toBe(true);
  });

  it('finds its workflows, and has a bundle of them', async () => {
    const { workflowSources }: { workflowSources: WorkflowSources } = await import(
      pathToFileURL(builtFile(packageJson.exports['./worker'].default)).href
    );
    const { workflowsPath, preloadModules } = workflowSources;
    expect(path.relative(target, workflowsPath)).toBe(path.join('workflows', 'index.js'));
    for (const file of [workflowsPath, ...preloadModules]) expect(existsSync(file)).toBe(true);
    expect(existsSync(path.join(target, 'workflow-bundle.js'))).toBe(true);
    expect(existsSync(path.join(target, 'workflow-bundle.encrypted.js'))).toBe(true);
  });

  it('has the page of the simulator', async () => {
    const { startSimulator }: { startSimulator: typeof start } = await import(
      pathToFileURL(builtFile(packageJson.exports['./simulator'].default)).href
    );
    const simulator = await startSimulator({ port: 0 });
    try {
      expect((await fetch(simulator.url)).status).toBe(200);
    } finally {
      await simulator.close();
    }
  });

  it.each(Object.values(packageJson.bin))('runs %s', async (file) => {
    const { stdout } = await promisify(execFile)(process.execPath, [builtFile(file), '--help']);
    expect(stdout).toContain('Usage:');
  });
});
