import { defineConfig } from 'vitest/config';

/** Tests that drive a real Spack; `npm run test:spack` runs them where one is found. */
export default defineConfig({
  test: {
    name: 'spack',
    include: ['test/spack/**/*.test.ts'],
    globalSetup: ['test/support/built-program.ts', 'test/support/spack-template.ts'],
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: true,
    // A Spack without caches concretizes for a minute where nothing else runs.
    testTimeout: 3_600_000,
    hookTimeout: 3_600_000,
  },
});
