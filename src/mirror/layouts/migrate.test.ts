import { appendFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { prefixOf, temporaryFolder, tinyLock, tinyPrefix, tinyTarball } from '../../../test/support/mirror-package.ts';
import { testRegistry } from '../../../test/support/registry.ts';
import { testS3 } from '../../../test/support/s3.ts';
import { sha256 } from '../../kit/index.ts';
import { registryClient } from '../../oci/index.ts';
import {
  blobKey,
  signedPayload,
  v2IndexHashKey,
  v2IndexKey,
  v2SpecKey,
  v2TarballKey,
  writeSpecFile,
} from '../../spack/index.ts';
import { packPrefix } from '../archive/pack.ts';
import type { ReadOptions } from '../entries/entry.ts';
import { installEntry } from '../entries/install.ts';
import { pushEntry } from './push.ts';
import { registryStore } from '../registry/registry-store.ts';
import { folderStore } from '../stores/folder-store.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { s3Store } from '../stores/s3-store.ts';
import { detectLayout } from './detect-layout.ts';
import type { MirrorLayout } from './layout.ts';
import { migrateMirror } from './migrate.ts';
import { v2Layout } from './v2-layout.ts';
import { v3Layout } from './v3-layout.ts';

const lock = tinyLock();
const { gauge, tide } = lock;
const anyhow = { requireSignature: false };

/** Stands for a key: wraps a text as a clearsigned one, and takes any such for signed by it. */
const sign = async (text: string) =>
  `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text}\n` +
  '-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n';
const signed: ReadOptions = {
  verifier: async (text) => ({ payload: signedPayload(text), fingerprint: 'F'.repeat(40) }),
  requireSignature: true,
};

async function start() {
  const folder = await temporaryFolder();
  const at = (name: string) => folderStore(join(folder, name), { durable: false });
  const source = v3Layout(at('source'));
  for (const node of [tide, gauge])
    await pushEntry(source.store, { lock, hash: node.hash, tarball: await tinyTarball(folder, lock, node) });
  const migrate = (from: MirrorLayout, to: MirrorLayout, more: { sign?: typeof sign; read?: ReadOptions } = {}) =>
    gather(migrateMirror(from, to, { read: anyhow, scratch: folder, ...more }));
  return { folder, at, source, migrate };
}

async function installs(layout: MirrorLayout, folder: string, read: ReadOptions = anyhow): Promise<void> {
  const entry = (await layout.read(gauge, read))!;
  expect(await installEntry(layout.store, entry, { folder })).toBe(prefixOf(gauge));
}

test('a mirror goes from v3 to v2 and back, is the same, and no tarball is copied', async () => {
  const { folder, at, source, migrate } = await start();
  const old = v2Layout(at('old'));
  expect((await migrate(source, old)).map(({ tarball, signature }) => [tarball, signature])).toEqual([
    ['shared', 'none'],
    ['shared', 'none'],
  ]);
  await installs(old, join(folder, 'from-v2'));
  const back = v3Layout(at('back'));
  await migrate(await detectLayout(at('old')), back);
  await installs(back, join(folder, 'from-v3'));
  const entries = await Promise.all([source, back].map((one) => one.read(gauge, anyhow)));
  expect(entries[1]?.text).toBe(entries[0]?.text);
  const key = blobKey(entries[0]!.tarball.sha256);
  const files = [join(folder, 'source', key), join(folder, 'back', key)];
  const inodes = await Promise.all(files.map(async (path) => (await stat(path)).ino));
  expect(new Set(inodes).size).toBe(1);
});

test('v2 has the names, the index and its hash that Spack 0.23 asks for', async () => {
  const { at, source, migrate } = await start();
  const store = at('old');
  await migrate(source, v2Layout(store), { sign });
  const nodes = [gauge, tide] as const;
  const stem = `linux-debian13-x86_64-none-none-gauge-2.1-${gauge.hash}`;
  expect(v2SpecKey(nodes, 'signed')).toBe(`build_cache/${stem}.spec.json.sig`);
  expect(v2TarballKey(nodes)).toBe(`build_cache/linux-debian13-x86_64/none-none/gauge-2.1/${stem}.spack`);
  expect((await store.get(v2SpecKey(nodes, 'signed')))?.toString()).toContain('\n"buildcache_layout_version":2,\n');
  const index = (await store.get(v2IndexKey))!;
  expect(JSON.parse(index.toString())).toMatchObject({ database: { version: '7', installs: { [tide.hash]: {} } } });
  expect((await store.get(v2IndexHashKey))?.toString()).toBe(sha256(index));
});

test('a signature is kept where the layout is the same, made where a key is given, and lost otherwise', async () => {
  const { at, source, migrate } = await start();
  const signatures = async (from: MirrorLayout, to: MirrorLayout, more: object = {}) =>
    new Set((await migrate(from, to, more)).map(({ signature }) => signature));
  const [made, kept, old] = [v3Layout(at('made')), v3Layout(at('kept')), v2Layout(at('old'))];
  expect(await signatures(source, made, { sign })).toEqual(new Set(['made']));
  expect(await signatures(made, kept, { read: signed })).toEqual(new Set(['kept']));
  expect((await kept.read(gauge, signed))?.text).toBe((await made.read(gauge, signed))?.text);
  expect(await signatures(made, old, { sign })).toEqual(new Set(['made']));
  expect((await old.read(gauge, signed))?.signedBy).toBe('F'.repeat(40));
  expect(await signatures(made, v2Layout(at('lost')))).toEqual(new Set(['lost']));
});

test('what the target has is not even read again, and what changed since comes', async () => {
  const { folder, at, source, migrate } = await start();
  const opened: string[] = [];
  const { store } = source;
  const watched = v3Layout({
    url: store.url,
    get: (key) => store.get(key),
    open: async (key) => {
      opened.push(key);
      return store.open(key);
    },
    head: (key) => store.head(key),
    put: (key, body) => store.put(key, body),
    list: (prefix) => store.list(prefix),
  });
  const old = v2Layout(at('old'));
  await migrate(watched, old, { sign });
  expect(opened).not.toEqual([]);
  opened.length = 0;
  const again = await migrate(watched, old, { sign });
  expect(again.map(({ tarball, signature }) => [tarball, signature])).toEqual([
    ['present', 'there'],
    ['present', 'there'],
  ]);
  expect(opened).toEqual([]);
  const prefix = await tinyPrefix(await temporaryFolder(), gauge);
  await writeFile(join(prefix, 'share/news'), 'built again');
  const tarball = await packPrefix({
    folder: prefix,
    prefix: prefixOf(gauge),
    output: join(folder, 'again.tar.gz'),
    node: gauge,
    prefixes: new Map(),
    specFile: writeSpecFile(lock, gauge.hash),
  });
  await pushEntry(source.store, { lock, hash: gauge.hash, tarball });
  expect((await migrate(watched, old, { sign })).map(({ signature }) => signature).toSorted()).toEqual([
    'made',
    'there',
  ]);
  await installs(old, join(folder, 'newer'), signed);
});

test('what is not signed or has other bytes is reported and left behind, and the rest comes', async () => {
  const { folder, at, source, migrate } = await start();
  const refused = await migrate(source, v3Layout(at('strict')), { read: signed });
  expect(refused.map(({ signature }) => signature)).toEqual(['refused', 'refused']);
  expect(refused[0]?.reason).toContain('MIRROR_SIGNATURE_MISSING');
  const old = v2Layout(at('old'));
  await migrate(source, old);
  await appendFile(join(folder, 'old', v2TarballKey([gauge, tide])), 'x');
  const target = v3Layout(at('target'));
  const done = await migrate(old, target);
  expect(done.map(({ entry, signature }) => [entry.slice(0, 5), signature])).toEqual(
    expect.arrayContaining([
      ['gauge', 'refused'],
      ['tide-', 'none'],
    ]),
  );
  expect(await target.read(gauge, anyhow)).toBeUndefined();
});

test('a spec file of v2 copied over the name of another package is refused', async () => {
  const { at, source, migrate } = await start();
  const store = at('old');
  await migrate(source, v2Layout(store));
  await store.copy!(v2SpecKey([tide], 'plain'), v2SpecKey([gauge, tide], 'plain'));
  await expect(v2Layout(store).read(gauge, anyhow)).rejects.toMatchObject({ code: 'MIRROR_ENTRY_MISMATCH' });
});

test('between a folder, S3 and a registry the bytes go once, and the second run sends none', async () => {
  const { folder, source, migrate } = await start();
  const [s3, { fetch }] = [testS3(), testRegistry()];
  const client = registryClient({ registry: 'r.example.org', repository: 'lab/m', access: 'push', fetch });
  const targets: ObjectStore[] = [
    s3Store({ endpoint: 'http://127.0.0.1:9', bucket: 'stack', fetch: s3.fetch }),
    registryStore(client),
  ];
  for (const [index, store] of targets.entries()) {
    const to = v3Layout(store);
    expect((await migrate(source, to, { sign })).map(({ tarball }) => tarball)).toEqual(['sent', 'sent']);
    expect((await migrate(source, to, { sign })).map(({ tarball }) => tarball)).toEqual(['present', 'present']);
    await installs(to, join(folder, `installed-${index}`), signed);
  }
  const other = s3Store({ endpoint: 'http://127.0.0.1:9', bucket: 'other', fetch: s3.fetch });
  const copied = await migrate(v3Layout(targets[0] as ObjectStore), v3Layout(other), { read: signed });
  expect(copied.map(({ tarball, signature }) => `${tarball} ${signature}`)).toEqual(['shared kept', 'shared kept']);
});
