import { describe, expect, test } from 'vitest';
import { isObject } from '../../core/json.ts';
import { failureTypes } from '../../core/failures.ts';
import { getPolicySchema } from '../../core/policy.ts';
import { read, repositoryFiles } from './support.ts';

/** `a.b.c` of every leaf. */
function keysOf(value: unknown, prefix = ''): string[] {
  if (!isObject(value)) return [prefix];
  return Object.entries(value).flatMap(([key, part]) =>
    keysOf(part, prefix === '' ? key : `${prefix}.${key}`),
  );
}

describe('documents and code are held together', () => {
  const policyKeys = keysOf(getPolicySchema().parse({}));

  test('the search for policy keys finds them', () => {
    expect(policyKeys).toContain('wait.initialMs');
    expect(policyKeys).toContain('whenThreadBusy');
    expect(policyKeys.length).toBeGreaterThan(20);
  });

  test('docs/errors.md explains every failure type, and knows no other', () => {
    const document = read('docs/errors.md');
    const explained = new Set(
      [...document.matchAll(/`((?:run|provider|account|tool)\.[a-z_]+)`/g)].map((match) => match[1]),
    );
    expect(explained).toEqual(new Set(Object.values(failureTypes)));
  });

  test('docs/policies.md explains every key of a policy', () => {
    const document = read('docs/policies.md');
    expect(policyKeys.filter((key) => !document.includes(`\`${key}\``))).toEqual([]);
  });
});

describe('the repository', () => {
  const files = repositoryFiles().filter(
    (file) => !/\.(png|ico|gz|woff2?)$/.test(file) && !file.startsWith('test/replay/histories/'),
  );

  test('the search for files finds them', () => {
    expect(files).toContain('package.json');
    expect(files).toContain('core/policy.ts');
    expect(files).toContain('test/architecture/repository.test.ts');
    expect(files.filter((file) => file.startsWith('node_modules/'))).toEqual([]);
  });

  // A home of one letter is nobody's: tests make such ones up. `node` is the user of Node's own Docker image.
  const machine = /\/(home|Users)\/(?!node\/)[a-z]{2,}\/|\/root\/|\/work\/(main|shared)/;
  const registry = /registry\.(npmjs|yarnpkg|npmmirror)\./;

  test.each([
    ['a path of somebody’s machine', machine, ['me/x', 'myself/x'].map((end) => `/home/${end}`)],
    ['a registry’s address', registry, ['npmjs.org', 'yarnpkg.com'].map((end) => `https://registry.${end}`)],
  ])('names nowhere %s', (_what, pattern, examples) => {
    for (const example of examples) expect(example).toMatch(pattern);
    const found = files.flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, index) =>
          pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 80)}`] : [],
        ),
    );
    expect(found).toEqual([]);
  });

  test('the lock file says what, and not from where', () => {
    const lock: unknown = JSON.parse(read('package-lock.json'));
    const packages = isObject(lock) && isObject(lock['packages']) ? Object.values(lock['packages']) : [];
    expect(packages.length).toBeGreaterThan(100);
    expect(packages.filter((entry) => isObject(entry) && 'resolved' in entry)).toEqual([]);
    expect(read('.npmrc')).toContain('omit-lockfile-registry-resolved=true');
  });
});
