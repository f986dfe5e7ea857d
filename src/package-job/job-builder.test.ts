import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { jobBuilder } from './job-builder.ts';

test('what a builder keeps lies in a folder that only its user may open', async () => {
  const home = await temporaryFolder();
  const { signal } = new AbortController();
  const builder = jobBuilder(home, { env: { HOME: home }, note: () => undefined, signal });
  await builder.inputs({} as Parameters<typeof builder.inputs>[0]).catch(() => undefined);
  expect((await stat(join(home, '.cache/slipway'))).mode & 0o777).toBe(0o700);
});
