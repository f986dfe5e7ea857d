import { defineConfig } from 'vitest/config';

/** Tests that drive real programs of other people; each skips itself, and says why, where its program is missing. */
export default defineConfig({
  test: {
    name: 'services',
    include: ['test/services/**/*.test.ts', 'test/browser/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // For what never comes: on a busy machine whole builds and servers are waited for.
    expect: { poll: { timeout: 300_000, interval: 100 } },
    globalSetup: ['test/support/built-program.ts', 'test/browser/built-page.ts'],
    // One file plays the whole demo first.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    // Programs that are not ours may fail once. The report says `(retry x1)`, and that wants a reason.
    retry: 1,
  },
});
