/**
 * `npx tsx scripts/store-fixture.ts VERSION`: makes `test/fixtures/store/VERSION.db.gz`, a database with a row in every
 * table as that version writes it, and `VERSION.json`, what the store's functions read from it. Once the version is
 * released, both stay as they are.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Database } from '../src/store/index.ts';
import { readRows, storeRows } from '../test/support/stored-rows.ts';

const version = process.argv[2] ?? '';
if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error('Name the version that will be released, as in 0.2.0.');
const changelog = await readFile(new URL('../CHANGELOG.md', import.meta.url), 'utf8');
if (changelog.includes(`## [${version}]`))
  throw new Error(
    `${version} is released, so its schema is final. Add a migration, and a fixture for the next version.`,
  );

const folder = await mkdtemp(join(tmpdir(), 'slipway-store-'));
try {
  const path = join(folder, 'slipway.db');
  const database = new Database(path);
  storeRows(database);
  const rows = readRows(database);
  database.all('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  const to = (name: string) => new URL(`../test/fixtures/store/${version}.${name}`, import.meta.url);
  await writeFile(to('db.gz'), gzipSync(await readFile(path), { level: 9 }));
  await writeFile(to('json'), `${JSON.stringify(rows, undefined, 2)}\n`);
} finally {
  await rm(folder, { recursive: true });
}
