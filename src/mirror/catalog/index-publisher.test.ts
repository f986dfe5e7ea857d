import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { memoryStore } from '../../../test/support/memory-store.ts';
import { temporaryFolder, tinyLock, tinyNode, tinyTarball } from '../../../test/support/mirror-package.ts';
import { blobKey, indexManifestKey, manifestKey, readIndexFile, type SpecDocument } from '../../spack/index.ts';
import { folderStore } from '../stores/folder-store.ts';
import { IndexPublisher } from './index-publisher.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { getDocument } from '../archive/plain-document.ts';
import { pushEntry } from '../layouts/push.ts';

const lock = tinyLock();
const { gauge, tide } = lock;

async function indexed(store: ObjectStore): Promise<readonly string[]> {
  const document = await getDocument(store, indexManifestKey);
  return [...readIndexFile(document!.text).installs.values()]
    .filter((one) => one.in_buildcache)
    .map((one) => one.spec.name);
}

async function emptyMirror(): Promise<ObjectStore> {
  return folderStore(join(await temporaryFolder(), 'mirror'), { durable: false });
}

describe('the index', () => {
  test('has all of many packages that are added at once', async () => {
    const store = await emptyMirror();
    const publisher = new IndexPublisher(store);
    const nodes = Array.from({ length: 40 }, (_, index) => tinyNode(`package-${index}`, '1', []));
    await Promise.all(nodes.map((node) => publisher.add({ version: 5, nodes: [node] })));
    expect((await indexed(store)).toSorted()).toEqual(nodes.map(({ name }) => name).toSorted());
  });

  test('has all that two writers without a common record add at once', async () => {
    const store = memoryStore();
    const retry = { attempts: 50, baseMs: 0 };
    const writers = [1, 2].map(() => new IndexPublisher(store, { requireSignature: false }, { retry }));
    const nodes = Array.from({ length: 40 }, (_, index) => tinyNode(`package-${index}`, '1', []));
    const adding = nodes.map(async (node, index) => {
      await store.put(manifestKey(node), Buffer.from('{}'));
      await writers[index % 2]!.add({ version: 5, nodes: [node] });
    });
    await Promise.all(adding);
    expect((await indexed(store)).toSorted()).toEqual(nodes.map(({ name }) => name).toSorted());
  });

  test('names a dependency that is not there as not in the cache, until it comes', async () => {
    const store = await emptyMirror();
    const publisher = new IndexPublisher(store);
    await publisher.add({ version: 5, nodes: [gauge, tide] });
    expect(await indexed(store)).toEqual(['gauge']);
    await publisher.add({ version: 5, nodes: [tide] });
    expect((await indexed(store)).toSorted()).toEqual(['gauge', 'tide']);
  });

  test('keeps its newest two blobs only, and adding again writes nothing', async () => {
    const store = await emptyMirror();
    const publisher = new IndexPublisher(store);
    for (const name of ['a', 'b', 'c', 'd']) await publisher.add({ version: 5, nodes: [tinyNode(name, '1', [])] });
    expect(await gather(store.list('blobs/'))).toHaveLength(2);
    const before = await store.head(indexManifestKey);
    await publisher.add({ version: 5, nodes: [tinyNode('a', '1', [])] });
    expect(await store.head(indexManifestKey)).toEqual(before);
  });

  test('an addition that cannot be written fails, and goes out with the next one', async () => {
    const store = await emptyMirror();
    let fails = true;
    const put: ObjectStore['put'] = (key, body, options) =>
      fails ? Promise.reject(new Error('disk full')) : store.put(key, body, options);
    const publisher = new IndexPublisher(Object.assign(Object.create(store) as ObjectStore, { ...bound(store), put }));
    await expect(publisher.add({ version: 5, nodes: [gauge, tide] })).rejects.toThrow('disk full');
    fails = false;
    await publisher.add({ version: 5, nodes: [tinyNode('other', '1', [])] });
    expect((await indexed(store)).toSorted()).toEqual(['gauge', 'other']);
  });

  test('is healed from the entries: missing ones are added, absent ones dropped, wrong ones reported', async () => {
    const folder = await temporaryFolder();
    const store = folderStore(join(folder, 'mirror'), { durable: false });
    const tarball = await tinyTarball(folder, lock, gauge);
    await pushEntry(store, { lock, hash: gauge.hash, tarball });
    await new IndexPublisher(store).add({ version: 5, nodes: [tide] });
    const wrong = tinyNode('wrong', '1', []);
    await store.put(manifestKey(wrong), Buffer.from('{}'));
    const healed = await new IndexPublisher(store).rebuild();
    expect(healed).toMatchObject({
      added: [gauge.hash],
      dropped: [tide.hash],
      refused: [{ hash: wrong.hash, code: 'MIRROR_MANIFEST_INVALID' }],
    });
    expect(await indexed(store)).toEqual(['gauge']);
    expect(await new IndexPublisher(store).rebuild()).toMatchObject({ added: [], dropped: [] });
  });

  test('that is damaged is replaced, and never added to', async () => {
    const store = await emptyMirror();
    await new IndexPublisher(store).add({ version: 5, nodes: [tide] });
    const document = await getDocument(store, indexManifestKey);
    await store.put(blobKey(document!.record.checksum), Buffer.from('{}'));
    const publisher = new IndexPublisher(store);
    await expect(publisher.add({ version: 5, nodes: [gauge, tide] })).rejects.toMatchObject({
      code: 'MIRROR_INDEX_INVALID',
    });
    await publisher.rebuild();
    expect(await indexed(store)).toEqual([]);
  });

  test('of Spack is read and added to', async () => {
    const folder = await temporaryFolder();
    await cp(join(import.meta.dirname, '../../../test/fixtures/mirror'), folder, { recursive: true });
    const store = folderStore(folder, { durable: false });
    const document: SpecDocument = { version: 5, nodes: [gauge, tide] };
    await new IndexPublisher(store).add(document);
    expect(await indexed(store)).toHaveLength(12);
  });
});

function bound(store: ObjectStore) {
  return { get: store.get.bind(store), head: store.head.bind(store), remove: store.remove?.bind(store) };
}
