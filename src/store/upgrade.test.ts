import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Libsql from 'libsql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { readRows } from '../../test/support/stored-rows.ts';
import { Database } from './database.ts';
import { firstSchema, migrationsBetween, schemaVersion } from './migrations.ts';

const fixtures = new URL('../../test/fixtures/store/', import.meta.url);
const versions = readdirSync(fixtures).flatMap((name) => name.match(/^\d+\.\d+\.\d+(?=\.db\.gz$)/) ?? []);

/** Returns the path of a copy of the database that a version wrote. */
async function writtenBy(version: string): Promise<string> {
  const path = join(await temporaryFolder(), 'slipway.db');
  writeFileSync(path, gunzipSync(readFileSync(new URL(`${version}.db.gz`, fixtures))));
  return path;
}

function openRaw(path: string): Libsql.Database {
  const handle = new Libsql(path);
  onTestFinished(() => void handle.close());
  return handle;
}

const schemaNumber = (handle: Libsql.Database) =>
  (handle.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;

/** Returns what makes up the schema, by name. */
function schemaOf(handle: Libsql.Database): ReadonlyMap<string, string> {
  const rows = handle.prepare('SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL').all();
  return new Map((rows as Record<string, string>[]).map(({ type, name, sql }) => [`${type} ${name}`, String(sql)]));
}

/** Returns how many rows each table has. */
function rowCounts(handle: Libsql.Database): Readonly<Record<string, number>> {
  const tables = [...schemaOf(handle).keys()].flatMap((name) => name.match(/(?<=^table )(?!sqlite_)\w+/)?.[0] ?? []);
  const count = (table: string) => (handle.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
  return Object.fromEntries(tables.map((table) => [table, count(table)]));
}

describe.each(versions)('the database that version %s wrote', (version) => {
  test('has a row in every table', async () => {
    const counts = rowCounts(openRaw(await writtenBy(version)));
    expect(Object.keys(counts).length).toBeGreaterThan(20);
    expect(Object.entries(counts).filter(([, rows]) => rows === 0)).toEqual([]);
  });

  test('is upgraded when it is opened, and every row is found', async () => {
    const path = await writtenBy(version);
    const before = rowCounts(openRaw(path));
    const database = new Database(path);
    onTestFinished(() => database.close());
    expect(database.get('PRAGMA user_version')?.user_version).toBe(schemaVersion);
    const recorded: unknown = JSON.parse(readFileSync(new URL(`${version}.json`, fixtures), 'utf8'));
    expect(readRows(database)).toMatchObject(recorded as object);
    expect(rowCounts(openRaw(path))).toMatchObject(before);
    expect(database.all('PRAGMA foreign_key_check')).toEqual([]);
    expect(database.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
  });

  test('has the schema that this program starts its migrations from', async () => {
    const found = openRaw(await writtenBy(version));
    const made = openRaw(':memory:');
    for (const statements of migrationsBetween(0, schemaNumber(found))) made.exec(statements);
    // The schema of a released version is final: undo the change, and add it to `migrations.ts`. If the version is not
    // released yet, `npx tsx scripts/store-fixture.ts VERSION` makes its fixture again.
    expect(schemaOf(made)).toEqual(schemaOf(found));
  });
});

test('the schema of this program has a fixture', async () => {
  const numbers = await Promise.all(versions.map(async (version) => schemaNumber(openRaw(await writtenBy(version)))));
  // After a new migration: `npx tsx scripts/store-fixture.ts VERSION` with the version that it is released with.
  expect(numbers).toContain(schemaVersion);
  expect(Math.min(...numbers)).toBe(firstSchema);
});
