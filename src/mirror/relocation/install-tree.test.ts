import { execFileSync } from 'node:child_process';
import { access, link, lstat, mkdir, readFile, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder, tinyLock } from '../../../test/support/mirror-package.ts';
import { manifestKey, writeSpecFile, type SpecNode } from '../../spack/index.ts';
import { packPrefix } from '../archive/pack.ts';
import { pushEntry } from '../layouts/push.ts';
import type { Entry } from '../entries/entry.ts';
import type { MirrorLayout } from '../layouts/layout.ts';
import { v3Layout } from '../layouts/v3-layout.ts';
import { folderStore } from '../stores/folder-store.ts';
import { installTree, type TreeInstall } from './install-tree.ts';

const lock = tinyLock();
const { gauge, tide } = lock;
const padded = `/srv/${'__spack_path_placeholder__/'.repeat(5)}x`;
const inside = (node: SpecNode) => `debian13-x86_64/${node.name}-${node.version}-${node.hash}`;
const read = { requireSignature: false };

let folder = '';
let layout: MirrorLayout;

/** A mirror of both packages as they were built in the install tree at `root`; programs cannot grow, scripts can. */
async function buildAt(root: string, { hasPrograms = true, hasStrings = true } = {}): Promise<void> {
  const store = folderStore(join(folder, 'mirror'), { durable: false });
  layout = v3Layout(store);
  for (const node of [tide, gauge]) {
    const built = join(folder, `built-${node.name}`);
    await mkdir(join(built, 'bin'), { recursive: true });
    await writeFile(join(built, 'bin/script'), `#!${root}/${inside(tide)}/bin/tide\n`, { mode: 0o755 });
    await symlink(`${root}/${inside(tide)}/bin/tide`, join(built, 'bin/other'));
    if (hasPrograms) await buildProgram(built, { prefix: `${root}/${inside(node)}`, name: node.name, hasStrings });
    const tarball = await packPrefix({
      folder: built,
      prefix: `${root}/${inside(node)}`,
      output: join(folder, 'tarball'),
      node,
      prefixes: new Map([gauge, tide].map((one) => [one.hash, `${root}/${inside(one)}`])),
      specFile: writeSpecFile(lock, node.hash),
      storeRoot: root,
    });
    await pushEntry(store, { lock, hash: node.hash, tarball });
  }
}

/** A program of two names, with the prefix in its search path and in a string. */
async function buildProgram(
  built: string,
  { prefix, name, hasStrings }: { prefix: string; name: string; hasStrings: boolean },
): Promise<void> {
  const source = join(folder, 'main.c');
  const said = hasStrings ? `${prefix}/share` : 'nothing';
  await writeFile(source, `#include <stdio.h>\nint main(void) { puts("${said}"); return 0; }\n`);
  execFileSync('cc', ['-o', join(built, 'bin', name), source, `-Wl,-rpath,${prefix}/lib`]);
  await link(join(built, 'bin', name), join(built, 'bin/same'));
}

