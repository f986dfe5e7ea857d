import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type Libsql from 'libsql';
import { hasCode, messageOf } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { privateFolder } from '../stores/object-key.ts';

const load = createRequire(import.meta.url);

/** Path of the index of record of a folder mirror: every writer on this machine uses the same one. */
export function indexPath(folder: string): string {
  return join(folder, privateFolder, 'index.sqlite');
}

/** One package that an index names. */
export interface IndexRow {
  /** Grows with each row that is added. */
  readonly seq: number;
  readonly hash: string;
  /** Whether its entry is on the mirror; otherwise it is only named as a dependency. */
  readonly present: boolean;
  /** How many rows depend on it directly. */
  readonly refs: number;
  /** The node as JSON, in Spack's order of keys. */
  readonly node: string;
  /** SHA-256 of the entry's manifest as it is stored; empty if it is not known. */
  readonly manifest: string;
}

type Stored = Omit<IndexRow, 'present'> & { readonly present: number };

const SCHEMA = `
  BEGIN IMMEDIATE;
  CREATE TABLE IF NOT EXISTS packages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, present INTEGER NOT NULL,
    refs INTEGER NOT NULL, node TEXT NOT NULL, manifest TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS packages_by_presence ON packages (present);
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  COMMIT;
`;
// Dependencies are those of the nodes' text: `{"dependencies":[{"hash":…},…]}`.
const RELINK = `
  CREATE TEMP TABLE IF NOT EXISTS edges (source TEXT, target TEXT);
  CREATE INDEX IF NOT EXISTS temp.edges_by_source ON edges (source);
  CREATE INDEX IF NOT EXISTS temp.edges_by_target ON edges (target);
  DELETE FROM edges;
  INSERT INTO edges
    SELECT p.hash, json_extract(d.value, '$.hash') FROM packages p, json_each(p.node, '$.dependencies') d;
  DELETE FROM packages WHERE hash NOT IN (
    WITH RECURSIVE named (hash) AS (
      SELECT hash FROM packages WHERE present = 1 UNION SELECT e.target FROM edges e JOIN named n ON e.source = n.hash
    ) SELECT hash FROM named
  );
  DELETE FROM edges WHERE source NOT IN (SELECT hash FROM packages);
  UPDATE packages SET refs = (SELECT count(*) FROM edges WHERE target = packages.hash);
`;
const TURN_MS = 10;
/** How long to wait for a file that others are opening. */
const OPENING_MS = 30_000;
const COLUMNS = 'seq, hash, present, refs, node, manifest';

/**
 * The index of record of one mirror: what its published index names, a row a package, in a SQLite file that all writers
 * of the mirror on this machine share. `exclusively` gives a turn among them; a writer that is killed loses its turn
 * and what it had not finished. Without a path it is kept in memory, for one process.
 */
export class IndexRows {
  readonly #handle: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();

  constructor(path: string = ':memory:') {
    try {
      if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
      // A native library: only writers of an index load it.
      const Handle = load('libsql') as typeof Libsql;
      this.#handle = new Handle(path);
      this.#handle.pragma(`busy_timeout = ${OPENING_MS}`);
      this.#useLog();
      // What a power cut takes is found again by comparing with the entries.
      this.#handle.pragma('synchronous = NORMAL');
      this.#makeTables();
      this.#handle.pragma('busy_timeout = 0');
    } catch (error) {
      throw mirrorError('MIRROR_INDEX_STORE_FAILED', { path, reason: messageOf(error) }, { cause: error });
    }
  }

