import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { writeLockfile } from '../spack/index.ts';
import { chooseLock } from './generate/choose-lock.ts';
import { jobBuilder } from './job-builder.ts';

const { signal } = new AbortController();
const note = () => undefined;

test('the folder of a builder is open to its user only', async () => {
  const home = await temporaryFolder();
  await jobBuilder(home, { env: { HOME: home }, note, signal });
  expect((await stat(join(home, '.cache/slipway'))).mode & 0o777).toBe(0o700);
});

test('a command shows that an environment is locked, and shows nothing where it is given a lock', async () => {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'recipes'));
  await writeFile(join(cwd, 'spack.yaml'), 'spack: { specs: [lion] }\n');
  await writeFile(join(cwd, 'recipes/lion.yaml'), 'name: lion\nversion: "1"\ninstall: "true"\n');
  let shown = 0;
  const whileLocking = <T>(work: () => Promise<T>): Promise<T> => {
    shown += 1;
    return work();
  };
  const context = { env: { SLIPWAY_CACHE: join(cwd, 'cache') }, cwd, note, signal, whileLocking };
  const selection = { environment: cwd, testedLock: false, configScopes: [] };
  const { lock } = await chooseLock(selection, context);
  expect(shown).toBe(1);
  await writeFile(join(cwd, 'spack.lock'), writeLockfile(lock));
  expect((await chooseLock({ ...selection, lock: 'spack.lock' }, context)).lock.roots).toEqual(lock.roots);
  expect(shown).toBe(1);
});
