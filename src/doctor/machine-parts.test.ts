import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeSpack } from '../../test/support/fake-spack.ts';
import { namespacesAvailable } from '../builder/index.ts';
import { inspectMachine, nodeReport } from './machine-parts.ts';

test('Node before 20.19 is too old', () => {
  expect(nodeReport('20.18.3').found).toBeUndefined();
  expect(nodeReport('18.20.0').found).toBeUndefined();
  expect(nodeReport('20.19.0').found).toBe('20.19.0');
  expect(nodeReport('22.0.0').found).toBe('22.0.0');
});

test('a part is found when its program answers, and missing when there is none or it fails', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-doctor-'));
  try {
    await program(join(folder, 'git'), 'echo git version 9.9; echo more');
    await program(join(folder, 'make'), 'exit 1');
    const parts = await inspectMachine({ env: { PATH: folder }, signal: new AbortController().signal });
    const found = Object.fromEntries(parts.map((part) => [part.name, part.found]));
    expect(found).toMatchObject({ git: 'git version 9.9', 'Node.js': process.versions.node });
    expect(found.make).toBeUndefined();
    expect(found['C compiler']).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('namespaces are reported as a build finds them, whatever is on PATH', async () => {
  const parts = await inspectMachine({ env: { PATH: '/nonexistent' }, signal: new AbortController().signal });
  const found = parts.find(({ name }) => name === 'namespaces')?.found;
  expect(found === undefined).toBe(!(await namespacesAvailable()));
});

test('the sandbox is reported with what jobs see of homes, and with what they do not', async () => {
  const home = await mkdtemp(join(tmpdir(), 'slipway-doctor-'));
  try {
    for (const folder of ['python/bin', 'python/lib', '.docker/bin'])
      await mkdir(join(home, folder), { recursive: true });
    const env = { HOME: home, PATH: `${home}/python/bin:${home}/.docker/bin` };
    const parts = await inspectMachine({ env, signal: new AbortController().signal });
    const found = parts.find(({ name }) => name === 'sandbox')?.found;
    if (found !== undefined) expect(found).toMatch(new RegExp(`^(?:bwrap|perl); jobs see, read-only: ${home}/python$`));
    expect(parts.map(({ name }) => name)).toContain(`${home}/.docker/bin in the sandbox`);
  } finally {
    await rm(home, { recursive: true });
  }
});

test('Spack’s own needs are reported where a stack needs Spack, each with its remedy', async () => {
  const { signal } = new AbortController();
  const env = { PATH: '/nonexistent', SPACK_PYTHON: '/nonexistent/python3' };
  const named = async (isSpackNeeded: boolean) => {
    const parts = await inspectMachine({ env, signal, ...(isSpackNeeded ? { spackStack: '/nonexistent' } : {}) });
    return parts.filter(({ name }) => name.includes('Spack')).map(({ name, isNeeded }) => `${name} ${isNeeded}`);
  };
  expect(await named(false)).toEqual(['Spack false']);
  expect(await named(true)).toEqual(
    expect.arrayContaining([
      'Spack true',
      'python3 (of Spack) true',
      'a compiler (of Spack) true',
      'clingo (of Spack) false',
    ]),
  );
});

test('the remedy for a missing clingo works where pip must not write to the system’s Python', async () => {
  const { signal } = new AbortController();
  const env = { PATH: '/nonexistent', SPACK_PYTHON: '/nonexistent/python3' };
  const parts = await inspectMachine({ env, signal, spackStack: '/nonexistent' });
  const { remedy = '' } = parts.find(({ name }) => name.startsWith('clingo')) ?? {};
  expect(remedy).toContain('`slipway spack install`');
});

test('a compiler that only configuration names by its path is one for Spack', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-doctor-'));
  try {
    const { root } = await fakeSpack(folder);
    const env = { PATH: '/nonexistent', SPACK_ROOT: root };
    const compiler = join(folder, 'apps/gcc');
    const externals = [{ spec: 'gcc@13', prefix: folder, extra_attributes: { compilers: { c: compiler } } }];
    await writeFile(join(folder, 'spack.yaml'), JSON.stringify({ spack: { packages: { gcc: { externals } } } }));
    const look = async () => {
      const parts = await inspectMachine({ env, signal: new AbortController().signal, spackStack: folder });
      const state = ({ isNeeded, found }: (typeof parts)[number]) => found ?? (isNeeded ? 'missing' : 'optional');
      return Object.fromEntries(parts.map((part) => [part.name, state(part)]));
    };
    expect(await look()).toMatchObject({ 'C compiler': 'optional', 'a compiler (of Spack)': 'missing' });
    await mkdir(join(folder, 'apps'));
    await program(compiler, 'true');
    expect(await look()).toMatchObject({ 'C compiler': 'optional', 'a compiler (of Spack)': 'yes' });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a SPACK_ROOT without Spack is reported', async () => {
  const { signal } = new AbortController();
  const parts = await inspectMachine({ env: { PATH: '', SPACK_ROOT: '/nonexistent' }, signal });
  expect(parts.find(({ name }) => name === 'Spack')).toMatchObject({
    use: 'SPACK_ROOT is `/nonexistent`, which does not contain Spack.',
  });
});

async function program(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}
