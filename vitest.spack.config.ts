import { defineConfig } from 'vitest/config';

/** Tests that drive a real Spack; `npm run test:spack` runs them where one is found. */
export default defineConfig({
  test: {
    name: 'spack',
    include: ['test/spack/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: true,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
