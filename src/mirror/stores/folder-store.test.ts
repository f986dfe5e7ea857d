import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { folderStore, sweepTemporary } from './folder-store.ts';
import { objectStoreContract } from '../../../test/support/object-store-contract.ts';
import { prefixedStore } from './prefixed-store.ts';
import { writeFailure } from './store-failure.ts';

describe('a folder', () => objectStoreContract(async () => folderStore(await temporaryFolder(), { durable: false })));

describe('a part of a folder', () =>
  objectStoreContract(async () => prefixedStore(folderStore(await temporaryFolder(), { durable: false }), 'pr/1')));

test('what a killed writer left is not listed, and swept', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'blobs'));
  await writeFile(join(folder, 'blobs/a.0123456789ab.tmp'), 'half');
  await writeFile(join(folder, 'blobs/a'), 'whole');
  const store = folderStore(folder);
  expect((await gather(store.list(''))).map(({ key }) => key)).toEqual(['blobs/a']);
  expect(await sweepTemporary(folder)).toBe(1);
  expect(await readdir(join(folder, 'blobs'))).toEqual(['a']);
  expect(await sweepTemporary(join(folder, 'nothing'))).toBe(0);
});

test('objects can be read by every user who can enter the folder, however closed their source was', async () => {
  const folder = await temporaryFolder();
  const store = folderStore(join(folder, 'mirror'));
  const file = join(folder, 'source');
  for (const [key, kind] of [
    ['copied', {}],
    ['linked', { temporary: true }],
  ] as const) {
    await writeFile(file, 'bytes', { mode: 0o600 });
    await store.put(key, { file, size: 5, ...kind });
    expect((await stat(join(folder, 'mirror', key))).mode & 0o777).toBe(0o644);
  }
});

test('a put that fails names the path and the remedy, and leaves nothing', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'blobs'), 'a file where a folder should be');
  const failure = await folderStore(folder)
    .put('blobs/a', Buffer.from('x'))
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'MIRROR_STORE_WRITE_FAILED', details: { path: join(folder, 'blobs/a') } });
  expect(await readdir(folder)).toEqual(['blobs']);
});

test('a full disk is reported with the remedy', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(writeFailure('/srv/mirror/x', full)).toMatchObject({
    message: '`/srv/mirror/x` cannot be written: ENOSPC: no space left on device, write.',
    hint: 'The disk is full. Free space on the file system of this path, or move the mirror to a larger disk.',
  });
});

test('a file that shrank since it was measured is not put', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), 'abc');
  const store = folderStore(join(folder, 'mirror'));
  await expect(store.put('a', { file: join(folder, 'file'), size: 4 })).rejects.toMatchObject({
    code: 'MIRROR_STORE_WRITE_FAILED',
  });
  expect(await gather(store.list(''))).toEqual([]);
});

describe('a folder', () => {
  test('makes an object of the beginning of another and a new end, and leaves the other as it was', async () => {
    const store = folderStore(await temporaryFolder(), { durable: false });
    await store.put('a', Buffer.from('{one}'));
    await store.extend?.('a', 'b/c', { keep: 4, tail: Buffer.from(',two}') });
    expect((await store.get('b/c'))?.toString()).toBe('{one,two}');
    expect((await store.get('a'))?.toString()).toBe('{one}');
    await expect(store.extend?.('a', 'd', { keep: 9, tail: Buffer.from('}') })).rejects.toMatchObject({
      code: 'MIRROR_STORE_WRITE_FAILED',
    });
    expect(await gather(store.list('d'))).toEqual([]);
  });

  test('keeps to itself what its writers keep there', async () => {
    const folder = await temporaryFolder();
    const store = folderStore(folder, { durable: false });
    await mkdir(join(folder, 'pr/7/.slipway'), { recursive: true });
    await writeFile(join(folder, 'pr/7/.slipway/index.sqlite'), 'x');
    expect(await gather(store.list(''))).toEqual([]);
    await expect(store.get('pr/7/.slipway/index.sqlite')).rejects.toMatchObject({ code: 'MIRROR_KEY_INVALID' });
  });
});
