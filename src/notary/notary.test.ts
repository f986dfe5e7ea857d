import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { gather } from '../../test/support/gather.ts';
import { localNotary } from '../../test/support/local-notary.ts';
import { temporaryFolder, tinyLock, tinyTarball } from '../../test/support/mirror-package.ts';
import { withPut } from '../../test/support/with-put.ts';
import { sha256 } from '../kit/index.ts';
import {
  IndexPublisher,
  folderStore,
  gzip,
  pushEntry,
  readEntry,
  verifyMirror,
  type ObjectStore,
} from '../mirror/index.ts';
import {
  blobKey,
  formatManifest,
  lockDigest,
  manifestKey,
  parseManifest,
  signedPayload,
  writeLockfile,
  writeSpecFile,
  type BuildcacheManifest,
  type SpecNode,
} from '../spack/index.ts';
import { generateKey } from './keys/openpgp-key.ts';
import type { Notary } from './notary.ts';
import { createSigner } from './keys/openpgp-signer.ts';
import type { SigningRequest } from './port.ts';
import { LogMemory } from './signing/log-memory.ts';
import { createSigningLog } from './signing/signing-log.ts';
import { createVerifier } from './keys/verifier.ts';

const clock = { now: () => Date.parse('2026-12-01T00:00:00Z') };
const key = await generateKey({ name: 'Lab', date: new Date('2026-01-01T00:00:00Z'), algorithm: 'ed25519' });
const read = { verifier: createVerifier(key.publicKey, { clock }), requireSignature: true };
const lock = tinyLock();
const { gauge, tide } = lock;
const digest = lockDigest(writeLockfile(lock));

let folder: string;
let store: ObjectStore;
let index: IndexPublisher;
let notary: Notary;

beforeEach(async () => {
  folder = await temporaryFolder();
  store = folderStore(join(folder, 'mirror'), { durable: false });
  index = new IndexPublisher(store, read);
  notary = await openNotary();
});

async function openNotary(): Promise<Notary> {
  const signingLog = await createSigningLog(join(folder, 'signing.log'), { clock });
  return localNotary({
    signer: createSigner(key, clock),
    store,
    signingLog,
    index,
    verifier: read.verifier,
  });
}

function request(node: SpecNode, manifest: string, more: Partial<SigningRequest> = {}): SigningRequest {
  return {
    stack: 'lab',
    pipeline: '7',
    job: '9',
    lockDigest: digest,
    readLock: async () => writeLockfile(lock),
    key: manifestKey(node),
    manifest,
    ...more,
  };
}

/** Pushes as the gateway does: blobs go through, the manifest is held back for the notary. */
async function push(node: SpecNode): Promise<string> {
  const tarball = await tinyTarball(folder, lock, node);
  const put: ObjectStore['put'] = async (name, body) => (name.startsWith('v3/') ? undefined : store.put(name, body));
  return pushEntry(withPut(store, put), { lock, hash: node.hash, tarball });
}

function changed(manifest: string, change: (manifest: BuildcacheManifest) => void): string {
  const parsed = parseManifest(manifest);
  change(parsed);
  return formatManifest(parsed);
}

const logLines = async () =>
  (await readFile(join(folder, 'signing.log'), 'utf8').catch(() => ''))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { action: string; name: string });

