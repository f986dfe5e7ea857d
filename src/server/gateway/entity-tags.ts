import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BoundedMap, atomicWrite, sha256 } from '../../kit/index.ts';
import type { ObjectInfo, ObjectStore } from '../../mirror/index.ts';

const S3_TAG = /^[0-9a-f]{32}(?:-\d+)?$/;
const SMALL = 2 ** 20;
const MOST_CACHED = 10_000;

/**
 * Entity tags as S3 has them: the MD5 of an object, or `<MD5 of the parts' MD5s>-<count>` after an upload in parts.
 * Since stores have other tags, the tag of a large object is stored when it arrives, and is valid while the store's own
 * does not change. An object of unknown origin gets a tag of the second form, which no client takes for an MD5.
 */
export class EntityTags {
  readonly #folder: string;
  readonly #cache = new BoundedMap<string, { readonly own: string; readonly tag: string }>(MOST_CACHED);

  constructor(folder: string) {
    this.#folder = folder;
  }

  async tag(store: ObjectStore, bucket: string, info: ObjectInfo): Promise<string> {
    if (S3_TAG.test(info.etag)) return info.etag;
    const name = `${bucket}/${info.key}`;
    const known = this.#cache.get(name) ?? (await this.#read(name));
    if (known?.own === info.etag) return known.tag;
    const tag = await this.#make(store, info);
    this.#cache.set(name, { own: info.etag, tag });
    return tag;
  }

  /** Stores the tag of an object that has just arrived. */
  async record(bucket: string, info: ObjectInfo, tag: string): Promise<void> {
    if (S3_TAG.test(info.etag)) return;
    const name = `${bucket}/${info.key}`;
    this.#cache.set(name, { own: info.etag, tag });
    if (info.size <= SMALL && !tag.includes('-')) return;
    await atomicWrite(this.#path(name), `${info.etag} ${tag}\n`);
  }

  async #make(store: ObjectStore, info: ObjectInfo): Promise<string> {
    const bytes = info.size <= SMALL ? await store.get(info.key) : undefined;
    if (bytes !== undefined) return createHash('md5').update(bytes).digest('hex');
    // A blob's digest is in its name; the tags of other large objects change with the store's.
    const seed = /blobs\/sha256\/..\/([0-9a-f]{64})$/.exec(info.key)?.[1] ?? sha256(`${info.key}\n${info.etag}`);
    return `${seed.slice(0, 32)}-1`;
  }

  async #read(name: string): Promise<{ own: string; tag: string } | undefined> {
    const text = await readFile(this.#path(name), 'utf8').catch(() => '');
    const [own, tag] = text.trim().split(' ');
    return own === undefined || tag === undefined || !S3_TAG.test(tag) ? undefined : { own, tag };
  }

  #path(name: string): string {
    const digest = sha256(name);
    return join(this.#folder, digest.slice(0, 2), digest);
  }
}
