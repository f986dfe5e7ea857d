import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { temporaryFolder, tinyLock, tinyTarball } from '../../../test/support/mirror-package.ts';
import { testS3 } from '../../../test/support/s3.ts';
import { blobKey, indexManifestKey, lockDigest, manifestKey, writeLockfile } from '../../spack/index.ts';
import { readEntry } from '../entries/entry.ts';
import { folderStore } from '../stores/folder-store.ts';
import { IndexPublisher } from './index-publisher.ts';
import { publishKeys, publishedKeys, writeLayout } from './keys.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { prefixedStore } from '../stores/prefixed-store.ts';
import { pushEntry } from '../layouts/push.ts';
import { s3Store } from '../stores/s3-store.ts';
import { verifyMirror } from '../maintenance/verify.ts';
import { writeView } from './view.ts';

const lock = tinyLock();
const { gauge, tide } = lock;
const digest = lockDigest(writeLockfile(lock));
const key = { fingerprint: 'AB'.repeat(20), publicKey: '-----BEGIN PGP PUBLIC KEY BLOCK-----\n' };

async function fill(store: ObjectStore, folder: string, nodes = [tide, gauge]) {
  await writeLayout(store);
  await publishKeys(store, [key]);
  const publisher = new IndexPublisher(store);
  for (const node of nodes) {
    await pushEntry(store, { lock, hash: node.hash, tarball: await tinyTarball(folder, lock, node) });
  }
  await publisher.rebuild();
}

async function filled(nodes = [tide, gauge]) {
  const folder = await temporaryFolder();
  const store = folderStore(join(folder, 'mirror'), { durable: false });
  await fill(store, folder, nodes);
  return { folder, store };
}

const kinds = async (store: ObjectStore) =>
  (await gather(verifyMirror(store, { requireSignature: false }))).map(({ kind }) => kind);

describe('a view', () => {
  test('is a complete mirror of its lock, and shares the blobs', async () => {
    const { folder, store } = await filled();
    const prefix = await writeView(store, { lock, lockDigest: digest });
    expect(prefix).toBe(`locks/${digest}`);
    const view = prefixedStore(store, prefix);
    expect(await kinds(view)).toEqual(['ok', 'ok']);
    expect(await publishedKeys(view)).toEqual([key]);
    expect((await view.get('v3/layout.json'))?.toString()).toBe('{"signing": "gpg"}');
    const [blob] = (await gather(view.list('blobs/'))).filter(({ size }) => size > 500);
    expect((await stat(join(folder, 'mirror', prefix, blob!.key))).nlink).toBe(2);
  });

  test('is left as it is once it is complete', async () => {
    const { store } = await filled();
    const prefix = await writeView(store, { lock, lockDigest: digest });
    const before = await gather(store.list(prefix));
    await writeView(store, { lock, lockDigest: digest });
    expect(await gather(store.list(prefix))).toEqual(before);
  });

  test('that would lack a package is not begun', async () => {
    const { store } = await filled([tide]);
    const making = writeView(store, { lock, lockDigest: digest });
    await expect(making).rejects.toMatchObject({
      code: 'MIRROR_VIEW_INCOMPLETE',
      message: expect.stringContaining(`gauge-2.1-${gauge.hash}`),
    });
    expect(await gather(store.list('locks/'))).toEqual([]);
  });

  test('is made on S3 too', async () => {
    const s3 = testS3();
    const store = s3Store({ endpoint: 'http://127.0.0.1:9', bucket: 'stack', fetch: s3.fetch });
    await fill(store, await temporaryFolder());
    const prefix = await writeView(store, { lock, lockDigest: digest });
    expect(await kinds(prefixedStore(store, prefix))).toEqual(['ok', 'ok']);
  });
});

describe('verifying', () => {
  test('finds nothing on a mirror that is as it should be', async () => {
    expect(await kinds((await filled()).store)).toEqual(['ok', 'ok']);
  });

  test('finds a damaged tarball, a missing dependency, a broken entry and an unused blob', async () => {
    const { store } = await filled([gauge]);
    const other = tinyLock().tide;
    await store.put(manifestKey(other), Buffer.from('nonsense'));
    await store.put(blobKey('0'.repeat(64)), Buffer.from('x'));
    const { tarball } = (await readEntry(store, gauge, { requireSignature: false }))!;
    await store.put(blobKey(tarball.sha256), Buffer.alloc(tarball.size));
    const findings = await gather(verifyMirror(store, { requireSignature: false }));
    expect(findings.map(({ kind }) => kind).toSorted()).toEqual([
      'blob-unused',
      'dependency-missing',
      'entry-invalid',
      'tarball-damaged',
    ]);
    for (const { message, remedy } of findings) expect([message, remedy]).not.toContain('');
  });

  test('finds what the index lacks, and what only the index has', async () => {
    const { store } = await filled([tide]);
    const manifest = (await store.get(manifestKey(tide)))!;
    await store.remove!(manifestKey(tide));
    expect(await kinds(store)).toEqual(expect.arrayContaining(['index-names-absent']));
    await store.put(manifestKey(tide), manifest);
    await store.remove!(indexManifestKey);
    expect(await kinds(store)).toEqual(expect.arrayContaining(['ok', 'index-missing']));
  });

  test('finds an index whose bytes changed', async () => {
    const { store } = await filled([tide]);
    await store.put(indexManifestKey, Buffer.from('{}'));
    expect(await kinds(store)).toContain('index-unreadable');
  });

  test('wants signatures where they are required', async () => {
    const { store } = await filled([tide]);
    const [finding] = await gather(verifyMirror(store, { requireSignature: true }));
    expect(finding).toMatchObject({
      kind: 'entry-invalid',
      message: expect.stringContaining('MIRROR_SIGNATURE_MISSING'),
    });
  });
});
