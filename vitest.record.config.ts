import { defineConfig } from 'vitest/config';

/* For `npm run histories:record`. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/globalSetup.ts'],
    include: ['test/replay/record.ts'],
    hookTimeout: 120_000,
    pool: 'forks',
  },
});
