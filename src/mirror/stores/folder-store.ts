import { randomBytes } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { copyFile, link, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { Serial, SlipwayError, hasCode } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { checkKey, privateFolder, temporaryName } from './object-key.ts';
import type { ObjectBody, ObjectInfo, ObjectStore, PutOptions } from './object-store.ts';
import { readFailure, writeFailure } from './store-failure.ts';

interface FolderStoreOptions {
  /** Wait until the disk has what was written (default). Turn off only where losing a power cut's worth is fine. */
  readonly durable?: boolean;
}

/** The notary may be another user, and so may Spack; users who may not read them cannot enter the folder above. */
const OBJECT_MODE = 0o644;

/**
 * A mirror in a folder. Puts go through a temporary file and a rename. Conditional puts of one process wait for
 * each other; `ifMatch: 'absent'` holds between processes too.
 */
export function folderStore(path: string, options: FolderStoreOptions = {}): ObjectStore {
  return new FolderStore(resolve(path), options.durable ?? true);
}

class FolderStore implements ObjectStore {
  readonly url: string;
  readonly #root: string;
  readonly #durable: boolean;
  readonly #writes = new Serial();

  constructor(root: string, durable: boolean) {
    this.#root = root;
    this.#durable = durable;
    this.url = pathToFileURL(root).href;
  }

  async get(key: string): Promise<Buffer | undefined> {
    const path = this.#path(key);
    return orAbsent(path, () => readFile(path));
  }

  open(key: string): Promise<Readable | undefined> {
    return this.openRange(key, {});
  }

  async openRange(key: string, range: { start?: number; end?: number }): Promise<Readable | undefined> {
    const path = this.#path(key);
    const file = await orAbsent(path, () => open(path));
    if (file === undefined) return undefined;
    if ((await file.stat()).isFile()) return file.createReadStream({ ...range, highWaterMark: 2 ** 20 });
    await file.close();
    return undefined;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const path = this.#path(key);
    const found = await orAbsent(path, () => stat(path, { bigint: true }));
    if (found?.isFile() !== true) return undefined;
    return { key, size: Number(found.size), etag: etagOf(found), modified: Number(found.mtimeMs) };
  }

  async put(key: string, body: ObjectBody, { ifMatch }: PutOptions = {}): Promise<void> {
    const conflict = () => mirrorError('MIRROR_STORE_CONFLICT', { key, store: this.url });
    await this.#replace(key, async (temporary, path) => {
      await this.#write(temporary, body);
      if (ifMatch === 'absent') {
        await link(temporary, path).catch((error: unknown) => {
          throw hasCode(error, 'EEXIST') ? conflict() : error;
        });
      } else if (ifMatch !== undefined && (await this.head(key))?.etag !== ifMatch) throw conflict();
      else await rename(temporary, path);
      await this.#settle(dirname(path));
    });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    // Reads only the prefix's own folder: a mirror of many packages is listed by name for each.
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const parts = folder.split('/');
    if (!parts.includes(privateFolder) && !parts.includes('..')) yield* this.#walk(folder, prefix);
  }

  /**
   * A hard link: safe since an object is only ever replaced, never written into. Copies where links are not to be had.
   */
  async copy(source: string, target: string): Promise<void> {
    await this.#link(this.#path(source), target);
  }

  async adopt(source: ObjectStore, sourceKey: string, target: string): Promise<boolean> {
    if (!(source instanceof FolderStore)) return false;
    await this.#link(source.#path(sourceKey), target);
    return true;
  }

  async #link(from: string, target: string): Promise<void> {
    await this.#replace(target, async (temporary, path) => {
      await link(from, temporary).catch(() => copyFile(from, temporary, constants.COPYFILE_FICLONE));
      await rename(temporary, path);
      await this.#settle(dirname(path));
    });
  }

  /** The kernel copies what is kept; a file system that shares extents only notes it. */
  async extend(source: string, target: string, change: { keep: number; tail: Uint8Array }): Promise<void> {
    await this.#replace(target, async (temporary, path) => {
      await copyFile(this.#path(source), temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await appendAt(temporary, change);
      await rename(temporary, path);
    });
  }

  async remove(key: string): Promise<void> {
    const path = this.#path(key);
    await writing(path, () => rm(path, { force: true }));
  }

  #path(key: string): string {
    return join(this.#root, checkKey(key));
  }

  /** Runs what makes an object by way of a temporary file beside it, which is removed afterwards. */
  async #replace(key: string, make: (temporary: string, path: string) => Promise<void>): Promise<void> {
    const path = this.#path(key);
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    await this.#writes.run(key, () =>
      writing(path, async () => {
        await mkdir(dirname(path), { recursive: true });
        // A rename between two links of one file does nothing and leaves both, hence the removal.
        await make(temporary, path).finally(() => rm(temporary, { force: true }));
      }),
    );
  }

  async #write(temporary: string, body: ObjectBody): Promise<void> {
    if (!(body instanceof Uint8Array) && !(await linkTemporary(body, temporary)))
      await copyFile(body.file, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    const file = await open(temporary, body instanceof Uint8Array ? 'wx' : 'r+');
    try {
      if (body instanceof Uint8Array) await file.writeFile(body);
      else if ((await file.stat()).size !== body.size) throw new Error(`${body.file} no longer has ${body.size} bytes`);
      else await file.chmod(OBJECT_MODE);
      if (this.#durable) await file.sync();
    } finally {
      await file.close();
    }
  }

  /** A rename is on the disk only when its folder is. */
  async #settle(folder: string): Promise<void> {
    if (!this.#durable) return;
    const handle = await open(folder);
    await handle.sync().finally(() => handle.close());
  }

  async *#walk(folder: string, prefix: string): AsyncIterable<ObjectInfo> {
    const path = join(this.#root, folder);
    const entries = (await orAbsent(path, () => readdir(path, { withFileTypes: true }))) ?? [];
    const keys = entries.flatMap((entry) => {
      if (entry.name === privateFolder) return [];
      if (entry.isDirectory()) return [`${folder}${entry.name}/`];
      return entry.isFile() && !temporaryName.test(entry.name) ? [`${folder}${entry.name}`] : [];
    });
    for (const key of keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      if (key.endsWith('/')) {
        if (key.startsWith(prefix) || prefix.startsWith(key)) yield* this.#walk(key, prefix);
      } else if (key.startsWith(prefix)) {
        const info = await this.head(key);
        if (info !== undefined) yield info;
      }
    }
  }
}

