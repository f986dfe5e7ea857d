import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readElf } from './elf.ts';
import type { LayerPath } from './layer-facts.ts';
import { missingLibraries } from './missing-libraries.ts';
import { RootIndex } from './root-index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-libraries-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Built {
  /** Path below the folder, which `@` stands for in search paths. */
  readonly path: string;
  readonly needs?: readonly string[];
  readonly rpath?: string;
  readonly runpath?: string;
}

/** Compiles a library, or a program if its path is in `bin`, linked with others by their sonames. */
function build({ path, needs = [], rpath, runpath }: Built): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  const name = (one: string) => (/([a-z]+)(?:\.so)?$/.exec(one) as RegExpExecArray)[1] as string;
  const isProgram = path.startsWith('bin/');
  const calls = needs.map((one) => `${name(one)}()`).join(' + ') || '0';
  const source = `${needs.map((one) => `int ${name(one)}(void);`).join(' ')} int ${isProgram ? 'main' : name(path)}(void) { return ${calls}; }\n`;
  writeFileSync(`${file}.c`, source);
  const tags = rpath === undefined ? '--enable-new-dtags' : '--disable-new-dtags';
  const search = rpath ?? runpath;
  const searching = search === undefined ? [] : [`-Wl,${tags},-rpath,${search.replaceAll('@', folder)}`];
  const kind = isProgram ? [] : ['-shared', '-fPIC', `-Wl,-soname,${path.split('/').at(-1)}`];
  const libraries = needs.map((one) => join(folder, one));
  const words = [...kind, '-Wl,--allow-shlib-undefined', ...searching, '-o', file, `${file}.c`, ...libraries];
  execFileSync('cc', words);
  rmSync(`${file}.c`);
}

/** All below the test's folder, at its absolute path, and the C library of this machine. */
function rootWithSystem(program: string): RootIndex {
  const paths: LayerPath[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) paths.push({ path: path.slice(1), kind: 'link', target: readlinkSync(path) });
    else if (entry.isFile()) paths.push(fileAt(path));
  }
  const listed = execFileSync('ldd', [join(folder, program)], { encoding: 'utf8' });
  const system = [...listed.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1] as string);
  for (const path of system.filter((one) => !one.startsWith(folder))) paths.push(fileAt(path));
  const root = new RootIndex();
  root.apply({ diffId: '', paths, loaderFolders: [], sbang: [], texts: {} });
  return root;
}

function fileAt(path: string): LayerPath {
  const elf = readElf(readFileSync(path));
  return { path: path.slice(1), kind: 'file', ...(elf === undefined ? {} : { elf }) };
}

function missingOf(program: string, libraryPath?: string): readonly string[] {
  const found = missingLibraries(rootWithSystem(program), { loaderFolders: [], libraryPath, ignore: [] });
  return found
    .filter(({ programs }) => programs.includes(join(folder, program)))
    .map(({ needer, missing }) => `${needer.slice(folder.length + 1)}: ${missing}`);
}

describe('what the dynamic loader of this machine does', () => {
  test.each<{
    of: string;
    parts: readonly Built[];
    link?: readonly [string, string];
    environment?: string;
    missing?: string;
  }>([
    {
      of: 'the RPATH of the program serves its libraries',
      parts: [
        { path: 'z/z.so' },
        { path: 'y/y.so', needs: ['z/z.so'] },
        { path: 'bin/a', needs: ['y/y.so'], rpath: '@/y:@/z' },
      ],
    },
    {
      of: 'the RUNPATH of the program does not',
      parts: [
        { path: 'z/z.so' },
        { path: 'y/y.so', needs: ['z/z.so'] },
        { path: 'bin/a', needs: ['y/y.so'], runpath: '@/y:@/z' },
      ],
      missing: 'y/y.so: z.so',
    },
    {
      of: 'a library with a RUNPATH does not inherit the RPATH of what loads it',
      parts: [
        { path: 'z/z.so' },
        { path: 'y/y.so', needs: ['z/z.so'], runpath: '@/none' },
        { path: 'bin/a', needs: ['y/y.so'], rpath: '@/y:@/z' },
      ],
      missing: 'y/y.so: z.so',
    },
    {
      of: 'the RPATH of a library in between is inherited, past one with a RUNPATH',
      parts: [
        { path: 'z/z.so' },
        { path: 'x/x.so', needs: ['z/z.so'] },
        { path: 'y/y.so', needs: ['x/x.so'], runpath: '@/x' },
        { path: 'bin/a', needs: ['y/y.so'], rpath: '@/y:@/z' },
      ],
    },
    {
      of: 'a library that the program has loaded already is taken again',
      parts: [
        { path: 'z/z.so' },
        { path: 'y/y.so', needs: ['z/z.so'] },
        { path: 'bin/a', needs: ['y/y.so', 'z/z.so'], runpath: '@/y:@/z' },
      ],
    },
    {
      of: 'a library that is loaded too late is not found',
      parts: [
        { path: 'z/z.so' },
        { path: 'x/x.so', needs: ['z/z.so'], runpath: '@/z' },
        { path: 'y/y.so', needs: ['x/x.so', 'z/z.so'], runpath: '@/x' },
        { path: 'bin/a', needs: ['y/y.so'], runpath: '@/y' },
      ],
      missing: 'y/y.so: z.so',
    },
    {
      of: '$ORIGIN is the folder of the link by which a library was found',
      parts: [
        { path: 'links/z.so' },
        { path: 'y/y.so', needs: ['links/z.so'], runpath: '$ORIGIN' },
        { path: 'bin/a', needs: ['y/y.so'], runpath: '${ORIGIN}/../links' },
      ],
      link: ['../y/y.so', 'links/y.so'],
    },
    {
      of: 'LD_LIBRARY_PATH serves all',
      parts: [
        { path: 'z/z.so' },
        { path: 'y/y.so', needs: ['z/z.so'] },
        { path: 'bin/a', needs: ['y/y.so'], runpath: '@/y' },
      ],
      environment: '@/none:@/z',
    },
  ])('is what is expected of an image: $of', ({ parts, link, environment, missing }) => {
    for (const part of parts) build(part);
    if (link !== undefined) symlinkSync(link[0], join(folder, link[1]));
    const libraryPath = environment?.replaceAll('@', folder);
    const env = libraryPath === undefined ? {} : { LD_LIBRARY_PATH: libraryPath };
    expect(spawnSync(join(folder, 'bin/a'), { env }).status).toBe(missing === undefined ? 0 : 127);
    expect(missingOf('bin/a', libraryPath)).toEqual(missing === undefined ? [] : [missing]);
  });
});

test('a library without a search path that no program loads, as in gcc-runtime, keeps no program from starting', () => {
  build({ path: 'gcc-runtime/lib/quadmath.so' });
  build({ path: 'gcc-runtime/lib/gfortran.so', needs: ['gcc-runtime/lib/quadmath.so'] });
  build({ path: 'bin/a' });
  const found = missingLibraries(rootWithSystem('bin/a'), { loaderFolders: [], libraryPath: undefined, ignore: [] });
  expect(found).toEqual([
    { needer: join(folder, 'gcc-runtime/lib/gfortran.so'), missing: 'quadmath.so', kind: 'library', programs: [] },
  ]);
});
