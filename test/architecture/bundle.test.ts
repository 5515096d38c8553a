import { readFileSync } from 'node:fs';
import { describe, expect, inject, test } from 'vitest';
import { repositoryFiles } from './support.ts';

/** The size of the bundle when this was written, with room for 15 % more. Above it: look at what came in, then decide. */
const measuredBytes = 3_011_000;
const budgetBytes = Math.round(measuredBytes * 1.15);

describe('the workflow bundle', () => {
  const code = readFileSync(inject('workflowBundlePath'), 'utf8');
  const modules = [...code.matchAll(/^\/\*\*\*\/ "([^"]+)"/gm)].map((match) => match[1] ?? '');
  const own = modules.filter((name) => /^\.\/(?!node_modules\/)/.test(name));
  const packages = new Set(
    modules.flatMap((name) => /^\.\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1] ?? []),
  );

  test('is read properly: its modules are found', () => {
    expect(modules.length).toBeGreaterThan(100);
    for (const name of ['./workflows/openaiRun.ts', './core/policy.ts']) expect(modules).toContain(name);
    expect(packages).toContain('@temporalio/workflow');
    // Two more are built-in modules of Node that webpack leaves empty: they are named by a hash.
    const others = modules.filter((name) => !name.startsWith('./'));
    expect(others.filter((name) => !/^\?[0-9a-f]+$/.test(name))).toEqual([]);
    expect(others.length).toBeLessThanOrEqual(2);
  });

  test('holds of ours only what happens to a run, and what a run is', () => {
    expect(own.filter((name) => !/^\.\/(workflows|core)\//.test(name))).toEqual([]);
  });

  test('holds all of the workflows', () => {
    const workflows = repositoryFiles().filter((file) => /^workflows\/.*\.ts$/.test(file));
    expect(workflows.length).toBeGreaterThan(5);
    expect(workflows.filter((file) => !own.includes(`./${file}`))).toEqual([]);
  });

  test('holds of others only Temporal’s packages, what those need, and zod', () => {
    expect([...packages].toSorted()).toEqual([
      '@temporalio/common',
      '@temporalio/workflow',
      'long',
      'ms',
      'nexus-rpc',
      'zod',
    ]);
  });

  test(`is at most ${budgetBytes} bytes`, () => {
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(budgetBytes);
    // A budget that is far too wide guards nothing.
    expect(Buffer.byteLength(code)).toBeGreaterThan(measuredBytes * 0.7);
  });
});
