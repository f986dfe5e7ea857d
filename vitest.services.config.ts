import { defineConfig } from 'vitest/config';

/** Tests that drive real programs of other people; each skips itself, and says why, where its program is missing. */
export default defineConfig({
  test: {
    name: 'services',
    include: ['test/services/**/*.test.ts', 'test/browser/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    expect: { poll: { timeout: 60_000 } },
    globalSetup: ['test/support/built-program.ts', 'test/browser/built-page.ts'],
    // One file plays the whole demo first.
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
