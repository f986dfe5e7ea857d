import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tinyLock } from '../../../test/support/mirror-package.ts';
import { folderStore } from '../../mirror/index.ts';
import { jobMirrors } from './job-mirrors.ts';
import { readRebuildJob } from './rebuild-job.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-mirrors-'));
  const mirrors = { 'buildcache-destination': `file://${folder}/mirror` };
  await writeFile(join(folder, 'spack.yaml'), JSON.stringify({ spack: { specs: ['gauge'], mirrors } }));
});
afterEach(() => rm(folder, { recursive: true }));

/** The layouts that a job of a lock by this Spack pushes in. */
async function kinds(version: string, env: Readonly<Record<string, string>> = {}) {
  const job = await readRebuildJob({
    env: { ...env, SPACK_JOB_SPEC_DAG_HASH: 'x', SPACK_CONCRETE_ENV_DIR: folder },
    cwd: folder,
  });
  const { destination } = await jobMirrors(job, { ...tinyLock(), spack: { version } }, env);
  return destination.map(({ kind }) => kind);
}

test('an empty mirror is begun in the layout of the Spack that made the lock', async () => {
  expect(await kinds('0.23.0')).toEqual(['v2']);
  expect(await kinds('1.2.0.dev0')).toEqual(['v3']);
});

test('a mirror keeps its layouts, whatever made the lock', async () => {
  const mirror = folderStore(join(folder, 'mirror'));
  await mirror.put('v3/layout.json', Buffer.from('{}'));
  expect(await kinds('0.23.0')).toEqual(['v3']);
  // CDash's number of a build is no package.
  await mirror.put('build_cache/tide.cdashid', Buffer.from('7'));
  expect(await kinds('0.23.0')).toEqual(['v3']);
  await mirror.put('build_cache/index.json', Buffer.from('{}'));
  expect(await kinds('1.2.0')).toEqual(['v3', 'v2']);
});

test('a server is given v3, and keeps v2 itself', async () => {
  expect(await kinds('0.23.0', { SLIPWAY_TRUST: 'protected', SLIPWAY_MIRROR: `file://${folder}/mirror` })).toEqual([
    'v3',
  ]);
});
