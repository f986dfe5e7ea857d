import { appendFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { temporaryFolder, tinyLock, tinyTarball, prefixOf } from '../../../test/support/mirror-package.ts';
import { testS3 } from '../../../test/support/s3.ts';
import { blobKey, formatManifest, manifestKey } from '../../spack/index.ts';
import { readEntry } from '../entries/entry.ts';
import { folderStore } from '../stores/folder-store.ts';
import { installEntry } from '../entries/install.ts';
import { pushEntry } from './push.ts';
import { s3Store } from '../stores/s3-store.ts';

const lock = tinyLock();
const { gauge, tide } = lock;
const anyhow = { requireSignature: false };

async function pushed() {
  const folder = await temporaryFolder();
  const store = folderStore(join(folder, 'mirror'), { durable: false });
  const tarball = await tinyTarball(folder, lock, gauge);
  const manifest = await pushEntry(store, { lock, hash: gauge.hash, tarball });
  return { folder, store, tarball, manifest };
}

describe('pushing', () => {
  test('makes an entry that is read back, with the diffId', async () => {
    const { store, tarball, manifest } = await pushed();
    expect((await store.get(manifestKey(gauge)))?.toString()).toBe(manifest);
    const entry = await readEntry(store, gauge, anyhow);
    expect(entry?.tarball).toEqual({
      compression: 'gzip',
      sha256: tarball.sha256,
      size: tarball.size,
      diffId: tarball.diffId,
    });
    expect(entry?.spec.nodes.map(({ name }) => name)).toEqual(['gauge', 'tide']);
    expect(entry?.signedBy).toBeUndefined();
  });

  test('sends blobs before the manifest, and on a second push only the manifest', async () => {
    const s3 = testS3();
    const store = s3Store({ endpoint: 'http://127.0.0.1:9', bucket: 'stack', fetch: s3.fetch });
    const tarball = await tinyTarball(await temporaryFolder(), lock, gauge);
    await pushEntry(store, { lock, hash: gauge.hash, tarball });
    const puts = () =>
      s3.requests
        .filter((request) => request.startsWith('PUT'))
        .map((request) => request.replace(/[0-9a-f]{64}/, 'X').slice(0, 30));
    expect(puts().at(-1)).toMatch(/^PUT \/stack\/v3\/manifests\/spec/);
    expect(puts()).toHaveLength(3);
    await pushEntry(store, { lock, hash: gauge.hash, tarball });
    expect(puts()).toHaveLength(4);
  });

  test('that is cut off at any request shows nothing or all, and the next one sends only what is missing', async () => {
    const tarball = await tinyTarball(await temporaryFolder(), lock, gauge);
    const access = { endpoint: 'http://127.0.0.1:9', bucket: 'stack', retry: { attempts: 1 } };
    for (let requests = 0; requests < 5; requests += 1) {
      const s3 = testS3();
      let left = requests;
      const cut = (url: string, init: RequestInit) => {
        if (left === 0) throw new TypeError('fetch failed', { cause: new Error('the machine went down') });
        left -= 1;
        return s3.fetch(url, init);
      };
      const first = pushEntry(s3Store({ ...access, fetch: cut }), { lock, hash: gauge.hash, tarball });
      await expect(first).rejects.toMatchObject({ code: 'MIRROR_STORE_REQUEST_FAILED' });
      const store = s3Store({ ...access, fetch: s3.fetch });
      expect(await readEntry(store, gauge, anyhow)).toBeUndefined();
      const there = s3.objects.size;
      s3.requests.length = 0;
      await pushEntry(store, { lock, hash: gauge.hash, tarball });
      expect(s3.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(3 - there);
      expect((await readEntry(store, gauge, anyhow))?.id.hash).toBe(gauge.hash);
    }
  });

  test('of a package that the lock has not is refused', async () => {
    const { store, tarball } = await pushed();
    await expect(pushEntry(store, { lock, hash: 'a'.repeat(32), tarball })).rejects.toMatchObject({
      code: 'MIRROR_SPEC_NOT_IN_LOCK',
    });
  });

  test('that fails before the manifest leaves nothing to be seen', async () => {
    const { folder, tarball } = await pushed();
    const store = folderStore(join(folder, 'other'), { durable: false });
    await expect(
      pushEntry(store, { lock, hash: gauge.hash, tarball: { ...tarball, size: tarball.size + 1 } }),
    ).rejects.toMatchObject({ code: 'MIRROR_STORE_WRITE_FAILED' });
    expect(await gather(store.list(''))).toEqual([]);
  });
});

describe('installing', () => {
  test('gives the files and the prefix that they were built for', async () => {
    const { folder, store } = await pushed();
    const entry = (await readEntry(store, gauge, anyhow))!;
    expect(await installEntry(store, entry, { folder: join(folder, 'deps/gauge') })).toBe(prefixOf(gauge));
    expect(await readFile(join(folder, 'deps/gauge/bin/gauge'), 'utf8')).toContain('echo gauge');
    expect(await readdir(join(folder, 'deps'))).toEqual(['gauge']);
  });

  test('refuses a tarball with other bytes, of the same length or not', async () => {
    const { folder, store, tarball } = await pushed();
    const entry = (await readEntry(store, gauge, anyhow))!;
    const path = join(folder, 'mirror', blobKey(tarball.sha256));
    const target = { folder: join(folder, 'deps/gauge') };
    await appendFile(path, 'x');
    await expect(installEntry(store, entry, target)).rejects.toMatchObject({ code: 'MIRROR_BLOB_SIZE_WRONG' });
    // Byte 4 of a gzip header is the time: another digest, the same content.
    const bytes = await readFile(tarball.file);
    await writeFile(path, Buffer.from(bytes.map((byte, index) => (index === 4 ? 1 : byte))));
    await expect(installEntry(store, entry, target)).rejects.toMatchObject({ code: 'MIRROR_BLOB_DIGEST_WRONG' });
    expect(await readdir(join(folder, 'deps'))).toEqual([]);
  });

  test('refuses the tarball of another package, which an unsigned manifest may name', async () => {
    const { folder, store } = await pushed();
    const other = await tinyTarball(folder, lock, tide);
    const entry = (await readEntry(store, gauge, anyhow))!;
    const [record, spec] = entry.manifest.data;
    await store.put(blobKey(other.sha256), { file: other.file, size: other.size });
    const mixed = {
      version: 3 as const,
      data: [{ ...record!, checksum: other.sha256, contentLength: other.size }, spec!],
    };
    await store.put(manifestKey(gauge), Buffer.from(formatManifest(mixed)));
    const installing = installEntry(store, (await readEntry(store, gauge, anyhow))!, { folder: join(folder, 'deps') });
    await expect(installing).rejects.toMatchObject({ code: 'MIRROR_TARBALL_MISMATCH' });
  });
});
