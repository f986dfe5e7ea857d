import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { IndexRows } from './index-rows.ts';

/** Has begun to write into a new file, and ends a moment after it is asked to. */
const OPENER = `
const Handle = require(process.argv[1]);
const handle = new Handle(process.argv[2]);
handle.exec('CREATE TABLE made (by); BEGIN IMMEDIATE');
process.stdin.once('data', () => setTimeout(() => handle.exec('COMMIT'), 100));
process.stdout.write('begun');
`;

test('a new file that another process is opening is waited for', async () => {
  const path = join(await temporaryFolder(), 'index.sqlite');
  const library = createRequire(import.meta.url).resolve('libsql');
  const other = spawn(process.execPath, ['-e', OPENER, library, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(other.stdout, 'data');
  other.stdin.end('end');
  const rows = new IndexRows(path);
  await rows.exclusively(async () => rows.setFact('number', '1'));
  expect(rows.fact('number')).toBe('1');
  rows.close();
});
