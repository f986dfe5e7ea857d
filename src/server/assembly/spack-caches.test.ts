import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { fakeSpack } from '../../../test/support/fake-spack.ts';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { settingsOf } from '../../coordinator/index.ts';
import { spackCaches } from './spack-caches.ts';

let folder: string;
let said: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  said = [];
  await mkdir(join(folder, 'project'));
  await writeFile(join(folder, 'project/spack.yaml'), 'spack: {}\n');
});

function prepareFor(variables: Readonly<Record<string, string>>) {
  const stacks = [{ name: 'lab', remote: '/srv/lab.git', variables }];
  const settings = settingsOf({ data: join(folder, 'data'), stacks }, {});
  const signal = new AbortController().signal;
  const env = { PATH: '/usr/bin:/bin' };
  const prepare = spackCaches({
    stacks: settings.configuration.stacks,
    folder: join(folder, 'caches'),
    env,
    log: silentLogger,
    signal,
  });
  const job = sketchJob({ id: 1, script: [] });
  const own = { ...job, job_info: { ...job.job_info, project_name: 'lab' } };
  const SPACK_ROOT = { key: 'SPACK_ROOT', value: '/of/the/pull/request' };
  return async (stack = 'lab') =>
    prepare({
      job: { ...own, job_info: { ...own.job_info, project_name: stack }, variables: [SPACK_ROOT] },
      project: join(folder, 'project'),
      print: (line) => said.push(line),
    });
}

test('caches are prepared with the Spack that the operator names, once for jobs that ask at once', async () => {
  const { env } = await fakeSpack(folder);
  const ask = prepareFor({ SPACK_ROOT: env['SPACK_ROOT'] ?? '', SPACK_PYTHON: 'true', OTHER: 'kept from Spack' });
  const [one, two] = await Promise.all([ask(), ask()]);
  expect(one?.variables).toEqual({ SLIPWAY_SPACK_CACHES: one?.readable[0] });
  expect(two).toEqual(one);
  expect((await readFile(join(folder, 'calls'), 'utf8')).match(/compiler find/g)).toHaveLength(1);
  expect(said).toHaveLength(1);
});

test('nothing is prepared for stacks of recipes, without a Spack, or for one that is missing', async () => {
  const { env } = await fakeSpack(folder);
  const SPACK_ROOT = env['SPACK_ROOT'] ?? '';
  expect(await prepareFor({})()).toBeUndefined();
  expect(await prepareFor({ SPACK_ROOT })('another')).toBeUndefined();
  expect(await prepareFor({ SPACK_ROOT: '/nonexistent' })()).toBeUndefined();
  await mkdir(join(folder, 'project/recipes'));
  await writeFile(join(folder, 'project/recipes/zoo.yaml'), 'name: zoo\n');
  expect(await prepareFor({ SPACK_ROOT })()).toBeUndefined();
});
