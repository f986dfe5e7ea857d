import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { gather } from './gather.ts';
import { removeFolder } from './remove-folder.ts';
import type { ObjectStore } from '../../src/mirror/stores/object-store.ts';

/** What every store must do; `make` gives an empty one. */
export function objectStoreContract(make: () => Promise<ObjectStore>): void {
  test('an object that was put is read back whole, by get, by open and by head', async () => {
    const store = await make();
    const bytes = Buffer.from('a\0b\xff', 'latin1');
    await store.put('v3/a+b=c@1/x.json', bytes);
    expect(await store.get('v3/a+b=c@1/x.json')).toEqual(bytes);
    expect(await buffer((await store.open('v3/a+b=c@1/x.json'))!)).toEqual(bytes);
    expect(await store.head('v3/a+b=c@1/x.json')).toMatchObject({ key: 'v3/a+b=c@1/x.json', size: 4 });
  });

  test('what is not there is undefined, and so is a folder', async () => {
    const store = await make();
    await store.put('blobs/sha256/ab/x', Buffer.from('x'));
    for (const key of ['nothing', 'blobs', 'blobs/sha256/ab/x/below']) {
      expect(await store.get(key)).toBeUndefined();
      expect(await store.open(key)).toBeUndefined();
      expect(await store.head(key)).toBeUndefined();
    }
  });

  test('a file is put as a stream', async () => {
    const store = await make();
    const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'));
    onTestFinished(() => removeFolder(folder));
    const file = join(folder, 'tarball');
    const bytes = Buffer.alloc(700_000, 'slipway');
    await writeFile(file, bytes);
    await store.put('blobs/tarball', { file, size: bytes.length });
    expect((await store.get('blobs/tarball'))?.equals(bytes)).toBe(true);
  });

  test('an etag changes with the content, and a condition on it holds', async () => {
    const store = await make();
    await store.put('index', Buffer.from('one'));
    const first = (await store.head('index'))!.etag;
    await store.put('index', Buffer.from('two'), { ifMatch: first });
    expect((await store.head('index'))!.etag).not.toBe(first);
    await expect(store.put('index', Buffer.from('three'), { ifMatch: first })).rejects.toMatchObject({
      code: 'MIRROR_STORE_CONFLICT',
    });
    expect((await store.get('index'))?.toString()).toBe('two');
  });

  test('of several that put only if absent, one succeeds', async () => {
    const store = await make();
    const puts = ['a', 'b', 'c'].map((text) => store.put('once', Buffer.from(text), { ifMatch: 'absent' }));
    const results = await Promise.allSettled(puts);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'MIRROR_STORE_CONFLICT' },
    });
  });

  test('a listing has all keys below a prefix, in the order of their bytes, over all pages', async () => {
    const store = await make();
    const keys = ['v3/a/1', 'v3/a-b/1', 'v3/a.b', 'v3/b', 'v3/z/y/x', 'v4/a'];
    for (const key of keys) await store.put(key, Buffer.from(key));
    const listed: string[] = [];
    for await (const { key, size } of store.list('v3/')) {
      expect(size).toBe(key.length);
      listed.push(key);
    }
    expect(listed).toEqual(['v3/a-b/1', 'v3/a.b', 'v3/a/1', 'v3/b', 'v3/z/y/x']);
    expect((await gather(store.list('v3/a'))).map(({ key }) => key)).toEqual(['v3/a-b/1', 'v3/a.b', 'v3/a/1']);
    expect(await gather(store.list('nothing/'))).toEqual([]);
  });

  test('a copy has the same bytes, also over another object', async () => {
    const store = await make();
    await store.put('blobs/a', Buffer.from('same'));
    await store.put('locks/1/blobs/a', Buffer.from('other'));
    await store.copy!('blobs/a', 'locks/1/blobs/a');
    await store.copy!('blobs/a', 'locks/1/blobs/a');
    expect((await store.get('locks/1/blobs/a'))?.toString()).toBe('same');
    await store.put('blobs/a', Buffer.from('new'));
    expect((await store.get('locks/1/blobs/a'))?.toString()).toBe('same');
  });

  test('an object is made of the beginning of another and a tail, or not at all', async () => {
    const store = await make();
    await store.put('blobs/a', Buffer.from('{"a":1}'));
    const change = { keep: 6, tail: Buffer.from(',"b":2}') };
    if (store.extend === undefined) return expect(store.url).toMatch(/^(oci|https?):/);
    await store.extend('blobs/a', 'blobs/b', change);
    expect((await store.get('blobs/b'))?.toString()).toBe('{"a":1,"b":2}');
    expect((await store.get('blobs/a'))?.toString()).toBe('{"a":1}');
    await expect(store.extend('blobs/a', 'blobs/c', { ...change, keep: 60 })).rejects.toThrow();
    await expect(store.extend('blobs/none', 'blobs/c', change)).rejects.toThrow();
    return expect(await store.head('blobs/c')).toBeUndefined();
  });

  test('a removed object is gone, and removing it again is no fault', async () => {
    const store = await make();
    await store.put('old', Buffer.from('x'));
    await store.remove!('old');
    await store.remove!('old');
    expect(await store.get('old')).toBeUndefined();
  });

  test.each(['../x', 'a/../../x', '/x', 'a//b', '', 'a/./b', 'a\\b', 'a\nb', `x.${'0'.repeat(12)}.tmp`])(
    'the key %j is refused',
    async (key) => {
      const store = await make();
      await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'MIRROR_KEY_INVALID' });
      await expect(store.get(key)).rejects.toMatchObject({ code: 'MIRROR_KEY_INVALID' });
    },
  );
}
