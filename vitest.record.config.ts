import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/* For `npm run histories:record`. */
export default defineConfig({ test: { ...config.test, include: ['test/replay/record.ts'] } });
