import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cacheFolder, cachedTemporal } from '../../scripts/temporal/cache-folder.ts';
import { isAtLeast, parseTemporalVersion, pinnedCliVersion } from '../../scripts/temporal/version.ts';

describe('parseTemporalVersion', () => {
  test.each([
    ['temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', { cli: '1.9.1', server: '1.32.0' }],
    ['temporal version 0.13.2 (server 1.24.1) (ui 2.27.2)\n', { cli: '0.13.2', server: '1.24.1' }],
    ['temporal version 0.0.0-DEV (Server 1.32.0-157.0, UI 2.54.1)', { cli: '0.0.0-DEV', server: '1.32.0' }],
    ['tctl version 1.18.0', undefined],
    ['', undefined],
  ])('%j', (output, version) => {
    expect(parseTemporalVersion(output)).toEqual(version);
  });
});

describe('isAtLeast', () => {
  test.each([
    ['1.29.0', '1.29.0', true],
    ['1.29.1', '1.29.0', true],
    ['1.28.9', '1.29.0', false],
    ['1.100.0', '1.29.0', true],
    ['2.0.0', '1.29.0', true],
    ['0.99.0', '1.29.0', false],
    ['1.29', '1.29.0', true],
  ])('%s against %s', (version, lowest, expected) => {
    expect(isAtLeast(version, lowest)).toBe(expected);
  });
});

describe('cacheFolder', () => {
  test.each<[NodeJS.Platform, NodeJS.ProcessEnv, string]>([
    ['linux', { HOME: '/home/a' }, '/home/a/.cache/durable-runs'],
    ['linux', { HOME: '/home/a', XDG_CACHE_HOME: '/x' }, '/x/durable-runs'],
    ['linux', { HOME: '/home/a', XDG_CACHE_HOME: '' }, '/home/a/.cache/durable-runs'],
    ['darwin', { HOME: '/Users/a' }, '/Users/a/Library/Caches/durable-runs'],
    ['win32', { LOCALAPPDATA: '/l' }, '/l/durable-runs'],
    ['linux', { HOME: '/home/a', DURABLE_RUNS_CACHE_DIR: '/mine' }, '/mine'],
  ])('%s %j', (platform, env, folder) => {
    expect(cacheFolder(env, platform)).toBe(folder);
  });

  test('has one folder per version', () => {
    expect(cachedTemporal({ DURABLE_RUNS_CACHE_DIR: '/c' })).toMatch(
      /^\/c\/temporal-cli-\d+\.\d+\.\d+\/temporal/,
    );
  });
});

test('the version that is built is the version that is asked for', () => {
  const lines = readFileSync(new URL('../../scripts/temporal-cli/go.mod', import.meta.url), 'utf8').split(
    '\n',
  );
  const required = lines.find((line) => line.trim().startsWith('github.com/temporalio/cli v'));
  expect(required).toContain(`v${pinnedCliVersion} `);
});