describe('the notary accepts', () => {
  test('what is in the lock, signs it, indexes it, and writes down for whom', async () => {
    const { manifest, already } = await notary.accept(request(gauge, await push(gauge)));
    expect(already).toBe(false);
    expect((await store.get(manifestKey(gauge)))?.toString()).toBe(manifest);
    expect(await readEntry(store, gauge, read)).toMatchObject({
      signedBy: key.fingerprint,
      tarball: { diffId: expect.stringMatching(/^sha256:/) },
    });
    expect(await logLines()).toMatchObject([
      { action: 'signed', name: 'gauge', hash: gauge.hash, pipeline: '7', job: '9', lockDigest: digest },
    ]);
  });

  test('two packages at once, and the mirror is then without a fault', async () => {
    const manifests = [await push(gauge), await push(tide)];
    await Promise.all([gauge, tide].map((node, at) => notary.accept(request(node, manifests[at]!))));
    // An index before the newest may be kept for those who are reading it; it belongs to nothing.
    const kinds = (await gather(verifyMirror(store, read))).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind !== 'blob-unused' && kind !== 'layout-missing')).toEqual(['ok', 'ok']);
  });

  test('the same again, and at the same time, with one signature', async () => {
    const manifest = await push(gauge);
    const answers = await Promise.all([1, 2, 3].map(() => notary.accept(request(gauge, manifest))));
    expect(answers.map(({ already }) => already)).toEqual([false, true, true]);
    expect(new Set(answers.map((answer) => answer.manifest)).size).toBe(1);
    expect(await logLines()).toHaveLength(1);
  });

  test('a manifest without diffId, which it adds', async () => {
    const manifest = changed(await push(gauge), ({ data }) => void delete data[0]!.diffId);
    await notary.accept(request(gauge, manifest));
    expect((await readEntry(store, gauge, read))?.tarball.diffId).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('an entry in place of one that is there but not validly signed', async () => {
    const manifest = await push(gauge);
    await store.put(manifestKey(gauge), Buffer.from(manifest));
    expect((await notary.accept(request(gauge, manifest))).already).toBe(false);
    expect(await readEntry(store, gauge, read)).toMatchObject({ signedBy: key.fingerprint });
  });

  test('and signs nothing of the manifest but what it checked', async () => {
    const manifest = changed(
      await push(gauge),
      (one) => Object.assign(one, { extra: 'x' }) && Object.assign(one.data[0]!, { note: 'y' }),
    );
    const signed = signedPayload((await notary.accept(request(gauge, manifest))).manifest);
    expect(JSON.parse(signed)).not.toHaveProperty('extra');
    expect(signed).not.toContain('note');
  });
});

test('of two tarballs for one package the first one stays, and the second is written down', async () => {
  const manifest = await push(gauge);
  const first = await notary.accept(request(gauge, manifest));
  const other = changed(manifest, ({ data }) => void Object.assign(data[0]!, { checksum: '1'.repeat(64) }));
  expect(await notary.accept(request(gauge, other))).toEqual({ manifest: first.manifest, already: true });
  expect(await logLines()).toMatchObject([{ action: 'signed' }, { action: 'kept', tarball: '1'.repeat(64) }]);
});

test('what a crash left unindexed is indexed when it is accepted again', async () => {
  const manifest = await push(gauge);
  const withoutIndex = localNotary({
    signer: createSigner(key, clock),
    store,
    signingLog: await createSigningLog(join(folder, 'other.log')),
    verifier: read.verifier,
  });
  await withoutIndex.accept(request(gauge, manifest));
  await notary.accept(request(gauge, manifest));
  expect((await index.rebuild()).added).toEqual([]);
});

