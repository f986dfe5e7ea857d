import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Libsql from 'libsql';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { Database } from './database.ts';
import { migrations } from './migrations.ts';

let path: string;
beforeEach(async () => {
  path = join(await temporaryFolder(), 'deep/slipway.db');
});

function open(): Database {
  const database = new Database(path);
  onTestFinished(() => database.close());
  return database;
}

const version = (database: Database) => database.get('PRAGMA user_version')?.user_version;

describe('the schema', () => {
  test('is made step by step, each step once', () => {
    const database = open();
    expect(version(database)).toBe(migrations.length);
    database.run("INSERT INTO refs (stack, ref, sha) VALUES ('lab', 'refs/heads/main', 'a1')");
    // A second run of any step would fail, since its tables are there already.
    expect(open().get('SELECT sha FROM refs')).toMatchObject({ sha: 'a1' });
  });

  test('of an older slipway is brought up to date, with what is in it', () => {
    open().close();
    const old = new Libsql(`${path}.old`);
    old.exec(migrations[0] as string);
    old.exec("INSERT INTO requests (stack, number, state, request) VALUES ('lab', '7', 'open', '{}')");
    old.exec('PRAGMA user_version = 1');
    old.close();
    path = `${path}.old`;
    const database = open();
    expect(version(database)).toBe(migrations.length);
    expect(database.get('SELECT number FROM requests')).toMatchObject({ number: '7' });
  });

  test('of an older slipway keeps every job run with its artifacts, whatever the jobs are called', () => {
    open().close();
    const old = new Libsql(`${path}.old`);
    for (const step of migrations.slice(0, 9)) old.exec(step);
    const names = ['a', 'a\0b', 'a\0c', 'a\uD800b'];
    old.exec(`INSERT INTO pipelines (stack, source, ref_type, ref, head, base, sha, tree, trust, status, created_at, plan, state)
      VALUES ('lab', 'push', 'branch', 'main', '', '', '', '', 'protected', 'running', '', '', '{}')`);
    const plan = { jobs: names.map((name) => ({ name })) };
    old.prepare('INSERT INTO pipeline_plans VALUES (1, ?)').run(JSON.stringify(plan));
    for (const name of names) {
      const state = JSON.stringify({ name, status: 'pending', attempt: 1, retriesUsed: 0 });
      old.prepare('INSERT INTO job_states VALUES (1, ?, ?)').run(name, state);
      old
        .prepare(
          "INSERT INTO job_runs (pipeline, name, attempt, makes, status) VALUES (1, ?, 1, 'm', 'pending') RETURNING id",
        )
        .get(name);
    }
    old.exec("INSERT INTO job_runs (pipeline, name, attempt, makes, status) VALUES (1, 'unknown', 1, 'm', 'pending')");
    old.exec("INSERT INTO artifacts (job, type, format, file, size) VALUES (2, 'archive', 'zip', 'f', 1)");
    old.exec('PRAGMA user_version = 9');
    old.close();
    path = `${path}.old`;
    const database = open();
    expect(database.all('SELECT id, job FROM job_runs ORDER BY id').map(({ id, job }) => [id, job])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
      [5, null],
    ]);
    expect(database.all('SELECT job FROM job_states').map(({ job }) => job)).toEqual([0, 1, 2, 3]);
    expect(database.all('PRAGMA foreign_key_check')).toEqual([]);
    expect(() => database.run('DELETE FROM job_runs WHERE id = 2')).toThrow('FOREIGN KEY');
    database.run("UPDATE job_runs SET status = 'running' WHERE id = 2");
    expect(database.get("SELECT subject FROM feed WHERE kind = 'job' ORDER BY id DESC")).toMatchObject({
      subject: '2',
    });
  });

  test('of a newer slipway is refused, and left as it is', () => {
    const newer = open();
    newer.run('PRAGMA user_version = 999');
    expect(() => new Database(path)).toThrow(
      expect.objectContaining({ code: 'STORE_TOO_NEW', details: { path, found: 999, known: migrations.length } }),
    );
    expect(version(newer)).toBe(999);
  });
});

test('only the owner can read the database and its journals, also those of an earlier version', () => {
  open().run("INSERT INTO refs (stack, ref, sha) VALUES ('lab', 'refs/heads/main', 'a1')");
  const modes = () =>
    readdirSync(dirname(path)).map(
      (name) => `${name} ${(statSync(join(dirname(path), name)).mode & 0o777).toString(8)}`,
    );
  const expected = ['slipway.db 600', 'slipway.db-shm 600', 'slipway.db-wal 600'];
  expect(modes()).toEqual(expected);
  for (const name of readdirSync(dirname(path))) chmodSync(join(dirname(path), name), 0o644);
  open();
  expect(modes()).toEqual(expected);
});

test('a file that is no database is refused by name', () => {
  open().close();
  path = `${path}.txt`;
  writeFileSync(path, 'this is no database, but long enough to be taken for a header of one\n'.repeat(20));
  expect(() => new Database(path)).toThrow(
    expect.objectContaining({ code: 'STORE_UNREADABLE', details: { path, reason: expect.any(String) } }),
  );
});

describe('a transaction', () => {
  const addRef = (database: Database, ref: string) =>
    database.run("INSERT INTO refs (stack, ref, sha) VALUES ('lab', ?, 'a1')", ref);
  const refs = (database: Database) => database.all('SELECT ref FROM refs').map(({ ref }) => ref);

  test('that throws leaves nothing of itself, also of what it contained', () => {
    const database = open();
    expect(() =>
      database.transaction(() => {
        database.transaction(() => addRef(database, 'inner'));
        addRef(database, 'outer');
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(refs(database)).toEqual([]);
    database.transaction(() => addRef(database, 'next'));
    expect(refs(database)).toEqual(['next']);
  });

  test('is told of once, when it is durable', () => {
    const database = open();
    const seen: unknown[] = [];
    const other = open();
    database.onWrite(() => seen.push(refs(other)));
    database.transaction(() => {
      addRef(database, 'one');
      addRef(database, 'two');
    });
    expect(seen).toEqual([['one', 'two']]);
  });
});

test('a copy is whole, and opens like the original', () => {
  const database = open();
  database.run("INSERT INTO refs (stack, ref, sha) VALUES ('lab', 'r', 'a1')");
  database.copyTo(`${path}.copy`);
  const copy = new Database(`${path}.copy`, { readonly: true });
  onTestFinished(() => copy.close());
  expect(copy.get('SELECT sha FROM refs')).toMatchObject({ sha: 'a1' });
  expect(() => copy.run("DELETE FROM refs WHERE stack = 'lab'")).toThrow();
});
