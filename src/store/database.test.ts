import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Libsql from 'libsql';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { Database } from './database.ts';
import { firstSchema, schemaVersion } from './migrations.ts';

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
  test('is made once', () => {
    const database = open();
    expect(version(database)).toBe(schemaVersion);
    database.run("INSERT INTO refs (stack, ref, sha) VALUES ('lab', 'refs/heads/main', 'a1')");
    // A second run would fail, since the tables exist.
    expect(open().get('SELECT sha FROM refs')).toMatchObject({ sha: 'a1' });
  });

  test('of a slipway before 0.2.0 is refused with the remedy', async () => {
    await mkdir(dirname(path));
    const earlier = new Libsql(path);
    earlier.exec('CREATE TABLE refs (stack TEXT); PRAGMA user_version = 4');
    earlier.close();
    for (const options of [{}, { readonly: true }])
      expect(() => new Database(path, options)).toThrow(
        expect.objectContaining({
          code: 'STORE_TOO_OLD',
          details: { path, found: 4, oldest: firstSchema },
          hint: expect.stringContaining('start again'),
        }),
      );
  });

  test('is not upgraded by a reader', async () => {
    await mkdir(dirname(path));
    new Libsql(path).close();
    expect(() => new Database(path, { readonly: true })).toThrow(
      expect.objectContaining({ code: 'STORE_NOT_UPGRADED', details: { path } }),
    );
  });

  test('of a newer slipway is refused, and left as it is', () => {
    const newer = open();
    newer.run('PRAGMA user_version = 999');
    expect(() => new Database(path)).toThrow(
      expect.objectContaining({ code: 'STORE_TOO_NEW', details: { path, found: 999, known: schemaVersion } }),
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

  test('is reported once, when it is durable', () => {
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

test('a database that is opened to be read cannot be written', () => {
  open().run("INSERT INTO refs (stack, ref, sha) VALUES ('lab', 'r', 'a1')");
  const reader = new Database(path, { readonly: true });
  onTestFinished(() => reader.close());
  expect(reader.get('SELECT sha FROM refs')).toMatchObject({ sha: 'a1' });
  expect(() => reader.run("DELETE FROM refs WHERE stack = 'lab'")).toThrow();
});
