import { expect, test } from 'vitest';
import { decideInstall, type InstallFacts } from '../../scripts/bootstrap/install-decision.mjs';

const installed: InstallFacts = {
  wanted: {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/a/node_modules/b': { version: '2.0.0', integrity: 'sha512-b' },
    'node_modules/mac-only': { version: '1.0.0', integrity: 'sha512-m', optional: true, os: ['darwin'] },
  },
  installed: {
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/a/node_modules/b': { version: '2.0.0', integrity: 'sha512-b' },
  },
  hasProjectNode: true,
  platform: 'linux',
  arch: 'x64',
};

const a = 'node_modules/a';

test.each<[string, Partial<InstallFacts>, string | undefined]>([
  ['the same', {}, undefined],
  ['nothing installed, or an install that was interrupted', { installed: undefined }, 'not installed yet'],
  ['an empty install', { installed: {} }, 'a is missing'],
  [
    'another version',
    { installed: { ...installed.installed, [a]: { version: '0.9.0', integrity: 'sha512-a' } } },
    'a is 0.9.0, package-lock.json says 1.0.0',
  ],
  [
    'other content',
    { installed: { ...installed.installed, [a]: { version: '1.0.0', integrity: 'sha512-z' } } },
    'a is 1.0.0',
  ],
  [
    'one more than wanted',
    { installed: { ...installed.installed, 'node_modules/extra': { version: '1.0.0' } } },
    undefined,
  ],
  [
    'a package for another system',
    {
      installed: {
        ...installed.installed,
        'node_modules/mac-only': { version: '1.0.0', integrity: 'sha512-m', os: ['darwin'] },
      },
    },
    'mac-only was installed for another system than linux x64',
  ],
  [
    'a package for another processor',
    { installed: { ...installed.installed, 'node_modules/x': { cpu: ['arm64'] } } },
    'x was installed for another system',
  ],
  [
    'a package refused on another system',
    { installed: { ...installed.installed, 'node_modules/x': { os: ['!win32'] } } },
    undefined,
  ],
  [
    'a package refused on this system',
    { installed: { ...installed.installed, 'node_modules/x': { os: ['!linux'] } } },
    'x was installed for another system',
  ],
  ['no Node in it', { hasProjectNode: false }, "project's own Node"],
])('%s', (_what, change, reason) => {
  const decision = decideInstall({ ...installed, ...change });
  expect(decision.kind).toBe(reason === undefined ? 'up-to-date' : 'install');
  expect(decision.kind === 'install' ? decision.reason : '').toContain(reason ?? '');
});
