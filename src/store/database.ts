// The SQL of a statement decides the type of its rows, which the caller names.
// oxlint-disable typescript/no-unnecessary-type-parameters
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { SlipwayError, makeFolder, messageOf, ownerOnlyFile } from '../kit/index.ts';
import { storeError } from './errors.ts';
import { firstSchema, migrationsBetween, schemaVersion } from './migrations.ts';

/** NULL is read as undefined. */
type Row = Readonly<Record<string, string | number | undefined>>;
/** Undefined is stored as NULL. */
type Value = string | number | undefined;

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
      if (options.readonly) {
        this.#handle.pragma('query_only = ON');
        if (this.#readVersion() < schemaVersion) throw storeError('STORE_NOT_UPGRADED', { path });
      } else {
        this.#prepareFile();
      }
    } catch (error) {
      this.#handle.close();
      if (error instanceof SlipwayError) throw error;
      throw storeError('STORE_UNREADABLE', { path, reason: messageOf(error) }, { cause: error });
    }
  }

  run(sql: string, ...values: Value[]): void {
    this.#prepare(sql).run(bound(values));
    this.#notify();
  }

  /** Adds a row to a table, and returns its id as decimal text. */
  insert(table: string, row: Readonly<Record<string, Value>>, how = 'INSERT'): string {
    const columns = Object.keys(row);
    const sql = `${how} INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`;
    const { lastInsertRowid } = this.#prepare(sql).run(bound(Object.values(row)));
    this.#notify();
    return String(lastInsertRowid);
  }

  /** Adds a row to a table; it replaces the one with the same key. */
  replace(table: string, row: Readonly<Record<string, Value>>): void {
    this.insert(table, row, 'INSERT OR REPLACE');
  }

  /** Returns the first row; the columns must be named as the fields of its type. */
  get<T = Row>(sql: string, ...values: Value[]): T | undefined {
    const row = this.#prepare(sql).get(bound(values)) as StoredRow | undefined;
    if (row === undefined) return undefined;
    // libsql adds how long the statement took.
    const { _metadata, ...columns } = row;
    return read<T>(columns);
  }

  all<T = Row>(sql: string, ...values: Value[]): readonly T[] {
    return (this.#prepare(sql).all(bound(values)) as StoredRow[]).map(read<T>);
  }

  /** All or nothing, and durable when it returns. Calls inside of a transaction join it. */
  transaction<T>(work: () => T): T {
    if (this.#inTransaction) return work();
    this.#inTransaction = true;
    try {
      return this.#handle.transaction(() => work())();
    } finally {
      this.#inTransaction = false;
      this.#notify();
    }
  }

  /** Calls back after each write, once it is durable. Returns a function that stops the calls. */
  onWrite(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#handle.close();
  }

  #notify(): void {
    if (this.#inTransaction) return;
    for (const listener of this.#listeners) listener();
  }

  #prepareFile(): void {
    // First, since the others wait as well for a process that has the file.
    this.#handle.pragma('busy_timeout = 30000');
    this.#handle.pragma('journal_mode = WAL');
    this.#handle.pragma('synchronous = FULL');
    if (this.#readVersion() < schemaVersion) this.#handle.transaction(() => this.#migrate())();
    this.#handle.pragma('foreign_keys = ON');
  }

  /** The version is read again: another process may have changed the schema since. */
  #migrate(): void {
    for (const migration of migrationsBetween(this.#readVersion())) this.#handle.exec(migration);
    this.#handle.exec(`PRAGMA user_version = ${schemaVersion}`);
  }

  /** Returns the number of the file's schema, 0 for an empty one. Refuses those that cannot be used. */
  #readVersion(): number {
    const { user_version: found } = this.#handle.prepare('PRAGMA user_version').get() as { user_version: number };
    const { path } = this;
    if (found > schemaVersion) throw storeError('STORE_TOO_NEW', { path, found, known: schemaVersion });
    if (found !== 0 && found < firstSchema) throw storeError('STORE_TOO_OLD', { path, found, oldest: firstSchema });
    return found;
  }

  #prepare(sql: string): Libsql.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#handle.prepare(sql)));
    return statement;
  }
}

type StoredRow = Record<string, string | number | null | undefined>;

function bound(values: readonly Value[]): (string | number | null)[] {
  return values.map((value) => value ?? null);
}

function read<T>(row: StoredRow): T {
  for (const column in row) row[column] ??= undefined;
  return row as T;
}

/** The journal files that SQLite makes get the permissions of the database; those of an earlier server are set too. */
function prepareFiles(path: string): void {
  if (path === ':memory:') return;
  makeFolder(dirname(path));
  ownerOnlyFile(path);
  for (const journal of [`${path}-wal`, `${path}-shm`]) if (existsSync(journal)) ownerOnlyFile(journal);
}
