import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { temporaryFolder, tinyLock, tinyNode, tinyTarball } from '../../../test/support/mirror-package.ts';
import { sha256 } from '../../kit/index.ts';
import {
  blobKey,
  indexManifestKey,
  manifestKey,
  readIndexFile,
  signedPayload,
  type SpecNode,
} from '../../spack/index.ts';
import { getDocument } from '../archive/plain-document.ts';
import { pushEntry } from '../layouts/push.ts';
import { folderStore } from '../stores/folder-store.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { readRecords, readSpecBlob } from '../entries/blob-records.ts';
import { IndexPublisher } from './index-publisher.ts';
import { IndexRecord } from './index-record.ts';
import { IndexRows } from './index-rows.ts';
import { indexFragment, indexPieces, indexTail } from './index-text.ts';
import { listEntries } from './list.ts';
import { IndexStatement, memberOf, statementKey } from './index-statement.ts';
import { SetDigest } from './set-digest.ts';

const anyhow = { requireSignature: false };
const lock = tinyLock();
const { gauge, tide } = lock;

async function mirror() {
  const folder = await temporaryFolder();
  const store = folderStore(join(folder, 'mirror'), { durable: false });
  return { folder, store, path: join(folder, 'mirror/.slipway/index.sqlite') };
}

const document = (...nodes: readonly [SpecNode, ...SpecNode[]]) => ({ version: 5, nodes });
const many = (count: number, name = 'package') =>
  Array.from({ length: count }, (_, index) => tinyNode(`${name}-${index}`, '1', []));

async function published(store: ObjectStore) {
  const { text, record } = (await getDocument(store, indexManifestKey))!;
  const installs = [...readIndexFile(text).installs.values()];
  return {
    text,
    digest: record.checksum,
    names: installs.filter((one) => one.in_buildcache).map(({ spec }) => spec.name),
  };
}

test('an index of record is opened while another writer has its turn', async () => {
  const { path } = await mirror();
  const writer = new IndexRows(path);
  const found = await writer.exclusively(async () => {
    writer.insert({ hash: 'a', node: '{}' });
    writer.mark('a', { present: true, manifest: '' });
    const reader = new IndexRows(path);
    const before = reader.present().size;
    reader.close();
    return before;
  });
  expect([found, writer.present().size]).toEqual([0, 1]);
  writer.close();
});

describe('an index of the packages that Spack indexed', () => {
  const mirror = join(import.meta.dirname, '../../../test/fixtures/spack/spack-1.2/mirror');
  const theirs = async () => {
    const store = folderStore(mirror, { durable: false });
    const specs = [];
    for await (const id of listEntries(store)) {
      const { spec } = readRecords(signedPayload((await store.get(id.key))!.toString()), id.name);
      specs.push(await readSpecBlob(store, spec, id));
    }
    return { text: (await getDocument(store, indexManifestKey))!.text, specs };
  };

  test.each(['as they come', 'the other way round'])('has the entries that Spack counted, added %s', async (order) => {
    const { text, specs } = await theirs();
    const rows = new IndexRows();
    for (const { nodes } of order === 'as they come' ? specs : specs.toReversed())
      new IndexRecord(rows).add({ nodes, manifest: '' });
    const written = [...indexPieces(rows)].map((piece) => piece.text).join('') + indexTail;
    expect(written).toHaveLength(text.length);
    for (const row of rows.after(0, 1000)) expect(text).toContain(indexFragment(row));
    rows.close();
  });
});

