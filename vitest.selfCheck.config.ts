import { defineConfig } from 'vitest/config';

/* For `npm run chaos:self-check`: each test is a campaign, one after the other. */
export default defineConfig({
  test: {
    include: ['test/chaos/mutations/*.test.ts'],
    hookTimeout: 120_000,
    pool: 'forks',
    reporters: ['default', './test/support/closingLine.ts'],
  },
});
