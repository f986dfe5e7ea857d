import { posix } from 'node:path';
import type { Elf } from './elf.ts';
import type { RootIndex } from './root-index.ts';

export interface SearchOptions {
  /** Folders of `ld.so.cache` and `ld.so.conf`. */
  readonly loaderFolders: readonly string[];
  /** `LD_LIBRARY_PATH` of the image. */
  readonly libraryPath: string | undefined;
}

/** A program or library as the dynamic loader maps it into a process. */
export interface LoadedObject {
  readonly elf: Elf;
  /** Path of the file itself, links followed, without a leading slash. */
  readonly file: string;
  /** Absolute path that the loader found it by; its `$ORIGIN` is the folder of this path. */
  readonly path: string;
  /** The object that needed it first; undefined for the program. */
  readonly loader?: LoadedObject;
}

interface Wanted {
  readonly needer: LoadedObject;
  readonly name: string;
  readonly folders: () => readonly string[];
}

/** `e_machine` to the name in multiarch folders, which is also the kernel's `$PLATFORM`. */
const PLATFORMS: Readonly<Record<number, string>> = {
  3: 'i386',
  62: 'x86_64',
  183: 'aarch64',
  21: 'powerpc64le',
  243: 'riscv64',
};

/** Returns the name of the folders of libraries on Debian and its relatives: `x86_64-linux-gnu`. */
export function multiarchName(machine: number): string | undefined {
  const platform = PLATFORMS[machine];
  return platform === undefined ? undefined : `${platform}-linux-gnu`;
}

/** Finds libraries in an image's root folder as ld.so(8) does. Remembers what it found, so use one for each image. */
export class LibrarySearch {
  readonly #root: RootIndex;
  readonly #loaderFolders: readonly string[];
  readonly #libraryPath: readonly string[];
  readonly #known = new Map<string, LoadedObject | undefined>();

  constructor(root: RootIndex, { loaderFolders, libraryPath }: SearchOptions) {
    this.#root = root;
    this.#loaderFolders = loaderFolders;
    this.#libraryPath = (libraryPath ?? '').split(/[:;]/).filter((folder) => folder !== '');
  }

  /**
   * Returns the library that `needer` gets for a name of its `DT_NEEDED`: by `DT_RPATH` of the needer and of what
   * loaded it (unless the needer has `DT_RUNPATH`), `LD_LIBRARY_PATH`, `DT_RUNPATH`, the loader's cache, the default
   * folders.
   */
  find(needer: LoadedObject, name: string): LoadedObject | undefined {
    if (name.includes('/')) return this.#open(needer.elf, expand(needer, name));
    return (
      (needer.elf.isInherited ? this.#byInheritedPaths(needer, name) : undefined) ??
      this.#byEnvironment(needer, name) ??
      (needer.elf.isInherited ? undefined : this.#byOwnPath(needer, needer, name)) ??
      this.#among('system', { needer, name, folders: () => this.#systemFolders(needer) })
    );
  }

  #byInheritedPaths(needer: LoadedObject, name: string): LoadedObject | undefined {
    for (let one: LoadedObject | undefined = needer; one !== undefined; one = one.loader) {
      const found = one.elf.isInherited ? this.#byOwnPath(one, needer, name) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #byOwnPath(owner: LoadedObject, needer: LoadedObject, name: string): LoadedObject | undefined {
    const { searchPath } = owner.elf;
    if (searchPath.length === 0) return undefined;
    return this.#among(owner.path, { needer, name, folders: () => searchPath.flatMap((one) => expand(owner, one)) });
  }

  /** The loader expands the variable once for the process, so `$ORIGIN` in it is the program's folder. */
  #byEnvironment(needer: LoadedObject, name: string): LoadedObject | undefined {
    if (this.#libraryPath.length === 0) return undefined;
    let program = needer;
    while (program.loader !== undefined) program = program.loader;
    const folders = this.#libraryPath.flatMap((folder) => expand(program, folder));
    return this.#among(`environment ${folders.join(':')}`, { needer, name, folders: () => folders });
  }

  /** Looks through folders; `where` identifies them, so that each name is looked for once. */
  #among(where: string, { needer, name, folders }: Wanted): LoadedObject | undefined {
    const { machine, bits } = needer.elf;
    const key = `${where} ${machine}/${bits} ${name}`;
    if (!this.#known.has(key)) {
      const paths = folders().map((folder) => `${folder}/${name}`);
      this.#known.set(key, this.#open(needer.elf, paths));
    }
    return this.#known.get(key);
  }

  /** The first path with a library of the same class and machine; the loader passes over others. */
  #open({ machine, bits }: Elf, paths: readonly string[]): LoadedObject | undefined {
    for (const path of paths) {
      const found = this.#root.follow(path);
      const elf = found?.elf;
      if (found !== undefined && elf?.machine === machine && elf.bits === bits) return { elf, file: found.path, path };
    }
    return undefined;
  }

  #systemFolders({ elf }: LoadedObject): readonly string[] {
    const multiarch = multiarchName(elf.machine);
    const triple = multiarch === undefined ? [] : [`/lib/${multiarch}`, `/usr/lib/${multiarch}`];
    return [...this.#loaderFolders, ...triple, '/lib64', '/usr/lib64', '/lib', '/usr/lib'];
  }
}

/**
 * Expands `$ORIGIN`, `$LIB` and `$PLATFORM`; `$LIB` depends on how the image's loader was built, so it stands for
 * several paths.
 */
function expand({ elf, path }: LoadedObject, text: string): readonly string[] {
  if (!text.includes('$')) return [text];
  const platform = PLATFORMS[elf.machine] ?? '';
  const own = text
    .replace(/\$(?:ORIGIN\b|\{ORIGIN\})/g, () => posix.dirname(path))
    .replace(/\$(?:PLATFORM\b|\{PLATFORM\})/g, platform);
  const libraries = /\$(?:LIB\b|\{LIB\})/g;
  if (!libraries.test(own)) return [own];
  return [`lib/${platform}-linux-gnu`, 'lib64', 'lib'].map((folder) => own.replace(libraries, folder));
}
