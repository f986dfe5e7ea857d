import { expect, test } from 'vitest';
import { findSandbox } from '../../src/executor/index.ts';

const expected = process.env['SLIPWAY_TEST_MECHANISM'];
const { mechanism } = await findSandbox();
const canRun = expected === 'none' || mechanism !== undefined;
if (!canRun) process.stderr.write('skipped: no sandbox works on this machine\n');

// Otherwise two runs might attack the same mechanism.
test.skipIf(expected === undefined || !canRun)('the sandbox of this run is built by what the run is about', () => {
  expect(mechanism?.name ?? 'none').toBe(expected);
});
