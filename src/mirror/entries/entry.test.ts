import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { blobKey, formatManifest, manifestKey, parseManifest, signedPayload } from '../../spack/index.ts';
import { sha256 } from '../../kit/index.ts';
import { checkEntry, readEntry } from './entry.ts';
import { folderStore } from '../stores/folder-store.ts';
import { gzip, gunzip } from '../archive/gzip.ts';
import { listEntries } from '../catalog/list.ts';
import { signatureError, type Verifier } from '../verifier.ts';

const fixture = join(import.meta.dirname, '../../../test/fixtures/mirror');
const snappy = { name: 'snappy', version: '1.2.1', hash: 'ex3dm7gto6nlym6cfghwcw22j5tg7pzf' };
const zstd = { name: 'zstd', version: '1.5.6', hash: 'gprcrqc7tgsib2ycagmeeb57tplpberi' };
const signed = {
  verifier: (async (text) => ({ payload: signedPayload(text), fingerprint: 'F'.repeat(40) })) satisfies Verifier,
  requireSignature: true,
};
const anyhow = { requireSignature: false };

/** Spack's own mirror, with tarballs of the right size in place of those that are not kept. */
async function mirror() {
  const folder = await temporaryFolder();
  await cp(fixture, folder, { recursive: true });
  const store = folderStore(folder, { durable: false });
  for (const id of [snappy, zstd]) {
    const [tarball] = parseManifest(signedPayload((await store.get(manifestKey(id)))!.toString())).data;
    await store.put(blobKey(tarball!.checksum), Buffer.alloc(tarball!.contentLength));
  }
  const path = (key: string) => join(folder, key);
  const specOf = async (id: typeof snappy) =>
    parseManifest(signedPayload((await store.get(manifestKey(id)))!.toString())).data[1]!;
  return { store, path, specOf };
}

/** Rewrites a manifest, unsigned. */
async function altered(change: (manifest: ReturnType<typeof parseManifest>) => unknown) {
  const made = await mirror();
  const manifest = parseManifest(signedPayload(await readFile(made.path(manifestKey(snappy)), 'utf8')));
  await made.store.put(manifestKey(snappy), Buffer.from(JSON.stringify(change(manifest))));
  return made;
}

describe('an entry that Spack wrote', () => {
  test('is read with its signer, its tarball and its spec', async () => {
    const { store } = await mirror();
    const entry = await readEntry(store, snappy, signed);
    expect(entry).toMatchObject({ id: snappy, signedBy: 'F'.repeat(40), tarball: { size: expect.any(Number) } });
    expect(entry?.spec.nodes[0]).toMatchObject(snappy);
    expect(entry?.text).toContain('BEGIN PGP SIGNED MESSAGE');
  });

  test('that is absent is undefined, and distinguished from one that is wrong', async () => {
    const { store } = await mirror();
    const absent = { ...snappy, hash: 'a'.repeat(32) };
    expect(await readEntry(store, absent, signed)).toBeUndefined();
    expect(await checkEntry(store, absent, signed)).toEqual({ state: 'absent' });
    expect(await checkEntry(store, snappy, signed)).toMatchObject({ state: 'valid' });
  });

  test('is listed by its name', async () => {
    const { store } = await mirror();
    const names = (await gather(listEntries(store))).map(({ name }) => name);
    expect(names).toHaveLength(11);
    expect(names).toContain('compiler-wrapper');
  });
});