test('an index for 1.x names the compiler of older spec files as an annotation; one for 0.23 names it itself', () => {
  const rows = new IndexRows();
  const { hash, annotations: _, ...rest } = tinyNode('old', '1', []);
  const old = { ...rest, compiler: { name: 'gcc', version: '12.2.0' }, hash } as SpecNode;
  new IndexRecord(rows).add({ nodes: [old], manifest: '' });
  const nodeIn = (version: '7' | '8') => {
    const text = [...indexPieces(rows, version)].map((piece) => piece.text).join('') + indexTail;
    return readIndexFile(text).installs.get(hash)?.spec;
  };
  expect(nodeIn('7')).toEqual(old);
  const annotations = { original_specfile_version: 4, compiler: 'gcc@=12.2.0' };
  expect(nodeIn('8')).toEqual({ ...rest, annotations, hash });
  rows.close();
});

describe('an index that is only added to', () => {
  test('extends the one before, also by a new process, and equals one that is written whole', async () => {
    const { store, path } = await mirror();
    const writer = new IndexPublisher(store, anyhow, { path });
    await Promise.all(many(900).map((node) => writer.add(document(node))));
    const extended: string[] = [];
    const watched: ObjectStore = {
      ...bound(store),
      extend: async (source, target, change) => {
        extended.push(target);
        await store.extend?.(source, target, change);
      },
    };
    const next = new IndexPublisher(watched, anyhow, { path });
    await next.add(document(gauge, tide));
    await next.add(document(tinyNode('more', '1', [gauge]), gauge, tide));
    expect(extended).toHaveLength(2);
    const { names, text, digest } = await published(store);
    expect(names).toHaveLength(902);
    expect(sha256(text)).toBe(digest);
    next.close();
    writer.close();
    await next.add(document(tide)); // it was named as absent before: the text is written whole
    expect(extended).toHaveLength(2);
    const whole = JSON.parse((await published(store)).text) as {
      database: { installs: Record<string, { ref_count: number }> };
    };
    expect(Object.keys(whole.database.installs)).toHaveLength(903);
    expect(whole.database.installs[gauge.hash]).toMatchObject({ in_buildcache: true, ref_count: 1 });
    next.close();
  });

  test('is written whole again when the blob before is gone or cut off', async () => {
    const { store, path } = await mirror();
    const writer = new IndexPublisher(store, anyhow, { path });
    await Promise.all(many(900).map((node) => writer.add(document(node))));
    await store.remove!(blobKey((await published(store)).digest));
    await writer.add(document(tide));
    expect((await published(store)).names).toHaveLength(901);
    writer.close();
    const { digest, text } = await published(store);
    await store.put(blobKey(digest), Buffer.from(text.slice(0, 5000)));
    const next = new IndexPublisher(store, anyhow, { path });
    await next.add(document(gauge, tide));
    expect((await published(store)).names).toHaveLength(902);
    next.close();
  });
});

