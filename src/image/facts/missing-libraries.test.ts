import { describe, expect, test } from 'vitest';
import type { Elf } from './elf.ts';
import type { LayerPath } from './layer-facts.ts';
import { missingLibraries, type LoaderOptions } from './missing-libraries.ts';
import { RootIndex } from './root-index.ts';

const elf = (what: Partial<Elf> = {}): Elf => ({
  machine: 62,
  bits: 64,
  needed: [],
  searchPath: [],
  isInherited: true,
  requires: {},
  provides: [],
  ...what,
});
const file = (path: string, what?: Partial<Elf>): LayerPath => ({ path, kind: 'file', elf: elf(what) });

function missing(paths: readonly LayerPath[], options: Partial<LoaderOptions> = {}): readonly string[] {
  const root = new RootIndex();
  root.apply({ diffId: '', paths, loaderFolders: [], sbang: [], texts: {} });
  const found = missingLibraries(root, { loaderFolders: [], libraryPath: undefined, ignore: [], ...options });
  return found.map((one) => `${one.needer}: ${one.missing}`);
}

const needsZ = { needed: ['libz.so.1'] };
const lost = ['/bin/a: libz.so.1'];

describe('a library is found', () => {
  test.each<[string, Partial<Elf>, LayerPath[], Partial<LoaderOptions>]>([
    ['in a default folder', needsZ, [file('usr/lib/libz.so.1')], {}],
    ['in the default folder of its processor', needsZ, [file('usr/lib/x86_64-linux-gnu/libz.so.1')], {}],
    ['in a folder of ld.so.conf', needsZ, [file('opt/z/libz.so.1')], { loaderFolders: ['/opt/z'] }],
    ['by LD_LIBRARY_PATH', needsZ, [file('opt/z/libz.so.1')], { libraryPath: '/none:/opt/z' }],
    ['by its run path', { ...needsZ, searchPath: ['/opt/z'], isInherited: false }, [file('opt/z/libz.so.1')], {}],
    ['in $LIB', { ...needsZ, searchPath: ['/opt/${LIB}'] }, [file('opt/lib64/libz.so.1')], {}],
    ['beside it', { ...needsZ, searchPath: ['$ORIGIN/../z'] }, [file('z/libz.so.1')], {}],
    ['by a path', { needed: ['/opt/z/libz.so.1'] }, [file('opt/z/libz.so.1')], {}],
    [
      'through links',
      needsZ,
      [
        { path: 'lib', kind: 'link', target: 'usr/lib' },
        { path: 'usr/lib/libz.so.1', kind: 'link', target: 'libz.so.1.3' },
        file('usr/lib/libz.so.1.3'),
      ],
      {},
    ],
    ['on the machine that runs it', needsZ, [], { ignore: ['libz.so.*'] }],
  ])('%s', (_, program, others, options) => {
    expect(missing([file('bin/a', program), ...others], options)).toEqual([]);
  });

  test('by the run path of what loads it, if that is of the kind that is handed on', () => {
    const library = file('opt/y/liby.so', needsZ);
    const program = (isInherited: boolean) =>
      file('bin/a', { needed: ['liby.so'], searchPath: ['/opt/y', '/opt/z'], isInherited });
    expect(missing([program(true), library, file('opt/z/libz.so.1')])).toEqual([]);
    expect(missing([program(false), library, file('opt/z/libz.so.1')])).toEqual(['/opt/y/liby.so: libz.so.1']);
  });
});

test('what a program loads names the program; what no program loads names none', () => {
  const interpreter = '/lib/ld.so';
  const paths = [
    file('lib/ld.so'),
    file('bin/a', { interpreter, needed: ['liby.so'] }),
    file('lib/liby.so', { soname: 'liby.so', needed: ['libz.so.1'] }),
    file('lib/libunused.so', { soname: 'libunused.so', needed: ['libz.so.1'] }),
  ];
  const root = new RootIndex();
  root.apply({ diffId: '', paths, loaderFolders: [], sbang: [], texts: {} });
  const found = missingLibraries(root, { loaderFolders: [], libraryPath: undefined, ignore: [] });
  expect(found.map(({ needer, programs }) => [needer, programs])).toEqual([
    ['/lib/liby.so', ['/bin/a']],
    ['/lib/libunused.so', []],
  ]);
});

describe('a library is missing', () => {
  test.each<[string, LayerPath[], Partial<LoaderOptions>]>([
    ['where there is none', [], {}],
    ['where the only one is for another processor', [file('usr/lib/libz.so.1', { machine: 183 })], {}],
    ['where the link leads nowhere', [{ path: 'usr/lib/libz.so.1', kind: 'link', target: 'libz.so.9' }], {}],
    ['where a later layer took it away', [file('opt/z/libz.so.1')], {}],
    ['where another one may be missing', [], { ignore: ['libcuda.so.*', 'libzz*'] }],
  ])('%s', (_, others, options) => {
    expect(missing([file('bin/a', needsZ), ...others], options)).toEqual(lost);
  });

  test('in the required version', () => {
    const requires = { 'libc.so.6': ['GLIBC_2.2.5', 'GLIBC_2.38'] };
    const program = file('bin/a', { needed: ['libc.so.6'], requires });
    const libc = file('lib/libc.so.6', { provides: ['GLIBC_2.2.5', 'GLIBC_2.34'] });
    expect(missing([program, libc])).toEqual(['/bin/a: GLIBC_2.38 of libc.so.6']);
    expect(missing([program, file('lib/libc.so.6')])).toEqual([]);
  });
});

test('a program needs the loader that it names; a library that names one does not', () => {
  const interpreter = '/lib64/ld-linux-x86-64.so.2';
  expect(missing([file('bin/a', { interpreter })])).toEqual([`/bin/a: ${interpreter}`]);
  expect(missing([file('bin/a', { interpreter }), file('lib64/ld-linux-x86-64.so.2')])).toEqual([]);
  expect(missing([file('lib/libc.so.6', { interpreter, soname: 'libc.so.6' })])).toEqual([]);
});