  /** Runs `work` while no other writer does; all that it changed here is kept, or nothing. Not to be nested. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    while (!this.#begin()) await pause(TURN_MS);
    try {
      const result = await work();
      this.#handle.exec('COMMIT');
      return result;
    } catch (error) {
      this.#handle.exec('ROLLBACK');
      throw error;
    }
  }

  row(hash: string): IndexRow | undefined {
    const row = this.#prepare(`SELECT ${COLUMNS} FROM packages WHERE hash = ?`).get(hash) as Stored | undefined;
    return row === undefined ? undefined : rowOf(row);
  }

  /** At most `limit` rows after one, in the order of their numbers. */
  after(seq: number, limit: number): readonly IndexRow[] {
    const rows = this.#prepare(`SELECT ${COLUMNS} FROM packages WHERE seq > ? ORDER BY seq LIMIT ?`).all(seq, limit);
    return (rows as Stored[]).map(rowOf);
  }

  /** Hashes of what is on the mirror. */
  present(): ReadonlySet<string> {
    const rows = this.#prepare('SELECT hash FROM packages WHERE present = 1').all() as { hash: string }[];
    return new Set(rows.map(({ hash }) => hash));
  }

  /** How many packages are on the mirror. */
  count(): number {
    return (this.#prepare('SELECT count(*) AS count FROM packages WHERE present = 1').get() as { count: number }).count;
  }

  /** Adds a package that is not on the mirror yet. */
  insert({ hash, node }: Pick<IndexRow, 'hash' | 'node'>): void {
    const sql = "INSERT INTO packages (hash, present, refs, node, manifest) VALUES (?, 0, 0, ?, '')";
    this.#prepare(sql).run(hash, node);
  }

  mark(hash: string, change: Pick<IndexRow, 'present' | 'manifest'>): void {
    this.#prepare('UPDATE packages SET present = ?, manifest = ? WHERE hash = ?').run(
      Number(change.present),
      change.manifest,
      hash,
    );
  }

  countReference(hash: string): void {
    this.#prepare('UPDATE packages SET refs = refs + 1 WHERE hash = ?').run(hash);
  }

  /** Removes what no package on the mirror names, and counts dependents again. */
  relink(): void {
    this.#handle.exec(RELINK);
  }

  lastSeq(): number {
    return (this.#prepare('SELECT coalesce(max(seq), 0) AS last FROM packages').get() as { last: number }).last;
  }

  clear(): void {
    this.#handle.exec('DELETE FROM packages');
  }

  fact(name: string): string | undefined {
    return (this.#prepare('SELECT value FROM facts WHERE name = ?').get(name) as { value: string } | undefined)?.value;
  }

  setFact(name: string, value: string): void {
    this.#prepare('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)').run(name, value);
  }

  close(): void {
    this.#handle.close();
  }

  /** SQLite does not wait here by itself: of several that open a new file at once, some would find it locked. */
  #useLog(): void {
    for (let waited = 0; ; waited += TURN_MS) {
      try {
        this.#handle.pragma('journal_mode = WAL');
        return;
      } catch (error) {
        if (!isLocked(error) || waited >= OPENING_MS) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TURN_MS);
      }
    }
  }

  /** A writer may keep its turn for longer than this waits: where the tables exist, none is needed. */
  #makeTables(): void {
    const sql = "SELECT count(*) AS tables FROM sqlite_schema WHERE name IN ('packages', 'facts')";
    const isMade = () => (this.#handle.prepare(sql).get() as { tables: number }).tables === 2;
    if (isMade()) return;
    try {
      this.#handle.exec(SCHEMA);
    } catch (error) {
      if (!isMade()) throw error;
    }
  }

  #begin(): boolean {
    try {
      this.#handle.exec('BEGIN IMMEDIATE');
      return true;
    } catch (error) {
      if (isLocked(error)) return false;
      throw error;
    }
  }

  #prepare(sql: string): Libsql.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#handle.prepare(sql)));
    return statement;
  }
}

function isLocked(error: unknown): boolean {
  return hasCode(error, 'SQLITE_BUSY') || /locked|busy/i.test(messageOf(error));
}

function rowOf({ seq, hash, present, refs, node, manifest }: Stored): IndexRow {
  return { seq, hash, present: present === 1, refs, node, manifest };
}
