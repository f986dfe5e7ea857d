import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../kit/index.ts';

const MAX_BYTES = 20 * 1024 ** 3;

export interface CacheFolderOptions {
  /** Made when the first cache is kept. */
  readonly folder: string;
  /** Bytes of all archives together, 20 GiB by default; the ones not used for longest go first. */
  readonly maxBytes?: number;
}

interface CacheName {
  readonly scope: string;
  readonly key: string;
}

/**
 * Archives of files that jobs keep for later ones, one for each scope (a project, a working copy) and key, which are
 * any texts. An archive is replaced as a whole: a concurrent reader has the old one or the new one.
 */
export class CacheFolder {
  readonly #folder: string;
  readonly #maxBytes: number;

  constructor({ folder, maxBytes = MAX_BYTES }: CacheFolderOptions) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** Path of the archive, which counts as used at `now` (milliseconds since 1970); undefined if there is none. */
  async find(at: CacheName, now: number): Promise<string | undefined> {
    const path = this.#pathOf(at);
    const when = now / 1000;
    return utimes(path, when, when).then(
      () => path,
      () => undefined,
    );
  }

  /** Keeps what `write` leaves at the path that it is given. */
  async keep(at: CacheName, write: (path: string) => Promise<void>): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const temporary = join(this.#folder, `${randomUUID()}.part`);
    try {
      await write(temporary);
      await rename(temporary, this.#pathOf(at));
    } finally {
      await rm(temporary, { force: true });
    }
    await this.#makeRoom(this.#pathOf(at));
  }

  async forget(at: CacheName): Promise<void> {
    await rm(this.#pathOf(at), { force: true });
  }

  #pathOf({ scope, key }: CacheName): string {
    return join(this.#folder, `${sha256(JSON.stringify([scope, key]))}.zip`);
  }

  async #makeRoom(newest: string): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.zip'));
    const all = await Promise.all(names.map((name) => measure(join(this.#folder, name))));
    let total = all.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of all.toSorted((one, other) => one.used - other.used)) {
      if (total <= this.#maxBytes) return;
      if (path === newest) continue;
      await rm(path, { force: true });
      total -= size;
    }
  }
}

/** Another run may have removed it already. */
async function measure(path: string): Promise<{ path: string; size: number; used: number }> {
  const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
  return { path, size, used: mtimeMs };
}
