import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { hasCode, makeFolder, messageOf, ownerOnlyFile } from '../kit/index.ts';
import { storeError } from './errors.ts';
import { migrations } from './migrations.ts';

export type Row = Readonly<Record<string, string | number | null>>;
type Value = string | number | null;

/** A thin layer over libsql: prepared statements are kept, rows are plain, transactions are functions. */
export class Database {
  readonly path: string;
  readonly #handle: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();
  readonly #listeners = new Set<() => void>();
  #inTransaction = false;

  constructor(path: string, options: { readonly?: boolean } = {}) {
    this.path = path;
    try {
      if (!options.readonly) prepareFiles(path);
      this.#handle = new Libsql(path, {
        readonly: options.readonly ?? false,
        fileMustExist: options.readonly ?? false,
      });
    } catch (error) {
      throw storeError('STORE_UNREADABLE', { path, reason: messageOf(error) }, { cause: error });
    }
    try {
      // libsql takes `readonly`, and writes nevertheless.
      if (options.readonly) this.#handle.pragma('query_only = ON');
      else this.#prepareFile();
    } catch (error) {
      this.#handle.close();
      if (hasCode(error, 'STORE_TOO_NEW')) throw error;
      throw storeError('STORE_UNREADABLE', { path, reason: messageOf(error) }, { cause: error });
    }
  }

  run(sql: string, ...values: Value[]): void {
    this.#prepare(sql).run(...values);
    this.#tellWritten();
  }

  /** Runs an INSERT … RETURNING id, and gives the id as decimal text. */
  insert(sql: string, ...values: Value[]): string {
    const { id } = this.#prepare(sql).get(...values) as { id: number };
    this.#tellWritten();
    return String(id);
  }

  get(sql: string, ...values: Value[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: Value[]): readonly Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  /** All or nothing, and durable when it returns. Calls inside of a transaction join it. */
  transaction<T>(work: () => T): T {
    if (this.#inTransaction) return work();
    this.#inTransaction = true;
    try {
      return this.#handle.transaction(() => work())();
    } finally {
      this.#inTransaction = false;
      this.#tellWritten();
    }
  }

  /** Calls back after each write, once it is durable. Returns how to stop that. */
  onWrite(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes a consistent copy to a new file, while the database is in use. */
  copyTo(path: string): void {
    this.#handle.prepare('VACUUM INTO ?').run(path);
  }

  close(): void {
    this.#handle.close();
  }

  #tellWritten(): void {
    if (this.#inTransaction) return;
    for (const listener of this.#listeners) listener();
  }

  #prepareFile(): void {
    // First, since the others wait for whoever has the file as well.
    this.#handle.pragma('busy_timeout = 5000');
    this.#handle.pragma('journal_mode = WAL');
    this.#handle.pragma('synchronous = FULL');
    const { user_version: found } = this.#handle.prepare('PRAGMA user_version').get() as { user_version: number };
    if (found > migrations.length)
      throw storeError('STORE_TOO_NEW', { path: this.path, found, known: migrations.length });
    this.#handle.pragma('foreign_keys = OFF');
    for (const [index, step] of migrations.entries()) {
      if (index < found) continue;
      this.#handle.transaction(() => {
        this.#handle.exec(step);
        this.#handle.exec(`PRAGMA user_version = ${index + 1}`);
      })();
    }
    this.#handle.pragma('foreign_keys = ON');
  }

  #prepare(sql: string): Libsql.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#handle.prepare(sql)));
    return statement;
  }
}

/** The journal files that SQLite makes get the permissions of the database; those of an earlier server are set too. */
function prepareFiles(path: string): void {
  if (path === ':memory:') return;
  makeFolder(dirname(path));
  ownerOnlyFile(path);
  for (const journal of [`${path}-wal`, `${path}-shm`]) if (existsSync(journal)) ownerOnlyFile(journal);
}
