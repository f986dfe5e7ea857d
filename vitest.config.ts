import { defineConfig } from 'vitest/config';

/**
 * Files share a process, which imports the product once: a test must leave no global state behind. There are more workers
 * than cores of a small machine, since many tests wait for other processes.
 */
const workers = {
  pool: 'forks',
  isolate: false,
  maxWorkers: 4,
  expect: { poll: { timeout: 60_000 } },
  // `git init` then copies no examples of hooks.
  env: { GIT_TEMPLATE_DIR: '' },
} as const;
const unit = [
  'src/**/*.test.ts',
  'web/src/**/*.test.ts',
  'test/*.test.ts',
  'test/support/**/*.test.ts',
  'bench/**/*.test.ts',
];
const e2e = ['test/e2e/**/*.test.ts'];
/** Tests of the built program. */
const program = {
  ...workers,
  globalSetup: ['test/support/built-program.ts'],
  testTimeout: 900_000,
  hookTimeout: 900_000,
};

export default defineConfig({
  test: {
    ...workers,
    // What runs in other processes is not counted.
    coverage: {
      include: ['src/**/*.ts', 'web/src/**/*.{ts,tsx}'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportOnFailure: true,
    },
    projects: [
      {
        test: {
          ...workers,
          name: 'unit',
          include: unit,
          // For what hangs: on a machine that is busy otherwise everything takes many times as long.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      { test: { ...program, name: 'e2e', include: e2e } },
      // `npm test`: workers of one project import the product once, those of two projects twice.
      { test: { ...program, name: 'all', include: [...unit, ...e2e] } },
      // What takes minutes, such as many kills at random moments: `npm run test:long`, and not a part of `npm test`.
      { test: { ...program, name: 'long', include: ['test/long/**/*.test.ts'] } },
    ],
  },
});
