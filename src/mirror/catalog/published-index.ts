import { createHash, type Hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobKey, buildcacheMediaTypes, formatManifest, indexManifestKey } from '../../spack/index.ts';
import { blobRecord } from '../entries/put.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { indexFragment, indexPieces, indexTail } from './index-text.ts';
import type { IndexRows } from './index-rows.ts';

/** An index's text without its tail: the state of its SHA-256, to go on from, and its bytes. */
interface Tip {
  readonly digest: string;
  readonly hash: Hash;
  readonly size: number;
}

// Below this, writing the whole text costs less than extending it.
const WORTH_EXTENDING = 256 * 1024;

/**
 * Writes the rows of an index as Spack reads them. An index that only grows is not written whole: the store makes the
 * new blob of the old one and the new rows, and the digest continues from its former state. Facts that it keeps:
 * `published` (the blob), `size` (of its text without the tail), `through` (the last row in it), `stale`, `kept`.
 */
export class PublishedIndex {
  readonly #store: ObjectStore;
  readonly #rows: IndexRows;
  #tip: Tip | undefined;

  constructor(store: ObjectStore, rows: IndexRows) {
    this.#store = store;
    this.#rows = rows;
  }

  /** Whether the rows differ from what was published last. */
  isDue(): boolean {
    const through = this.#rows.fact('through');
    return through === undefined || this.#rows.fact('stale') === '1' || this.#rows.after(Number(through), 1).length > 0;
  }

  /**
   * Publishes the rows; call it in the writers' turn. `etag` is that of the manifest that it replaces, as it was seen.
   */
  async publish(etag: string | undefined): Promise<string> {
    const before = this.#rows.fact('published');
    const tip = (await this.#extend(before)) ?? (await this.#compose());
    const blob = { sha256: tip.digest, size: tip.size + indexTail.length };
    const record = blobRecord(buildcacheMediaTypes.index, blob, 'none');
    const manifest = Buffer.from(formatManifest({ version: 3, data: [record] }));
    await this.#store.put(indexManifestKey, manifest, { contentType: 'application/json', ifMatch: etag ?? 'absent' });
    this.#tip = tip;
    this.#rows.setFact('published', tip.digest);
    this.#rows.setFact('size', String(tip.size));
    this.#rows.setFact('stale', '');
    await this.#dropSuperseded(tip.digest, before);
    return tip.digest;
  }

  /** The new blob from the old one; undefined where that cannot be done. */
  async #extend(before: string | undefined): Promise<Tip | undefined> {
    const size = Number(this.#rows.fact('size') ?? 0);
    if (before === undefined || this.#store.extend === undefined) return undefined;
    if (this.#rows.fact('stale') === '1' || size < WORTH_EXTENDING) return undefined;
    const start = this.#tip?.digest === before ? this.#tip : await this.#tipOf(before, size);
    if (start === undefined) return undefined;
    const through = Number(this.#rows.fact('through') ?? 0);
    const added = this.#rows.after(through, 10_000);
    const last = added.at(-1)?.seq ?? through;
    if (this.#rows.after(last, 1).length > 0) return undefined;
    const text = Buffer.from(added.map((row) => `,${indexFragment(row)}`).join(''));
    const hash = start.hash.copy().update(text);
    const tip = { hash, digest: hash.copy().update(indexTail).digest('hex'), size: size + text.length };
    const tail = Buffer.concat([text, Buffer.from(indexTail)]);
    try {
      await this.#store.extend(blobKey(before), blobKey(tip.digest), { keep: size, tail });
    } catch {
      return undefined; // the blob before is gone or cut off: everything is written again
    }
    this.#rows.setFact('through', String(last));
    return tip;
  }

  async #tipOf(digest: string, size: number): Promise<Tip | undefined> {
    const source = await this.#store.open(blobKey(digest));
    if (source === undefined) return undefined;
    const hash = createHash('sha256');
    let left = size;
    for await (const chunk of source as AsyncIterable<Buffer>) {
      hash.update(chunk.subarray(0, left));
      left -= Math.min(left, chunk.length);
    }
    const isWhole = left === 0 && hash.copy().update(indexTail).digest('hex') === digest;
    return isWhole ? { digest, hash, size } : undefined;
  }

  async #compose(): Promise<Tip> {
    const hash = createHash('sha256');
    let [size, last] = [0, 0];
    const pieces = function* (rows: IndexRows) {
      for (const { text, through } of indexPieces(rows)) {
        const bytes = Buffer.from(text);
        last = through;
        size += bytes.length;
        hash.update(bytes);
        yield bytes;
      }
      yield Buffer.from(indexTail);
    };
    const folder = await mkdtemp(join(tmpdir(), 'slipway-index-'));
    const file = join(folder, 'index');
    try {
      await writeFile(file, pieces(this.#rows));
      const digest = hash.copy().update(indexTail).digest('hex');
      await this.#store.put(blobKey(digest), { file, size: size + indexTail.length, temporary: true });
      this.#rows.setFact('through', String(last));
      return { digest, hash, size };
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Keeps the newest two: readers may still be fetching the older one. */
  async #dropSuperseded(digest: string, before: string | undefined): Promise<void> {
    const earlier = JSON.parse(this.#rows.fact('kept') ?? '[]') as string[];
    const kept = [...new Set([digest, ...(before === undefined ? [] : [before]), ...earlier])];
    this.#rows.setFact('kept', JSON.stringify(kept.slice(0, 2)));
    for (const one of kept.slice(2)) await this.#store.remove?.(blobKey(one));
  }
}
