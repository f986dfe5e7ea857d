import { defineConfig } from 'vitest/config';

/** Attacks on a running server, and on the sandbox by each of its mechanisms. */
export default defineConfig({
  test: {
    name: 'attack',
    include: ['test/attack/**/*.test.ts', 'src/executor/sandbox/attempts.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    expect: { poll: { timeout: 60_000 } },
    globalSetup: ['test/support/built-program.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
