import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite } from '../../kit/index.ts';
import { mergeLocks, orderedLock, readLockfile, writeLockfile, type Lockfile } from '../../spack/index.ts';

/**
 * The roots that were locked under one configuration, each independently of the others. Jobs share them: of two that
 * add roots at once, those of one are forgotten, and solved again when they are needed.
 */
class KnownRoots {
  readonly #file: string | undefined;
  readonly #specs: ReadonlySet<string>;
  readonly #lock: Lockfile | undefined;

  constructor(file: string | undefined, lock: Lockfile | undefined) {
    this.#file = file;
    this.#lock = lock;
    this.#specs = new Set(lock?.roots.map(({ spec }) => spec));
  }

  has(spec: string): boolean {
    return this.#specs.has(spec);
  }

  /** Of all roots that are known; at least one is. */
  get lock(): Lockfile {
    return this.#lock as Lockfile;
  }

  /** Adds roots, and returns the lock of all. */
  async add(made: Lockfile): Promise<Lockfile> {
    const all = mergeLocks(this.#lock === undefined ? [made] : [made, this.#lock]);
    if (this.#file !== undefined) await atomicWrite(this.#file, writeLockfile(orderedLock(all)));
    return all;
  }
}

/** Opens the roots of a configuration; without a key nothing is known, and nothing is kept. */
export async function knownRoots(cacheFolder: string, key: string | undefined): Promise<KnownRoots> {
  if (key === undefined) return new KnownRoots(undefined, undefined);
  const file = join(cacheFolder, 'locks', `${key}.roots`);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return new KnownRoots(file, text === undefined ? undefined : readKnown(text, file));
}

/** A damaged file counts as none. */
function readKnown(text: string, file: string): Lockfile | undefined {
  try {
    return readLockfile(text, file, { checkHashes: true });
  } catch {
    return undefined;
  }
}
