import { defineConfig } from 'vitest/config';

/** Attacks on a running server, and on the sandbox by each of its mechanisms; `scripts/test-attack.ts` runs them. */
export default defineConfig({
  test: {
    name: 'attack',
    include: ['test/attack/**/*.test.ts', 'src/executor/sandbox/attempts.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 60_000 } },
    // Runs of an ordinary user must not need to write here.
    cache: false,
  },
});
