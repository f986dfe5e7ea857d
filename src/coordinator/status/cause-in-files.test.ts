import { expect, test } from 'vitest';
import { MemoryForge } from '../../../test/support/memory-forge.ts';
import type { Failure } from '../../protocol/index.ts';
import { CauseInFiles } from './cause-in-files.ts';

const files = {
  'stacks/base/spack.yaml': 'spack:\n  specs:\n    - hdf5@1.14 +mpi\n    - "zlib-ng"\n  view: false\n',
  'stacks/base/recipes/tide.yaml': 'name: tide\nversion: "1.0"\ninstall: make\n',
  'repo/packages/py-wave/package.py': 'class PyWave: ...\n',
  '.gitlab-ci.yml': 'stages: [build]\n"check links":\n  script: x\n',
};
const job = { id: '1', pipeline: '1', name: 'check links', attempt: 1, allowFailure: false, page: 'jobs/1' };

async function found(failure: Partial<Failure>, merged: Readonly<Record<string, string>> = files) {
  const forge = new MemoryForge();
  const [head, sha] = [forge.push('topic', files), forge.push('(merge)', merged)];
  const whole: Failure = { headline: '', class: 'script', error: '', jobs: [], ...failure };
  const place = await new CauseInFiles({ forge, sha, head }).find(whole);
  return place && `${place.path}:${place.line}`;
}
const at = (file: string, line: number) => ({ position: { file, line } });
const of = (name: string) => ({ package: { name, version: '1.0' } });

test.each<[string, Partial<Failure>, string | undefined]>([
  ['a position as it is', at('.gitlab-ci.yml', 2), '.gitlab-ci.yml:2'],
  ['one below the folder of the environment', at('recipes/tide.yaml', 3), 'stacks/base/recipes/tide.yaml:3'],
  ['a whole path of the machine', at('/builds/lab/stacks/base/spack.yaml', 1), 'stacks/base/spack.yaml:1'],
  ['no position in a file that the commit does not have', at('tide.c', 7), undefined],
  ['no line beyond the end of a file', at('.gitlab-ci.yml', 99), undefined],
  ['the recipe of a package', of('tide'), 'stacks/base/recipes/tide.yaml:1'],
  ['the recipe of a package of Spack’s', of('py-wave'), 'repo/packages/py-wave/package.py:1'],
  ['the line that requires a package', of('hdf5'), 'stacks/base/spack.yaml:3'],
  ['no line that requires another package', of('zlib'), undefined],
  ['the job', { jobs: [job] }, '.gitlab-ci.yml:2'],
  ['no job that no file has', { jobs: [{ ...job, name: 'links' }] }, undefined],
])('of a failure it finds %s', async (_what, failure, place) => {
  expect(await found(failure)).toBe(place);
});

test('a line that the merge has elsewhere is found in the request’s own file', async () => {
  const merged = { ...files, '.gitlab-ci.yml': `include: []\n${files['.gitlab-ci.yml']}new: { script: x }\n` };
  expect(await found(at('.gitlab-ci.yml', 3), merged)).toBe('.gitlab-ci.yml:2');
  expect(await found(at('.gitlab-ci.yml', 1), merged)).toBeUndefined();
});
