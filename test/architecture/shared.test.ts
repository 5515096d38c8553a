import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { folderOf, importsIn, loadedBy, read, repositoryFiles, root } from './support.ts';

const files = repositoryFiles().filter((file) => /^(core|workflows)\/.*\.ts$/.test(file));
const imports = files.flatMap((file) => importsIn(file, read(file)));
const shared = loadedBy('workflows/shared.ts', imports);
const sharedFiles = [...shared].filter((file) => file !== 'zod');

/** The names that lead from what a module exports to a schema. */
function schemasIn(value: unknown, at: string, seen = new Set<unknown>()): string[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  if (value instanceof z.ZodType) return [at];
  return Reflect.ownKeys(value).flatMap((name) =>
    schemasIn(Reflect.get(value, name), `${at}.${String(name)}`, seen),
  );
}

describe('what the runs of a worker share', () => {
  test('is all that holds schemas: no run loads its own', () => {
    const withSchemas = [...loadedBy('workflows/index.ts', imports)].filter((file) =>
      imports.some(({ from, to, typeOnly }) => from === file && to === 'zod' && !typeOnly),
    );
    expect(withSchemas.length).toBeGreaterThan(3);
    expect(withSchemas.filter((file) => !shared.has(file))).toEqual([]);
  });

  test('is of core only, which keeps no state', () => {
    expect(sharedFiles.filter((file) => folderOf(file) !== 'core')).toEqual([]);
    const state = /^(export )?(let |const .* = new (Map|Set|WeakMap|WeakSet)\b.*\(\);)/m;
    expect('const seen = new Map<string, number>();').toMatch(state);
    expect(sharedFiles.filter((file) => state.test(read(file)))).toEqual([]);
  });

  test('exports no schema: the SDK freezes what it finds there, and a frozen schema cannot parse', async () => {
    expect(schemasIn({ inside: [z.string()] }, 'it')).toEqual(['it.inside.0']);
    for (const file of sharedFiles) {
      const exported: unknown = await import(pathToFileURL(join(root, file)).href);
      expect(schemasIn(exported, file)).toEqual([]);
    }
  });
});