/**
 * Removes what killed writers left in a folder store, and returns the count: only while nothing writes to it, or what
 * was written before a time (milliseconds since 1970) after which every writer has ended.
 */
export async function sweepTemporary(path: string, { before = Infinity } = {}): Promise<number> {
  const entries = (await orAbsent(path, () => readdir(path, { withFileTypes: true, recursive: true }))) ?? [];
  const leftovers = entries.filter((entry) => entry.isFile() && temporaryName.test(entry.name));
  let swept = 0;
  for (const entry of leftovers) {
    const file = join(entry.parentPath, entry.name);
    if (((await orAbsent(file, () => stat(file)))?.mtimeMs ?? Infinity) >= before) continue;
    await rm(file, { force: true });
    swept += 1;
  }
  return swept;
}

async function linkTemporary(body: Exclude<ObjectBody, Uint8Array>, target: string): Promise<boolean> {
  if (body.temporary !== true) return false;
  return link(body.file, target).then(
    () => true,
    () => false,
  );
}

async function appendAt(path: string, { keep, tail }: { keep: number; tail: Uint8Array }): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    if (size < keep) throw new Error(`${path} has ${size} bytes, fewer than ${keep}`);
    await file.truncate(keep);
    await file.write(tail, 0, tail.length, keep);
  } finally {
    await file.close();
  }
}

function etagOf(found: BigIntStats): string {
  return [found.ino, found.size, found.mtimeNs].map((part) => part.toString(36)).join('-');
}

async function orAbsent<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].some((code) => hasCode(error, code))) return undefined;
    throw readFailure(path, error);
  }
}

async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw error instanceof SlipwayError ? error : writeFailure(path, error);
  }
}