async function install(place: Pick<TreeInstall, 'root' | 'prefix' | 'growElf'>) {
  return installTree({ layout, entry: (await layout.read(gauge, read)) as Entry, read, ...place });
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

beforeEach(async () => {
  folder = await temporaryFolder();
});

describe('installTree', () => {
  test('puts the package at its prefix and what it needs into the tree, and both work there', async () => {
    await buildAt(padded);
    const [root, prefix] = [join(folder, 'tree'), join(folder, 'gauge')];
    const there = join(root, inside(tide));
    expect(await install({ root, prefix })).toEqual([
      { name: 'gauge', version: '2.1', hash: gauge.hash, prefix, isNew: true },
      { name: 'tide', version: '1.0', hash: tide.hash, prefix: there, isNew: true },
    ]);
    const run = (path: string) => execFileSync(path, { encoding: 'utf8' }).trim().replace(/^\/+/, '/');
    expect(run(join(prefix, 'bin/gauge'))).toBe(`${prefix}/share`);
    expect(run(join(there, 'bin/tide'))).toBe(`${there}/share`);
    expect(await readlink(join(prefix, 'bin/other'))).toBe(`${there}/bin/tide`);
    const { ino } = await lstat(join(prefix, 'bin/same'));
    expect((await lstat(join(prefix, 'bin/gauge'))).ino).toBe(ino);
    const program = await readFile(join(prefix, 'bin/gauge'));
    expect(program.includes('/srv/')).toBe(false);
  });

  test('gives scripts whose first line is too long there the tree’s own sbang', async () => {
    await buildAt('/srv/x', { hasPrograms: false });
    const root = join(folder, 'long/long/long/long/long/long/long/long/long/long');
    await install({ root });
    const script = await readFile(join(root, inside(gauge), 'bin/script'), 'utf8');
    expect(script).toBe(`#!/bin/sh ${root}/bin/sbang\n#!${root}/${inside(tide)}/bin/tide\n`);
    expect(await isThere(join(root, 'bin/sbang'))).toBe(true);
    const longer = join(root, 'long/long/long/long/long/long/long/long/long/long');
    await expect(install({ root: longer })).rejects.toMatchObject({
      code: 'MIRROR_RELOCATION_REFUSED',
      message: expect.stringContaining('sbang'),
    });
  });

  test('keeps what is there with the same hash, and refuses to write over anything else', async () => {
    await buildAt(padded);
    const root = join(folder, 'tree');
    await install({ root });
    expect((await install({ root })).map(({ isNew }) => isNew)).toEqual([false, false]);
    expect((await install({ root, prefix: join(folder, 'new') })).map(({ isNew }) => isNew)).toEqual([true, false]);
    await writeFile(join(root, inside(tide), '.spack/spec.json'), '{}');
    await expect(install({ root, prefix: join(folder, 'newer') })).rejects.toMatchObject({
      code: 'MIRROR_FOLDER_OCCUPIED',
    });
    expect(await isThere(join(folder, 'newer'))).toBe(false);
    expect((await readdir(folder)).filter((name) => name.startsWith('.slipway'))).toEqual([]);
  });

  test('refuses a place for which a program has no room, and leaves nothing there', async () => {
    await buildAt('/srv/x');
    const root = join(folder, 'a/longer/tree/than/that');
    await expect(install({ root })).rejects.toMatchObject({
      code: 'MIRROR_RELOCATION_REFUSED',
      message: expect.stringMatching(/bin\/(?:gauge|same)` cannot be relocated/),
    });
    expect(await isThere(join(folder, 'a'))).toBe(false);
  });

  test('has a program whose search path alone grows rewritten by what can move sections about', async () => {
    await buildAt('/srv/x', { hasStrings: false });
    const root = join(folder, 'a/longer/tree/than/that');
    await expect(install({ root })).rejects.toMatchObject({ message: expect.stringContaining('of search path') });
    const asked: (string | undefined)[] = [];
    const growElf = async (path: string, { runPath }: { readonly runPath?: string }) => {
      asked.push(runPath);
      await writeFile(path, 'rewritten');
    };
    await install({ root, growElf });
    expect(asked).toEqual([gauge, tide].map((node) => join(root, inside(node), 'lib')));
    expect(await readFile(join(root, inside(tide), 'bin/same'), 'utf8')).toBe('rewritten');
  });

  test('writes nothing where the mirror lacks a package that is needed', async () => {
    await buildAt(padded);
    await rm(join(folder, 'mirror', manifestKey(tide)));
    const root = join(folder, 'tree');
    await expect(install({ root })).rejects.toMatchObject({
      code: 'MIRROR_DEPENDENCY_MISSING',
      message: expect.stringContaining(`tide-1.0-${tide.hash}`),
    });
    expect(await isThere(root)).toBe(false);
  });
});
