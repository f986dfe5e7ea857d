import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { atomicWrite } from './atomic-write.ts';

test('a file is written whole, into folders that are made for it, with its mode', async () => {
  const file = join(await temporaryFolder(), 'a/b/file');
  await atomicWrite(file, 'old', { mode: 0o600 });
  await atomicWrite(file, Buffer.from('new'), { mode: 0o600 });
  expect(await readFile(file, 'utf8')).toBe('new');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(file, '..'))).toEqual(['file']);
});

test('of many writers at once one wins, and nothing of the others is left', async () => {
  const folder = await temporaryFolder();
  const texts = Array.from({ length: 12 }, (_, at) => String(at).repeat(10_000));
  await Promise.all(texts.map((text) => atomicWrite(join(folder, 'file'), text)));
  expect(texts).toContain(await readFile(join(folder, 'file'), 'utf8'));
  expect(await readdir(folder)).toEqual(['file']);
});

test('a write that fails leaves what was there, and no temporary file', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'taken/inner'), { recursive: true });
  await expect(atomicWrite(join(folder, 'taken'), 'x')).rejects.toThrow();
  await writeFile(join(folder, 'file'), 'here');
  await expect(atomicWrite(join(folder, 'file/below'), 'x')).rejects.toThrow();
  expect((await readdir(folder)).toSorted()).toEqual(['file', 'taken']);
});
