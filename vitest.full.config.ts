import { defineConfig } from 'vitest/config';

/** What takes minutes, and is no part of `npm test`. */
export default defineConfig({
  test: { name: 'full', include: ['test/full/**/*.test.ts'], testTimeout: 120_000, maxConcurrency: 8 },
});
