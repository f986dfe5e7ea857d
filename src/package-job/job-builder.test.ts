import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { jobBuilder } from './job-builder.ts';

test('the folder of a builder is open to its user only', async () => {
  const home = await temporaryFolder();
  const { signal } = new AbortController();
  await jobBuilder(home, { env: { HOME: home }, note: () => undefined, signal });
  expect((await stat(join(home, '.cache/slipway'))).mode & 0o777).toBe(0o700);
});