describe('an index of record', () => {
  test('gets what two writers add at once, and each sees the other’s', async () => {
    const { store, path } = await mirror();
    const writers = [1, 2, 3].map(() => new IndexPublisher(store, anyhow, { path }));
    await Promise.all(many(60).map((node, index) => writers[index % 3]!.add(document(node))));
    expect((await published(store)).names).toHaveLength(60);
    for (const writer of writers) {
      expect((await writer.current()).installs.size).toBe(60);
      writer.close();
    }
  });

  test('takes over what another program published, and does not bring back what it had dropped itself', async () => {
    const { folder, store, path } = await mirror();
    for (const node of [tide, gauge])
      await pushEntry(store, { lock, hash: node.hash, tarball: await tinyTarball(folder, lock, node) });
    const ours = new IndexPublisher(store, anyhow, { path });
    await ours.add(document(tide));
    const old = (await store.get(indexManifestKey))!;
    await new IndexPublisher(store).rebuild();
    await ours.add(document(tinyNode('more', '1', [])));
    expect((await published(store)).names.toSorted()).toEqual(['gauge', 'more', 'tide']);
    await ours.remove([tide.hash]);
    await store.remove!(manifestKey(tide));
    await store.put(indexManifestKey, old);
    await ours.add(document(tinyNode('third', '1', [])));
    expect((await published(store)).names.toSorted()).toEqual(['gauge', 'more', 'third']);
    ours.close();
  });

  test('loses what is removed, and what only that named', async () => {
    const { store, path } = await mirror();
    const writer = new IndexPublisher(store, anyhow, { path });
    await writer.add(document(gauge, tide));
    await writer.add(document(tinyNode('other', '1', [])));
    await writer.remove([gauge.hash]);
    expect((await writer.current()).installs.size).toBe(1);
    expect((await published(store)).names).toEqual(['other']);
    writer.close();
  });

  test('is repaired after a crash between entry and index by reading only what it lacks', async () => {
    const { folder, store, path } = await mirror();
    const tarballs = { gauge: await tinyTarball(folder, lock, gauge), tide: await tinyTarball(folder, lock, tide) };
    const writer = new IndexPublisher(store, anyhow, { path });
    await pushEntry(store, { lock, hash: tide.hash, tarball: tarballs.tide });
    await writer.add(document(tide));
    await pushEntry(store, { lock, hash: gauge.hash, tarball: tarballs.gauge });
    writer.close(); // killed before it could add it
    const read: string[] = [];
    const watched: ObjectStore = { ...bound(store), get: (key) => (read.push(key), store.get(key)) };
    const next = new IndexPublisher(watched, anyhow, { path });
    expect(await next.heal()).toMatchObject({ added: [gauge.hash], dropped: [], refused: [] });
    expect(read).not.toContain(manifestKey(tide));
    expect((await published(store)).names.toSorted()).toEqual(['gauge', 'tide']);
    await store.remove!(manifestKey(gauge));
    expect(await next.heal()).toMatchObject({ added: [], dropped: [gauge.hash] });
    expect((await published(store)).names).toEqual(['tide']);
    next.close();
  });

  test('that is no database is reported with its path', async () => {
    const { folder, store } = await mirror();
    const path = join(folder, 'index.sqlite');
    await writeFile(path, 'nonsense '.repeat(1000));
    const adding = new IndexPublisher(store, anyhow, { path }).add(document(tide));
    await expect(adding).rejects.toMatchObject({ code: 'MIRROR_INDEX_STORE_FAILED', details: { path } });
    await rm(path);
  });
});

test('the statement on an index names it and its entries, with a number that grows across restarts', async () => {
  const { folder, store, path } = await mirror();
  const sign = (text: string) => Promise.resolve(`signed\n${text}`);
  const statement = async () =>
    IndexStatement.parse(JSON.parse((await store.get(statementKey))!.toString().replace('signed\n', '')));
  await pushEntry(store, { lock, hash: tide.hash, tarball: await tinyTarball(folder, lock, tide) });
  const first = new IndexPublisher(store, anyhow, { path, sign });
  await first.add(document(tide));
  const entries = new SetDigest();
  entries.add(memberOf(tide.hash, sha256((await store.get(manifestKey(tide)))!)));
  expect(await statement()).toMatchObject({
    number: 1,
    count: 1,
    index: (await published(store)).digest,
    entries: entries.digest,
  });
  first.close();
  const second = new IndexPublisher(store, anyhow, { path, sign });
  await second.add(document(tide));
  expect(await statement()).toMatchObject({ number: 1 });
  await store.put(manifestKey(tide), Buffer.from('{"another": "manifest"}'));
  await second.add(document(tide));
  expect(await statement()).toMatchObject({ number: 2, index: (await published(store)).digest });
  expect((await statement()).entries).not.toBe(entries.digest);
  second.close();
  expect((await gather(store.list('v3/index'))).map(({ key }) => key)).toEqual([statementKey]);
});

function bound(store: ObjectStore): ObjectStore {
  const { get, open, head, put, remove } = store;
  return {
    url: store.url,
    get: get.bind(store),
    open: open.bind(store),
    head: head.bind(store),
    put: put.bind(store),
    list: store.list.bind(store),
    ...(remove === undefined ? {} : { remove: remove.bind(store) }),
  };
}
