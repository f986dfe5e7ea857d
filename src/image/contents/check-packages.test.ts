import { describe, expect, test } from 'vitest';
import { bytesBlob, mediaTypes } from '../../oci/index.ts';
import type { SpecNode } from '../../spack/index.ts';
import type { Elf } from '../facts/elf.ts';
import type { LayerFacts, LayerPath } from '../facts/layer-facts.ts';
import { RootIndex } from '../facts/root-index.ts';
import { checkPackages } from './check-packages.ts';
import { checkSymbols } from './check-symbols.ts';
import { placePackage } from './placed-package.ts';

const folder = (path: string): LayerPath => ({
  path,
  kind: 'folder',
  folder: { mode: 0o755, uid: 0, gid: 0, mtime: 0 },
});
const factsOf = (paths: readonly LayerPath[]): LayerFacts => ({
  diffId: 'sha256:0',
  paths,
  loaderFolders: [],
  sbang: [],
  texts: {},
});

/** A package in `opt/<name>`, with these further paths. */
function packageOf(name: string, ...paths: readonly (string | LayerPath)[]) {
  const own = [folder('opt'), folder(`opt/${name}`), folder(`opt/${name}/.spack`)];
  const more = paths.map((path) => (typeof path === 'string' ? { path, kind: 'file' as const } : path));
  const planned = {
    node: { name, version: '1', hash: name.padEnd(32, 'x') } as SpecNode,
    tarball: { sha256: '', size: 0 },
    isRoot: true,
  };
  return placePackage(planned, factsOf([...own, ...more]), bytesBlob(Buffer.from(name), mediaTypes.layerTar));
}

function root(...paths: readonly LayerPath[]): RootIndex {
  const index = new RootIndex();
  index.apply(factsOf(paths), { withFiles: true });
  return index;
}

const nothing = root();

describe('packages as layers', () => {
  test('may be side by side, with the folders above them in common', () => {
    const packages = [packageOf('a', 'opt/a/bin/x'), packageOf('a-b', 'opt/a-b/bin/x'), packageOf('b', 'opt/b/bin/x')];
    expect(() => checkPackages(packages, nothing, [])).not.toThrow();
  });

  test('must not have the same file, unless a rule lets the upper one win', () => {
    const packages = [packageOf('a', 'opt/share/dir'), packageOf('b', 'opt/share/dir')];
    expect(() => checkPackages(packages, nothing, [])).toThrow(
      expect.objectContaining({
        code: 'IMAGE_FILES_CLASH',
        message: expect.stringMatching(/^a@1.* and b@1.* both contain `\/opt\/share\/dir`\.$/),
      }),
    );
    expect(() => checkPackages(packages, nothing, ['/opt/share/*'])).not.toThrow();
  });

  test('must not be in each other with the same file', () => {
    const packages = [packageOf('a', 'opt/a/b/bin/x'), packageOf('a/b', 'opt/a/b/bin/x')];
    expect(() => checkPackages(packages, nothing, [])).toThrow(expect.objectContaining({ code: 'IMAGE_FILES_CLASH' }));
  });

  test('must not have names that hide files', () => {
    expect(() => checkPackages([packageOf('a', 'opt/a/.wh.passwd')], nothing, [])).toThrow(
      expect.objectContaining({ code: 'IMAGE_PATH_HIDES', message: expect.stringContaining('a@1') }),
    );
  });

  test('must not go through a link of the base', () => {
    const base = root({ path: 'opt', kind: 'link', target: 'srv' });
    expect(() => checkPackages([packageOf('a', 'opt/a/bin/x')], base, [])).toThrow(
      expect.objectContaining({ code: 'IMAGE_PATH_CROSSES_LINK', message: expect.stringContaining('`srv`') }),
    );
  });
});

describe('the C library of the base', () => {
  const elf = (more: Partial<Elf>): Elf => ({
    machine: 62,
    bits: 64,
    needed: [],
    searchPath: [],
    isInherited: false,
    requires: {},
    provides: [],
    ...more,
  });
  const libc = {
    path: 'lib/x86_64-linux-gnu/libc.so.6',
    kind: 'file',
    elf: elf({ provides: ['GLIBC_2.36'] }),
  } as const;
  const program = (version: string): LayerPath => ({
    path: 'opt/a/bin/x',
    kind: 'file',
    elf: elf({ interpreter: '/lib/ld.so', needed: ['libc.so.6'], requires: { 'libc.so.6': [version] } }),
  });

  test.each([
    ['GLIBC_2.36', undefined],
    ['GLIBC_2.38', 'IMAGE_SYMBOLS_MISSING'],
  ])('must have what packages want of it: %s', (version, code) => {
    const one = packageOf('a', program(version));
    const index = root(libc, ...one.facts.paths);
    const check = () => checkSymbols(index, [], [one]);
    if (code === undefined) expect(check).not.toThrow();
    else
      expect(check).toThrow(
        expect.objectContaining({ code, message: expect.stringContaining('GLIBC_2.38 of libc.so.6') }),
      );
  });

  test('is not required for what only the base itself needs', () => {
    const own = { ...program('GLIBC_2.38'), path: 'usr/bin/own' };
    expect(() => checkSymbols(root(libc, own), [], [packageOf('a')])).not.toThrow();
  });
});
