import { posix } from 'node:path';
import type { Elf } from './elf.ts';
import type { LayerPath } from './layer-facts.ts';
import type { RootIndex } from './root-index.ts';

/** Something that the dynamic loader would not find in the image. */
export interface MissingLibrary {
  /** Absolute path of the program or library that needs it. */
  readonly needer: string;
  /** `libz.so.1`, `/lib64/ld-linux-x86-64.so.2`, or `GLIBC_2.38 of libc.so.6`. */
  readonly missing: string;
  readonly kind: 'library' | 'loader' | 'symbol-version';
}

export interface LoaderOptions {
  /** Folders of `ld.so.conf`. */
  readonly loaderFolders: readonly string[];
  /** `LD_LIBRARY_PATH` of the image. */
  readonly libraryPath: string | undefined;
  /** Names of libraries that the machine brings (`libcuda.so.*`); `*` stands for anything. */
  readonly ignore: readonly string[];
}

interface Loading {
  readonly root: RootIndex;
  readonly folders: readonly string[];
  readonly libraryPath: readonly string[];
}

type Program = LayerPath & { readonly elf: Elf };

/**
 * Looks for every library that a program or library of the image names, where ld.so(8) would look: `DT_RPATH` of it
 * and of what loads it, `LD_LIBRARY_PATH`, `DT_RUNPATH`, `ld.so.conf`, the default folders. What is found must have
 * the symbol versions wanted of it: so a package built on a newer C library than the base's is told too.
 */
export function missingLibraries(root: RootIndex, options: LoaderOptions): readonly MissingLibrary[] {
  const programs = [...root.entries()].filter((one): one is Program => one.elf !== undefined);
  const loading: Loading = {
    root,
    folders: [...options.loaderFolders, ...defaultFolders(programs)],
    libraryPath: (options.libraryPath ?? '').split(':').filter((folder) => folder !== ''),
  };
  const ignored = options.ignore.map(patternOf);
  const loaders = new Map<string, Program[]>();
  const found: MissingLibrary[] = [];
  const open: { program: Program; name: string }[] = [];
  for (const program of programs) {
    const { elf, path } = program;
    // A library that names a loader (the C library's tells its version when it is run) does not need it as a library.
    const loader = elf.soname === undefined ? elf.interpreter : undefined;
    if (loader !== undefined && root.follow(loader)?.elf === undefined)
      found.push({ needer: `/${path}`, missing: loader, kind: 'loader' });
    for (const name of elf.needed) {
      const library = find(loading, program, name);
      if (library === undefined) open.push({ program, name });
      else {
        loaders.set(library.path, [...(loaders.get(library.path) ?? []), program]);
        found.push(...missingVersions(program, library, name));
      }
    }
  }
  for (const { program, name } of open) {
    const isFound = ignored.some((one) => one.test(name)) || isBroughtBy(loading, { program, name, loaders });
    if (!isFound) found.push({ needer: `/${program.path}`, missing: name, kind: 'library' });
  }
  return found;
}

function find(loading: Loading, program: Program, name: string): Program | undefined {
  if (name.includes('/')) return fit(loading, program, name);
  const own = ownFolders(program);
  const before = program.elf.isInherited ? own : [];
  const after = program.elf.isInherited ? [] : own;
  for (const folder of [...before, ...loading.libraryPath, ...after, ...loading.folders]) {
    const library = fit(loading, program, `${folder}/${name}`);
    if (library !== undefined) return library;
  }
  return undefined;
}

/** A library of another processor is passed over, as the loader does. */
function fit({ root }: Loading, { elf }: Program, path: string): Program | undefined {
  const library = root.follow(path);
  const isFit = library?.elf !== undefined && library.elf.machine === elf.machine && library.elf.bits === elf.bits;
  return isFit ? (library as Program) : undefined;
}

function ownFolders({ elf, path }: Program): readonly string[] {
  const origin = `/${posix.dirname(path)}`;
  return elf.searchPath.map((folder) => folder.replace(/\$ORIGIN|\$\{ORIGIN\}/g, origin));
}

/** Whether something that loads this library, at whatever distance, brings the name along by its `DT_RPATH` or its own needs. */
function isBroughtBy(
  loading: Loading,
  what: { program: Program; name: string; loaders: ReadonlyMap<string, readonly Program[]> },
): boolean {
  const { program, name, loaders } = what;
  const seen = new Set<string>([program.path]);
  const pending = [...(loaders.get(program.path) ?? [])];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    if (seen.has(one.path)) continue;
    seen.add(one.path);
    const isHere = one.elf.isInherited && ownFolders(one).some((folder) => fit(loading, program, `${folder}/${name}`));
    if (isHere || (one.elf.needed.includes(name) && find(loading, one, name) !== undefined)) return true;
    pending.push(...(loaders.get(one.path) ?? []));
  }
  return false;
}

function missingVersions({ elf, path }: Program, library: Program, name: string): readonly MissingLibrary[] {
  const { gives } = library.elf;
  // A library without versions gives its symbols to whoever asks for one, with a warning.
  if (gives.length === 0) return [];
  const lacking = (elf.wants[name] ?? []).filter((version) => !gives.includes(version));
  return lacking.map((version) => ({
    needer: `/${path}`,
    missing: `${version} of ${name}`,
    kind: 'symbol-version' as const,
  }));
}

function defaultFolders(programs: readonly Program[]): readonly string[] {
  const multiarch: Readonly<Record<number, string>> = {
    62: 'x86_64',
    183: 'aarch64',
    21: 'powerpc64le',
    243: 'riscv64',
  };
  const names = [...new Set(programs.map(({ elf }) => multiarch[elf.machine]))].filter((name) => name !== undefined);
  const triples = names.flatMap((name) => [`/lib/${name}-linux-gnu`, `/usr/lib/${name}-linux-gnu`]);
  return [...triples, '/lib64', '/usr/lib64', '/lib', '/usr/lib'];
}

function patternOf(glob: string): RegExp {
  const source = glob
    .split('*')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`, 'u');
}
