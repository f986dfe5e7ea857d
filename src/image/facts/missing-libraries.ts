import { posix } from 'node:path';
import { compileGlob } from '../../kit/index.ts';
import type { LayerPath } from './layer-facts.ts';
import { LibrarySearch, type LoadedObject, type SearchOptions } from './library-search.ts';
import type { RootIndex } from './root-index.ts';

/** Something that the dynamic loader would not find in the image. */
export interface MissingLibrary {
  /** Absolute path of the program or library that needs it. */
  readonly needer: string;
  /** `libz.so.1`, `/lib64/ld-linux-x86-64.so.2`, or `GLIBC_2.38 of libc.so.6`. */
  readonly missing: string;
  readonly kind: 'library' | 'loader' | 'symbol-version';
  /** Absolute paths of the programs that load the needer when they start; empty for a library that no program loads. */
  readonly programs: readonly string[];
}

export interface LoaderOptions extends SearchOptions {
  /** Names of libraries that the machine brings (`libcuda.so.*`); `*` stands for anything. */
  readonly ignore: readonly string[];
}

type Fault = Omit<MissingLibrary, 'programs'>;

/**
 * Starts every program of the image as ld.so(8) would, without running it, and returns what it would not find, symbol
 * versions included. Libraries that no program loads are then loaded one by one, as dlopen(3) would.
 */
export function missingLibraries(root: RootIndex, options: LoaderOptions): readonly MissingLibrary[] {
  const search = new LibrarySearch(root, options);
  const ignored = options.ignore.map((pattern) => compileGlob(pattern, 'text'));
  const all = [...root.entries()].map(objectOf).filter((one) => one !== undefined);
  const found = new Map<string, Fault & { programs: string[] }>();
  const loaded = new Set<string>();
  const load = (object: LoadedObject, isStarted: boolean) => {
    const { faults, objects } = loadAll(object, search);
    for (const { file } of objects) loaded.add(file);
    for (const fault of [...(isStarted ? missingLoader(object, root) : []), ...faults]) {
      if (fault.kind === 'library' && ignored.some((one) => one(fault.missing))) continue;
      const key = `${fault.needer} ${fault.missing}`;
      const known = found.get(key) ?? { ...fault, programs: [] };
      if (isStarted) known.programs.push(`/${object.file}`);
      found.set(key, known);
    }
  };
  for (const one of all) if (isProgram(one)) load(one, true);
  // A library that another one needs comes after it, with the other's search path.
  const needed = new Set(all.flatMap(({ elf }) => elf.needed));
  const isNeeded = ({ elf, file }: LoadedObject) => needed.has(elf.soname ?? posix.basename(file));
  const rest = [...all.filter((one) => !isNeeded(one)), ...all.filter(isNeeded)];
  for (const one of rest) if (!loaded.has(one.file)) load(one, false);
  return [...found.values()];
}

function objectOf({ path, elf }: LayerPath): LoadedObject | undefined {
  return elf === undefined ? undefined : { elf, file: path, path: `/${path}` };
}

/** A library that names a loader (the C library prints its version when it is run) is not a program. */
function isProgram({ elf }: LoadedObject): boolean {
  return elf.interpreter !== undefined && elf.soname === undefined;
}

function missingLoader({ elf, file }: LoadedObject, root: RootIndex): readonly Fault[] {
  const { interpreter } = elf;
  if (interpreter === undefined || root.follow(interpreter)?.elf !== undefined) return [];
  return [{ needer: `/${file}`, missing: interpreter, kind: 'loader' }];
}

/**
 * Maps an object and all that it needs into one process, breadth first: a library that is there already is taken again.
 */
function loadAll(
  start: LoadedObject,
  search: LibrarySearch,
): { faults: readonly Fault[]; objects: readonly LoadedObject[] } {
  const faults: Fault[] = [];
  const objects: LoadedObject[] = [start];
  const byName = new Map<string, LoadedObject>();
  const byFile = new Map([[start.file, start]]);
  for (const needer of objects) {
    for (const name of needer.elf.needed) {
      const found = byName.get(name) ?? search.find(needer, name);
      if (found === undefined) {
        faults.push({ needer: `/${needer.file}`, missing: name, kind: 'library' });
        continue;
      }
      const library = byFile.get(found.file) ?? { ...found, loader: needer };
      if (!byFile.has(library.file)) objects.push(library);
      byFile.set(library.file, library);
      for (const known of [name, library.elf.soname]) if (known !== undefined) byName.set(known, library);
      faults.push(...missingVersions(needer, library, name));
    }
  }
  return { faults, objects };
}

function missingVersions({ elf, file }: LoadedObject, library: LoadedObject, name: string): readonly Fault[] {
  const { provides } = library.elf;
  // The loader accepts a library without versions for every version, with a warning.
  if (provides.length === 0) return [];
  const lacking = (elf.requires[name] ?? []).filter((version) => !provides.includes(version));
  return lacking.map((version) => ({ needer: `/${file}`, missing: `${version} of ${name}`, kind: 'symbol-version' }));
}
