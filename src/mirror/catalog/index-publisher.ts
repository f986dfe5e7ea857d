import {
  Retryable,
  Serial,
  hasCode,
  retry,
  sha256,
  systemClock,
  timestamp,
  type Clock,
  type OnProgress,
  type RetryOptions,
} from '../../kit/index.ts';
import { indexManifestKey, manifestKey, readIndexFile, type IndexFile, type SpecDocument } from '../../spack/index.ts';
import type { ReadOptions } from '../entries/entry.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { adoptIndex } from './adopt-index.ts';
import { checkEntries, type RefusedEntry } from './check-entries.ts';
import { checkIndex } from './check-index.ts';
import { IndexRecord, type RecordedEntry } from './index-record.ts';
import { IndexRows, type IndexRow } from './index-rows.ts';
import { writeStatement, type SignText } from './index-statement.ts';
import { indexText, type DatabaseVersion } from './index-text.ts';
import { entryNames } from './list.ts';
import { PublishedIndex } from './published-index.ts';
import { readIndex } from './read-index.ts';

export interface RebuiltIndex {
  /** Hashes that the index lacked. */
  readonly added: readonly string[];
  /** Hashes that the index named and the mirror lacks. */
  readonly dropped: readonly string[];
  /** Invalid entries of the mirror; they are not in the index. */
  readonly refused: readonly RefusedEntry[];
}

export interface IndexExtent {
  readonly last: number;
  readonly altered: number;
}

interface PublisherOptions {
  /** The SQLite file of the index of record, which all writers of the mirror share; by default kept in memory. */
  readonly path?: string;
  /** Signs the statement beside the index; without, there is none. */
  readonly sign?: SignText;
  readonly clock?: Clock;
  /** How often to try while writers with records of their own (on other machines) publish as well. */
  readonly retry?: RetryOptions;
}

type Change = (record: IndexRecord, rows: IndexRows) => void;

const AGAINST_OTHERS: RetryOptions = { attempts: 20, baseMs: 50 };

/**
 * Keeps a mirror's index: first in its record (SQLite), then as the file that Spack reads. Publishers in any number of
 * processes may share a record: they take turns, and each publishes what all have recorded. `add` may be called many
 * times at once; what arrives during a write goes into the next one together. Call `heal` once before, to repair what a
 * crash between an entry and its index left. The cost of `add` does not grow with the index, except for what the store
 * does to extend a blob. Publishers that share no record lose nothing either if the store keeps conditions: the second
 * one adopts what the first published, and publishes both.
 */
export class IndexPublisher {
  readonly #store: ObjectStore;
  readonly #read: ReadOptions;
  readonly #options: PublisherOptions;
  readonly #writes = new Serial();
  #opened: { rows: IndexRows; record: IndexRecord; published: PublishedIndex } | undefined;
  #waiting: RecordedEntry[] = [];

  constructor(store: ObjectStore, read: ReadOptions = { requireSignature: false }, options: PublisherOptions = {}) {
    this.#store = store;
    this.#read = read;
    this.#options = options;
  }

  /** Adds a package and resolves when the published index names it. */
  async add(document: SpecDocument): Promise<void> {
    const { nodes } = document;
    const stored = await this.#store.get(manifestKey(nodes[0]));
    this.#waiting.push({ nodes, manifest: stored === undefined ? '' : sha256(stored) });
    await this.#writes.run('index', () => this.#addWaiting());
  }

  /** Removes packages from the index before their entries are removed. */
  remove(hashes: Iterable<string>): Promise<void> {
    return this.#write((record) => record.drop(hashes));
  }

  /** Returns the current index. */
  async current(): Promise<IndexFile> {
    return readIndexFile(await this.text());
  }

  /** Returns how many packages the index has. */
  count(): Promise<number> {
    return this.#query((rows) => rows.count());
  }

  /** Returns its text, in the database version of a layout. */
  text(version?: DatabaseVersion): Promise<string> {
    return this.#query((rows) => indexText(rows, version));
  }

  /**
   * Returns how far the record has come: `last` grows with each row that is added, `altered` when earlier rows change.
   */
  extent(): Promise<IndexExtent> {
    return this.#query((rows) => ({ last: rows.lastSeq(), altered: Number(rows.fact('altered') ?? 0) }));
  }

  /** Returns at most `limit` rows of the record as it stands, after one. */
  rowsAfter(seq: number, limit: number): readonly IndexRow[] {
    return this.#parts.rows.after(seq, limit);
  }

