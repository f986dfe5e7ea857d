import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CacheFolder } from './cache-folder.ts';

let root: string;
let caches: CacheFolder;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-caches-'));
  caches = new CacheFolder({ folder: join(root, 'caches'), maxBytes: 100 });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const name = (key: string, scope = 'here') => ({ scope, key });
const keep = (key: string, text: string, scope?: string) =>
  caches.keep(name(key, scope), (path) => writeFile(path, text));
const textOf = async (key: string, scope?: string) => {
  const path = await caches.find(name(key, scope), Date.now());
  return path === undefined ? undefined : readFileSync(path, 'utf8');
};

test('what is kept under a key is found under it, in its own scope only', async () => {
  expect(await textOf('a')).toBeUndefined();
  await keep('a', 'one');
  await keep('../../a\0', 'two');
  expect([await textOf('a'), await textOf('../../a\0'), await textOf('a', 'there')]).toEqual(['one', 'two', undefined]);
  expect(readdirSync(root)).toEqual(['caches']);
});

test('an archive is replaced as a whole, and stays if the next one cannot be written', async () => {
  await keep('a', 'one');
  const failing = caches.keep(name('a'), async (path) => {
    await writeFile(path, 'half');
    throw new Error('disk full');
  });
  await expect(failing).rejects.toThrow('disk full');
  expect(await textOf('a')).toBe('one');
  expect(readdirSync(join(root, 'caches'))).toHaveLength(1);
  await keep('a', 'two');
  expect(await textOf('a')).toBe('two');
});

test('where there is no room, what has not been used for longest goes first, and never what has just come', async () => {
  await keep('a', 'a'.repeat(40));
  await keep('b', 'b'.repeat(40));
  await caches.find(name('a'), Date.now() + 60_000);
  await keep('c', 'c'.repeat(40));
  expect([await textOf('a'), await textOf('b'), await textOf('c')].map((text) => text?.[0])).toEqual([
    'a',
    undefined,
    'c',
  ]);
  await keep('d', 'd'.repeat(400));
  expect([await textOf('a'), await textOf('c'), await textOf('d')].map((text) => text?.[0])).toEqual([
    undefined,
    undefined,
    'd',
  ]);
});

test('what is forgotten is gone', async () => {
  await keep('a', 'one');
  await caches.forget(name('a'));
  expect(await textOf('a')).toBeUndefined();
  expect(existsSync(join(root, 'caches'))).toBe(true);
});
