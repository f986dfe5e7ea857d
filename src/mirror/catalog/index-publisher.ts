import { messageOf } from '../../kit/index.ts';
import {
  addToIndex,
  blobKey,
  buildcacheMediaTypes,
  emptyIndex,
  formatIndexFile,
  indexManifestKey,
  readIndexFile,
} from '../../spack/index.ts';
import type { IndexFile, SpecDocument } from '../../spack/index.ts';
import { checkEntry } from '../entries/entry.ts';
import type { ReadOptions } from '../entries/entry.ts';
import { mirrorError } from '../errors.ts';
import { listEntries } from './list.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { getDocument, putDocument } from '../archive/plain-document.ts';
import { Serial } from './serial.ts';

export interface Rebuilt {
  /** Hashes that the index lacked. */
  readonly added: readonly string[];
  /** Hashes that the index named and the mirror has not. */
  readonly dropped: readonly string[];
  /** Entries that are on the mirror and wrong; they are not in the index. */
  readonly refused: readonly { readonly hash: string; readonly code: string; readonly reason: string }[];
}

/**
 * Keeps a mirror's index. One publisher for a store, in one process: it is the single writer. `add` may be called
 * many times at once; what arrives while a write is under way goes into the next one together. Call `rebuild` once
 * before, to heal what a crash between an entry and its index left.
 */
export class IndexPublisher {
  readonly #store: ObjectStore;
  readonly #read: ReadOptions;
  readonly #writes = new Serial();
  #index: IndexFile | undefined;
  #waiting: SpecDocument[] = [];
  /** Digests of the newest two indexes: readers may still be fetching the older one. */
  #kept: readonly string[] = [];

  constructor(store: ObjectStore, read: ReadOptions = { requireSignature: false }) {
    this.#store = store;
    this.#read = read;
  }

  /** Adds a package and resolves when the published index names it. */
  add(document: SpecDocument): Promise<void> {
    this.#waiting.push(document);
    return this.#writes.run('index', () => this.#publishWaiting());
  }

  /** The index as it stands: read from the store once, then from memory. */
  current(): Promise<IndexFile> {
    return this.#writes.run('index', () => this.#load());
  }

  /** Compares the index with the entries that are there, and publishes it again if they differ. */
  rebuild(): Promise<Rebuilt> {
    return this.#writes.run('index', () => this.#rebuild());
  }

  async #publishWaiting(): Promise<void> {
    const documents = this.#waiting;
    if (documents.length === 0) return;
    this.#waiting = [];
    try {
      const before = await this.#load();
      if (documents.every(({ nodes: [node] }) => before.installs.get(node.hash)?.in_buildcache === true)) return;
      await this.#publish(documents.reduce((index, document) => addToIndex(index, document.nodes), before));
    } catch (error) {
      // The other callers' turn comes after this one; they try again with everything.
      this.#waiting.unshift(...documents);
      throw error;
    }
  }

  async #rebuild(): Promise<Rebuilt> {
    const before = await this.#load().catch(() => undefined);
    const found: SpecDocument[] = [];
    const refused: { hash: string; code: string; reason: string }[] = [];
    for await (const listed of listEntries(this.#store)) {
      const checked = await checkEntry(this.#store, listed, this.#read);
      if (checked.state === 'valid') found.push(checked.entry.spec);
      else if (checked.state === 'invalid')
        refused.push({ hash: listed.hash, code: checked.code, reason: checked.reason });
    }
    const hashes = new Set(found.map((document) => document.nodes[0].hash));
    const known = new Set(
      [...(before?.installs ?? [])].filter(([, entry]) => entry.in_buildcache).map(([hash]) => hash),
    );
    const added = [...hashes].filter((hash) => !known.has(hash));
    const dropped = [...known].filter((hash) => !hashes.has(hash));
    const isAbsent = (await this.#store.head(indexManifestKey)) === undefined;
    if (before === undefined || isAbsent || added.length + dropped.length > 0) {
      await this.#publish(found.reduce((index, document) => addToIndex(index, document.nodes), emptyIndex));
    }
    return { added, dropped, refused };
  }

  async #load(): Promise<IndexFile> {
    if (this.#index !== undefined) return this.#index;
    try {
      const document = await getDocument(this.#store, indexManifestKey);
      this.#kept = document === undefined ? [] : [document.record.checksum];
      this.#index = document === undefined ? emptyIndex : readIndexFile(document.text);
      return this.#index;
    } catch (error) {
      throw mirrorError('MIRROR_INDEX_INVALID', { store: this.#store.url, reason: messageOf(error) }, { cause: error });
    }
  }

  async #publish(index: IndexFile): Promise<void> {
    const { checksum } = await putDocument(this.#store, indexManifestKey, {
      text: formatIndexFile(index),
      mediaType: buildcacheMediaTypes.index,
    });
    this.#index = index;
    const kept = [checksum, ...this.#kept.filter((digest) => digest !== checksum)];
    this.#kept = kept.slice(0, 2);
    for (const digest of kept.slice(2)) await this.#store.remove?.(blobKey(digest));
  }
}