describe('a tampered entry is refused with a code of its own', () => {
  const refused = async (
    made: Awaited<ReturnType<typeof mirror>>,
    code: string,
    options: Parameters<typeof readEntry>[2] = anyhow,
  ) => {
    await expect(readEntry(made.store, snappy, options)).rejects.toMatchObject({ code });
    expect(await checkEntry(made.store, snappy, options)).toMatchObject({ state: 'invalid', code });
  };

  test('no signature where one is required', async () => {
    await refused(await altered((manifest) => manifest), 'MIRROR_SIGNATURE_MISSING', signed);
  });

  test('a signature that cannot be checked', async () => {
    await refused(await mirror(), 'MIRROR_SIGNATURE_UNCHECKED', { requireSignature: true });
  });

  test.each(['INVALID', 'KEY_UNKNOWN', 'KEY_EXPIRED', 'MALFORMED'] as const)(
    'a signature whose fault is %s, even where none is required',
    async (fault) => {
      const verifier: Verifier = () => Promise.reject(signatureError(fault, { key: 'K' }));
      const made = await mirror();
      await refused(made, `MIRROR_SIGNATURE_${fault}`, { verifier, requireSignature: false });
      await expect(readEntry(made.store, snappy, { verifier, requireSignature: true })).rejects.toThrow(
        `snappy-1.2.1-${snappy.hash}`,
      );
    },
  );

  test('text before the armor', async () => {
    const made = await mirror();
    const text = await readFile(made.path(manifestKey(snappy)), 'utf8');
    await made.store.put(manifestKey(snappy), Buffer.from(`{}\n${text}`));
    await refused(made, 'MIRROR_SIGNATURE_MALFORMED', signed);
  });

  test('a manifest that is no JSON, lacks a record, or has two', async () => {
    const made = await mirror();
    await made.store.put(manifestKey(snappy), Buffer.from('{"version":3'));
    await refused(made, 'MIRROR_MANIFEST_INVALID');
    await refused(
      await altered(({ version, data }) => ({ version, data: data.slice(0, 1) })),
      'MIRROR_MANIFEST_INVALID',
    );
    await refused(
      await altered(({ version, data }) => ({ version, data: [data[0], ...data] })),
      'MIRROR_MANIFEST_INVALID',
    );
  });

  test('a newer manifest', async () => {
    await refused(await altered((manifest) => ({ ...manifest, version: 4 })), 'MIRROR_LAYOUT_TOO_NEW');
  });

  test('a validly signed manifest of another package', async () => {
    const made = await mirror();
    await made.store.put(manifestKey(snappy), await readFile(made.path(manifestKey(zstd))));
    await refused(made, 'MIRROR_ENTRY_MISMATCH', signed);
  });

  test('a manifest under another version', async () => {
    const made = await mirror();
    const other = { ...snappy, version: '1.2.2' };
    await made.store.put(manifestKey(other), await readFile(made.path(manifestKey(snappy))));
    await expect(readEntry(made.store, other, signed)).rejects.toMatchObject({ code: 'MIRROR_ENTRY_MISMATCH' });
  });

  test('a spec that was altered, with its digest put right', async () => {
    const made = await mirror();
    const record = await made.specOf(snappy);
    const text = gunzip((await made.store.get(blobKey(record.checksum)))!, 1e7).toString();
    const other = gzip(text.replace('"build_type":"Release"', '"build_type":"Debug"'));
    await made.store.put(blobKey(sha256(other)), other);
    const manifest = parseManifest(signedPayload(await readFile(made.path(manifestKey(snappy)), 'utf8')));
    const data = [manifest.data[0]!, { ...record, checksum: sha256(other), contentLength: other.length }];
    await made.store.put(manifestKey(snappy), Buffer.from(formatManifest({ version: 3, data })));
    await refused(made, 'MIRROR_HASH_WRONG');
  });

  test('a spec blob that is missing, longer, or has a flipped bit', async () => {
    const made = await mirror();
    const path = made.path(blobKey((await made.specOf(snappy)).checksum));
    const bytes = await readFile(path);
    await writeFile(path, Buffer.concat([bytes, Buffer.from('x')]));
    await refused(made, 'MIRROR_BLOB_SIZE_WRONG', signed);
    await writeFile(path, Buffer.from(bytes.map((byte, index) => (index === 50 ? byte ^ 1 : byte))));
    await refused(made, 'MIRROR_BLOB_DIGEST_WRONG', signed);
    await rename(path, `${path}-gone`);
    await refused(made, 'MIRROR_BLOB_MISSING', signed);
  });

  test('a spec file in a format of the future, and one that is none', async () => {
    for (const [text, code] of [
      ['{"spec":{"_meta":{"version":9},"nodes":[]}}', 'MIRROR_LAYOUT_TOO_NEW'],
      ['[]', 'MIRROR_SPEC_INVALID'],
    ] as const) {
      const blob = gzip(text);
      const made = await altered(({ version, data }) => ({
        version,
        data: [data[0], { ...data[1], checksum: sha256(blob), contentLength: blob.length }],
      }));
      await made.store.put(blobKey(sha256(blob)), blob);
      await refused(made, code);
    }
  });

  test('a tarball that is missing or has another length', async () => {
    const made = await mirror();
    const { sha256: digest } = (await readEntry(made.store, snappy, signed))!.tarball;
    await made.store.put(blobKey(digest), Buffer.from('short'));
    await refused(made, 'MIRROR_BLOB_SIZE_WRONG', signed);
    await rm(made.path(blobKey(digest)));
    await refused(made, 'MIRROR_BLOB_MISSING', signed);
  });
});

test('a store that cannot be read is no verdict on the entry', async () => {
  const store = {
    ...folderStore('/nowhere'),
    get: () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })),
  };
  await expect(checkEntry(store as never, snappy, anyhow)).rejects.toThrow('EIO');
});
