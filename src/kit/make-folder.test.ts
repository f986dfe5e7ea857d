import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { makeFolder } from './make-folder.ts';

test('folders above are made, and those that exist are taken', async () => {
  const path = join(await temporaryFolder(), 'a/b/c');
  makeFolder(path, 0o700);
  makeFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test('a folder that the kernel lets no process make is refused at once', () => {
  expect(() => makeFolder('/proc/nope/data')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

test('a file in its place, or above it, is refused', async () => {
  const file = join(await temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(() => makeFolder(join(file, 'a/b'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
});
