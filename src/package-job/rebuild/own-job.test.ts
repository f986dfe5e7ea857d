import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { leaveOwnJob } from './own-job.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-own-job-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pipeline = `stages: [stage-0]
variables: { SPACK_CONCRETE_ENV_DIR: concrete }
.base: { image: { name: 'builder:1', entrypoint: [''] }, tags: [a, b], variables: { ONE: '1', TWO: '2' } }
.build: { extends: .base, tags: [c] }
zlib /abc: { extends: [.build], variables: { TWO: two }, script: [slipway rebuild] }
gmake /def: { extends: .build, script: [slipway rebuild] }
`;

test('of a pipeline the failed job is left, with all that it extends', async () => {
  writeFileSync(join(folder, 'pipeline.yml'), pipeline);
  writeFileSync(join(folder, 'spack.yaml'), 'spack: {}\n');
  await leaveOwnJob(folder, 'zlib /abc');
  expect(parse(readFileSync(join(folder, 'pipeline.yml'), 'utf8'))).toEqual({
    stages: ['stage-0'],
    variables: { SPACK_CONCRETE_ENV_DIR: 'concrete' },
    'zlib /abc': {
      image: { name: 'builder:1', entrypoint: [''] },
      tags: ['c'],
      variables: { ONE: '1', TWO: 'two' },
      script: ['slipway rebuild'],
    },
  });
  expect(readFileSync(join(folder, 'spack.yaml'), 'utf8')).toBe('spack: {}\n');
});

test('a pipeline that has not the job stays as it is', async () => {
  writeFileSync(join(folder, 'pipeline.yml'), pipeline);
  await leaveOwnJob(folder, 'other');
  expect(readFileSync(join(folder, 'pipeline.yml'), 'utf8')).toBe(pipeline);
});