describe('the notary refuses', () => {
  const refused = async (signing: SigningRequest, code: string) => {
    await expect(notary.accept(signing)).rejects.toMatchObject({ code });
    expect(await gather(store.list('v3/'))).toEqual([]);
    expect(await logLines()).toEqual([]);
  };

  test("names that are no package's manifest", async () => {
    const manifest = await push(gauge);
    for (const name of [
      'v3/manifests/index/index.manifest.json',
      'v3/layout.json',
      `${manifestKey(gauge)}x`,
      manifestKey(gauge).replace('gauge/', 'tide/'),
    ]) {
      await refused(request(gauge, manifest, { key: name }), 'NOTARY_NAME_REFUSED');
    }
  });

  test('packages that the lock has not, or has under another name', async () => {
    const manifest = await push(gauge);
    const small = writeLockfile({ ...lock, roots: [], nodes: new Map([[tide.hash, tide]]) });
    const bySmall = { lockDigest: lockDigest(small), readLock: async () => small };
    await refused(request(gauge, manifest, bySmall), 'NOTARY_NOT_IN_LOCK');
    const renamed = { key: manifestKey({ ...gauge, name: 'tide' }) };
    await refused(request(gauge, manifest, renamed), 'NOTARY_NOT_IN_LOCK');
  });

  test('a lock that is not the one whose digest was recorded', async () => {
    const manifest = await push(gauge);
    await refused(request(gauge, manifest, { readLock: async () => `${writeLockfile(lock)} ` }), 'NOTARY_LOCK_WRONG');
  });

  test('a second lock for a pipeline that something was signed for, also after a restart', async () => {
    await notary.accept(request(gauge, await push(gauge)));
    notary = await openNotary();
    const small = writeLockfile({ ...lock, roots: [], nodes: new Map([[tide.hash, tide]]) });
    const other = { lockDigest: lockDigest(small), readLock: async () => small };
    const signing = request(tide, await push(tide), other);
    await expect(notary.accept(signing)).rejects.toMatchObject({ code: 'NOTARY_LOCK_CHANGED' });
    await notary.accept({ ...signing, pipeline: '8' });
  });

  test('a lock in the place of another one of its name, where a pipeline has several', async () => {
    const first = request(gauge, await push(gauge));
    await notary.accept(first);
    const small = writeLockfile({ ...lock, roots: [], nodes: new Map([[tide.hash, tide]]) });
    const other = { lockName: 'generate-arm64:spack.lock', lockDigest: lockDigest(small), readLock: async () => small };
    await notary.accept(request(tide, await push(tide), other));
    notary = await openNotary();
    const swapped = { ...first, lockName: other.lockName };
    await expect(notary.accept(swapped)).rejects.toMatchObject({ code: 'NOTARY_LOCK_CHANGED' });
    await notary.accept(first);
  });

  test('a manifest that is signed already, broken, or of a newer layout', async () => {
    const manifest = await push(gauge);
    await refused(request(gauge, await createSigner(key, clock).sign(manifest)), 'NOTARY_ALREADY_SIGNED');
    await refused(request(gauge, '{}'), 'MIRROR_MANIFEST_INVALID');
    await refused(request(gauge, manifest.replace('"version":3', '"version":4')), 'MIRROR_LAYOUT_TOO_NEW');
  });

  test('the spec of another package of the same lock', async () => {
    await refused(request(gauge, await push(tide)), 'MIRROR_ENTRY_MISMATCH');
    await refused(request({ ...gauge, version: '9' }, await push(gauge)), 'MIRROR_ENTRY_MISMATCH');
  });

  test('the tarball of another package with the right spec', async () => {
    const [tarball] = parseManifest(await push(tide)).data;
    const manifest = changed(await push(gauge), ({ data }) => void Object.assign(data[0]!, tarball));
    await refused(request(gauge, manifest), 'MIRROR_TARBALL_MISMATCH');
  });

  test('a spec that was altered without changing its hash', async () => {
    const altered = gzip(writeSpecFile(lock, gauge.hash).replaceAll('"zz"', '"yy"'));
    await store.put(blobKey(sha256(altered)), altered);
    const manifest = changed(
      await push(gauge),
      ({ data }) => void Object.assign(data[1]!, { checksum: sha256(altered), contentLength: altered.length }),
    );
    await refused(request(gauge, manifest), 'MIRROR_HASH_WRONG');
  });

  test('blobs that are missing, altered, or of another size, and a wrong diffId', async () => {
    const manifest = await push(gauge);
    await refused(
      request(
        gauge,
        changed(manifest, ({ data }) => void (data[0]!.checksum = '2'.repeat(64))),
      ),
      'MIRROR_BLOB_MISSING',
    );
    await refused(
      request(
        gauge,
        changed(manifest, ({ data }) => void (data[1]!.checksum = '2'.repeat(64))),
      ),
      'MIRROR_BLOB_MISSING',
    );
    await refused(
      request(
        gauge,
        changed(manifest, ({ data }) => void (data[0]!.contentLength += 1)),
      ),
      'MIRROR_BLOB_SIZE_WRONG',
    );
    await refused(
      request(
        gauge,
        changed(manifest, ({ data }) => void (data[0]!.diffId = `sha256:${'3'.repeat(64)}`)),
      ),
      'NOTARY_DIFF_ID_WRONG',
    );
    await appendFile(join(folder, 'mirror', blobKey(parseManifest(manifest).data[0]!.checksum)), 'x');
    await refused(request(gauge, manifest), 'MIRROR_BLOB_SIZE_WRONG');
  });

  test('everything while its log can not be written', async () => {
    const manifest = await push(gauge);
    const signingLog = Object.assign(Object.create(null) as object, {
      append: () => Promise.reject(new Error('disk full')),
      memory: new LogMemory(),
    });
    notary = localNotary({
      signer: createSigner(key, clock),
      store,
      signingLog: signingLog as never,
      verifier: read.verifier,
    });
    await expect(notary.accept(request(gauge, manifest))).rejects.toThrow('disk full');
    expect(await gather(store.list('v3/'))).toEqual([]);
  });
});