  /** Compares the index with the names of the entries; reads only those that it lacks. */
  async heal(): Promise<RebuiltIndex> {
    const names = await entryNames(this.#store);
    const known = await this.#query((rows) => rows.present());
    const missing = [...names.values()].filter(({ hash }) => !known.has(hash));
    const { found, refused } = await checkEntries(this.#store, missing, this.#read);
    const dropped = [...known].filter((hash) => !names.has(hash));
    await this.#write((record) => {
      record.drop(dropped);
      for (const entry of found) record.add(entry);
    });
    return { added: found.map(({ nodes }) => nodes[0].hash), dropped, refused };
  }

  /** Makes the index from the entries alone: reads and checks every one, whatever the index contains. */
  async rebuild(onProgress?: OnProgress): Promise<RebuiltIndex> {
    const names = [...(await entryNames(this.#store)).values()];
    const { found, refused } = await checkEntries(this.#store, names, { ...this.#read, onProgress });
    const known = await this.#query((rows) => rows.present()).catch(() => undefined);
    const hashes = new Set(found.map(({ nodes }) => nodes[0].hash));
    const added = [...hashes].filter((hash) => known?.has(hash) !== true);
    const dropped = [...(known ?? [])].filter((hash) => !hashes.has(hash));
    const isWhole = await readIndex(this.#store).then(
      () => true,
      () => false,
    );
    await this.#write((record, rows) => {
      if (!isWhole) rows.setFact('stale', '1');
      if (known === undefined || added.length + dropped.length > 0) record.clear();
      for (const entry of found) record.add(entry);
      rows.setFact('stated', '');
    }, known === undefined);
    return { added, dropped, refused };
  }

  /**
   * Throws if the mirror cannot be read, or holds another index than the one that was published last, or lacks what
   * that names. Waits for writers of the same record.
   */
  async check(): Promise<void> {
    const listed = new Set((await entryNames(this.#store)).keys());
    const { rows } = this.#parts;
    const check = () => {
      const number = Number(rows.fact('number') ?? 0);
      return checkIndex(this.#store, { verifier: this.#read.verifier, listed, number });
    };
    await this.#writes.run('index', () => rows.exclusively(check));
  }

  /** Closes the record's file. */
  close(): void {
    this.#opened?.rows.close();
    this.#opened = undefined;
  }

  get #parts() {
    if (this.#opened === undefined) {
      const rows = new IndexRows(this.#options.path);
      const published = new PublishedIndex(this.#store, rows);
      this.#opened = { rows, record: new IndexRecord(rows), published };
    }
    return this.#opened;
  }

  async #addWaiting(): Promise<void> {
    const entries = this.#waiting;
    if (entries.length === 0) return;
    this.#waiting = [];
    try {
      await this.#change((record) => {
        for (const entry of entries) record.add(entry);
      });
    } catch (error) {
      // The next caller's turn tries again with all of them.
      this.#waiting.unshift(...entries);
      throw error;
    }
  }

  /** Reads the record, after taking over what others have published. */
  #query<T>(read: (rows: IndexRows) => T): Promise<T> {
    return this.#writes.run('index', async () => {
      const { rows } = this.#parts;
      await rows.exclusively(() => adoptIndex(this.#store, this.#parts));
      return read(rows);
    });
  }

  #write(change: Change, isDamaged = false): Promise<void> {
    return this.#writes.run('index', () => this.#change(change, isDamaged));
  }

  /** Takes two turns: if publishing fails, what is recorded is published by the next writer. */
  async #change(change: Change, isDamaged = false): Promise<void> {
    const { rows, record } = this.#parts;
    await rows.exclusively(async () => {
      if (!isDamaged) await adoptIndex(this.#store, this.#parts);
      change(record, rows);
    });
    await retry(async () => {
      try {
        await rows.exclusively(() => this.#publish(isDamaged));
      } catch (error) {
        throw hasCode(error, 'MIRROR_STORE_CONFLICT') ? new Retryable(error) : error;
      }
    }, this.#options.retry ?? AGAINST_OTHERS);
  }

  async #publish(isDamaged: boolean): Promise<void> {
    const { rows, record, published } = this.#parts;
    // Before it is adopted: what others publish from here on is a conflict.
    const before = await this.#store.head(indexManifestKey);
    if (!isDamaged) await adoptIndex(this.#store, this.#parts);
    const isDue = published.isDue() || before === undefined;
    if (isDue) await published.publish(before?.etag);
    const { sign, clock = systemClock } = this.#options;
    const index = rows.fact('published');
    const entries = record.entriesDigest();
    if (sign === undefined || index === undefined || (!isDue && rows.fact('stated') === `${index} ${entries}`)) return;
    const number = Number(rows.fact('number') ?? 0) + 1;
    await writeStatement(this.#store, { sign, index, entries, count: record.count(), number, at: timestamp(clock) });
    rows.setFact('number', String(number));
    rows.setFact('stated', `${index} ${entries}`);
  }
}
