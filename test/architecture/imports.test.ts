import { isBuiltin } from 'node:module';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { folderOf, importsIn, loadedBy, packageOf, read, repositoryFiles, type Import } from './support.ts';

/** Which of our folders, and which packages of others, a folder's files may import. */
interface Rule {
  readonly folders: readonly string[];
  /** Absent: any that package.json declares. */
  readonly packages?: readonly string[];
  /** Folders that only some of its files may import. */
  readonly exception?: { readonly files: RegExp; readonly folders: readonly string[] };
}

const temporalCommon = ['@temporalio/common', '@temporalio/workflow'];
const rules: Record<string, Rule> = {
  core: { folders: [], packages: ['zod'] },
  workflows: { folders: ['core'], packages: temporalCommon },
  providers: { folders: ['core'], packages: ['openai', 'zod'] },
  tools: { folders: ['core'], packages: ['zod'] },
  activities: {
    folders: ['providers', 'tools', 'core'],
    packages: ['@temporalio/activity', '@temporalio/common'],
  },
  config: { folders: ['core', 'providers'] },
  codec: { folders: ['config', 'core'] },
  worker: { folders: ['activities', 'codec', 'core', 'config', 'providers', 'tools'] },
  client: {
    folders: ['codec', 'core', 'config', 'workflows'],
    // Setting up webhooks is a conversation with the provider, without Temporal.
    exception: { files: /^client\/commands\/webhooks\//, folders: ['providers'] },
  },
  bridge: { folders: ['providers', 'client', 'codec', 'core', 'config', 'workflows'] },
  simulator: { folders: [] },
  // It starts what users start, and what they would use instead.
  bench: { folders: ['core', 'config', 'client', 'simulator', 'scripts', 'providers'] },
  // The user of the whole system, and whoever breaks it: it starts processes, and looks at them from outside.
  chaos: {
    folders: ['core', 'client', 'codec', 'config', 'scripts', 'simulator', 'tools'],
    // A worker with a tool of its own, and what workers load.
    exception: { files: /^chaos\/(worker|stage\/builds)\.ts$/, folders: ['worker'] },
  },
  scripts: {
    folders: [
      'core',
      'config',
      'providers',
      'tools',
      'activities',
      'worker',
      'client',
      'codec',
      'bridge',
      'simulator',
      'workflows',
    ],
  },
};

const sources = repositoryFiles().filter(
  (file) => /\.(ts|mts|mjs|js)$/.test(file) && !file.endsWith('.d.mts') && folderOf(file) in rules,
);
const imports: readonly Import[] = sources.flatMap((file) => importsIn(file, read(file)));
const own = imports.filter((found) => !found.isPackage);
const foreign = imports.filter((found) => found.isPackage && !isBuiltin(found.to));
const isProviders = (file: string): boolean => folderOf(file) === 'providers' || packageOf(file) === 'openai';
const show = (found: readonly Import[]): string[] => found.map(({ from, to }) => `${from} -> ${to}`);

describe('the search for imports', () => {
  test.each<[string, Partial<Import>[]]>([
    ["import { a } from './b.ts';", [{ to: 'core/b.ts', isPackage: false, typeOnly: false }]],
    ["import type { A } from '../x/b.ts';", [{ to: 'x/b.ts', typeOnly: true }]],
    ["import { type A, type B } from 'p';", [{ to: 'p', isPackage: true, typeOnly: true }]],
    ["import { a, type B } from 'p';", [{ typeOnly: false }]],
    ["import {\n  a,\n  b,\n} from 'p/q';", [{ to: 'p/q' }]],
    ["import a, * as b from '@s/p';", [{ to: '@s/p' }]],
    ["import './effect.ts';", [{ to: 'core/effect.ts', typeOnly: false }]],
    [
      "export { a } from './b.ts';\nexport type { C } from './d.ts';",
      [{ to: 'core/b.ts' }, { typeOnly: true }],
    ],
    ["export * from './b.ts';", [{ to: 'core/b.ts' }]],
    ["const m = await import('p');", [{ to: 'p' }]],
    ["// import { a } from './b.ts';\n/* import 'c'; */", []],
    ["const text = 'an import from nowhere';", []],
  ])('%j', (text, found) => {
    const seen = importsIn('core/a.ts', text);
    expect(seen).toHaveLength(found.length);
    expect(seen).toMatchObject(found);
  });

  test('sees every folder that there is a rule for', () => {
    expect(new Set(own.map(({ from }) => folderOf(from)))).toEqual(new Set(Object.keys(rules)));
    expect(imports.length).toBeGreaterThan(300);
  });

  test('there is a rule for every folder with sources', () => {
    const withoutRule = repositoryFiles()
      .filter((file) => /\.(ts|mts)$/.test(file) && file.includes('/'))
      .map(folderOf)
      .filter((folder) => !(folder in rules) && folder !== 'test');
    expect([...new Set(withoutRule)]).toEqual([]);
  });
});

describe('arrows go one way', () => {
  test.each(Object.entries(rules))('%s', (folder, { folders, packages, exception }) => {
    const wrong = imports.filter(({ from, to, isPackage }) => {
      if (folderOf(from) !== folder || isBuiltin(to)) return false;
      if (isPackage) return packages !== undefined && !packages.includes(packageOf(to));
      if (exception?.files.test(from) && exception.folders.includes(folderOf(to))) return false;
      return folderOf(to) !== folder && !folders.includes(folderOf(to));
    });
    expect(show(wrong)).toEqual([]);
  });

  test('core and workflows use nothing of Node’s', () => {
    const wrong = imports.filter(
      ({ from, to, isPackage }) =>
        ['core', 'workflows'].includes(folderOf(from)) && isPackage && isBuiltin(to),
    );
    expect(show(wrong)).toEqual([]);
  });

  test('only providers know the OpenAI SDK; the simulator knows its types', () => {
    const wrong = foreign.filter(
      ({ from, to, typeOnly }) =>
        packageOf(to) === 'openai' &&
        folderOf(from) !== 'providers' &&
        // The simulator has the API's own types, and nothing more, from the SDK.
        !(folderOf(from) === 'simulator' && typeOnly),
    );
    expect(show(wrong)).toEqual([]);
  });

  test('of the command line, only the webhooks commands load the OpenAI SDK, and only when they run', () => {
    expect(loadedBy('client/commands/webhooks/call.ts', imports)).toContain('openai');
    expect([...loadedBy('client/index.ts', imports)].filter(isProviders)).toEqual([]);
    const importing = own.filter(({ from, to }) => folderOf(from) === 'client' && isProviders(to));
    expect(importing.filter(({ typeOnly }) => !typeOnly).length).toBeGreaterThan(0);
    const atStart = importing.filter(({ from }) =>
      /^import (?!type )[^;]*'[./]+\/providers\//m.test(read(from)),
    );
    expect(show(atStart)).toEqual([]);
  });

  test('from workflows, a client and a bridge take messages and types only', () => {
    const wrong = own.filter(
      ({ from, to, typeOnly }) =>
        ['client', 'bridge'].includes(folderOf(from)) &&
        folderOf(to) === 'workflows' &&
        to !== 'workflows/messages.ts' &&
        !typeOnly,
    );
    expect(show(wrong)).toEqual([]);
  });

  test('from providers, the configuration takes types only', () => {
    const wrong = own.filter(
      ({ from, to, typeOnly }) => folderOf(from) === 'config' && folderOf(to) === 'providers' && !typeOnly,
    );
    expect(show(wrong)).toEqual([]);
  });

  test('a provider is known by its interface: only the registry names one', () => {
    const wrong = own.filter(
      ({ from, to }) =>
        /^providers\/[^/]+\//.test(to) && !from.startsWith(`${to.split('/').slice(0, 2).join('/')}/`),
    );
    expect(new Set(wrong.map(({ from }) => from))).toEqual(new Set(['providers/registry.ts']));
  });
});

describe('packages', () => {
  const manifest = z
    .object({
      dependencies: z.record(z.string(), z.string()),
      devDependencies: z.record(z.string(), z.string()),
    })
    .parse(JSON.parse(read('package.json')));

  test('what runs in production is declared as a dependency', () => {
    const wrong = foreign.filter(
      ({ from, to, typeOnly }) =>
        folderOf(from) !== 'scripts' && !typeOnly && !(packageOf(to) in manifest.dependencies),
    );
    expect(show(wrong)).toEqual([]);
  });

  test('what scripts use is declared', () => {
    const declared = { ...manifest.dependencies, ...manifest.devDependencies };
    const wrong = foreign.filter(({ to }) => !(packageOf(to) in declared));
    expect(show(wrong)).toEqual([]);
  });

  test('all of Temporal’s have one version: bundle, worker and client must fit', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
      .filter(([name]) => name.startsWith('@temporalio/'))
      .map(([, version]) => version);
    expect(versions.length).toBeGreaterThan(5);
    expect(new Set(versions).size).toBe(1);
  });
});
