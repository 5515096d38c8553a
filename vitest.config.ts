import { defineConfig } from 'vitest/config';
import { dialects } from './test/support/dialects.ts';

const common = {
  // A bound against hanging, not a measure: no test waits for anything but events.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  pool: 'forks',
  // Nearly every file loads the SDKs: a process that tests one file after the other loads them once.
  isolate: false,
} as const;

const perProvider = ['test/workflows/**/*.test.ts', 'test/system/*Killed.test.ts'];
/** Campaigns: `npm run chaos:self-check`. */
const selfChecks = ['test/chaos/mutations/**'];

export default defineConfig({
  test: {
    ...common,
    globalSetup: ['test/support/globalSetup.ts'],
    maxWorkers: 3,
    reporters: ['default', './test/support/closingLine.ts'],
    // What a run does, and survives, is tested with every provider, by the same tests.
    projects: [
      {
        test: {
          ...common,
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: [...perProvider, ...selfChecks],
        },
      },
      ...Object.keys(dialects).map((provider) => ({
        test: { ...common, name: provider, include: perProvider, provide: { provider } },
      })),
    ],
  },
});
