import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, tinyLock } from '../../../test/support/mirror-package.ts';
import { readRebuildJob } from './rebuild-job.ts';
import { runsTests } from './runs-tests.ts';

test('the tests of a package that the stack knows to be broken are not run, with a warning', async () => {
  const folder = await temporaryFolder();
  const env = { SPACK_JOB_SPEC_DAG_HASH: 'x', SPACK_CONCRETE_ENV_DIR: folder };
  const job = await readRebuildJob({ env, cwd: folder });
  const { gauge, tide } = tinyLock();
  const warnings: string[] = [];
  const runs = async (node = gauge) => runsTests({ job, node, env, warn: (line) => warnings.push(line) });
  expect(await runs()).toBe(true);
  await writeFile(join(folder, 'spack.yaml'), 'spack: { specs: [gauge], ci: { broken-tests-packages: [gauge] } }\n');
  expect(await runs(tide)).toBe(true);
  expect(warnings).toEqual([]);
  expect(await runs()).toBe(false);
  expect(warnings).toEqual(['The tests of gauge are not run: it is in `broken-tests-packages`']);
});
