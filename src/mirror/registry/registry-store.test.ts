import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { prefixOf, temporaryFolder, tinyLock, tinyTarball } from '../../../test/support/mirror-package.ts';
import { testRegistry } from '../../../test/support/registry.ts';
import { readImage, registryClient, validateImage } from '../../oci/index.ts';
import { specNodes, indexManifestKey, manifestKey, pythonJson } from '../../spack/index.ts';
import { putDocument } from '../archive/plain-document.ts';
import { listEntries } from '../catalog/list.ts';
import { readEntry } from '../entries/entry.ts';
import { installEntry } from '../entries/install.ts';
import { pushEntry } from '../layouts/push.ts';
import { objectStoreContract } from '../../../test/support/object-store-contract.ts';
import { keyOfTag, packageTag, tagOf } from './object-tags.ts';
import { registryStore } from './registry-store.ts';

function open(registry = testRegistry()) {
  const { fetch } = registry;
  const client = registryClient({ registry: 'r.example.org', repository: 'lab/mirror', access: 'push', fetch });
  return { registry, client, store: registryStore(client) };
}

const lock = tinyLock();
const { gauge, tide } = lock;
const anyhow = { requireSignature: false };

async function pushed() {
  const folder = await temporaryFolder();
  const opened = open();
  for (const node of [tide, gauge])
    await pushEntry(opened.store, { lock, hash: node.hash, tarball: await tinyTarball(folder, lock, node) });
  return { folder, ...opened };
}

describe('a registry', () => objectStoreContract(async () => open().store));

test('a pushed package is an image with its dependencies below it, under the tag that Spack asks for', async () => {
  const { client } = await pushed();
  const image = await readImage(client, `gauge-2.1-${gauge.hash}.spack`);
  expect(image.blobs).toHaveLength(3);
  expect(await validateImage(image)).toEqual([]);
  expect(image.config).toMatchObject({
    architecture: 'amd64',
    buildcache_layout_version: 2,
    spec: { nodes: [{ name: 'gauge' }, { name: 'tide' }] },
  });
});

test('a package is read back as it was pushed, listed, and installed', async () => {
  const { folder, store } = await pushed();
  const entry = (await readEntry(store, gauge, anyhow))!;
  expect(entry.spec.nodes[0].hash).toBe(gauge.hash);
  expect((await gather(listEntries(store))).map(({ name }) => name)).toEqual(['gauge', 'tide']);
  expect(await installEntry(store, entry, { folder: join(folder, 'deps') })).toBe(prefixOf(gauge));
});

test("an image that Spack wrote, without slipway's annotations, is read as an unsigned package", async () => {
  const { folder, registry, client, store } = await pushed();
  const tag = `lab/mirror:${packageTag(gauge)}`;
  const { bytes, mediaType } = registry.manifests.get(tag)!;
  const { annotations: _, ...plain } = JSON.parse(bytes.toString()) as Record<string, unknown>;
  registry.manifests.set(tag, { bytes: Buffer.from(JSON.stringify(plain)), mediaType });
  const again = registryStore(client);
  const entry = (await readEntry(again, gauge, anyhow))!;
  const own = (await readEntry(store, tide, anyhow))!;
  expect(entry.spec.nodes.map(({ hash }) => hash)).toEqual(specNodes(lock, gauge.hash).map(({ hash }) => hash));
  expect(entry.tarball.diffId).toMatch(/^sha256:/);
  expect(own.tarball.diffId).toMatch(/^sha256:/);
  await expect(readEntry(again, gauge, { requireSignature: true })).rejects.toMatchObject({
    code: 'MIRROR_SIGNATURE_MISSING',
  });
  expect(await installEntry(again, entry, { folder: join(folder, 'spack') })).toBe(prefixOf(gauge));
});

test("the index goes under Spack's tag, and one that Spack wrote is read", async () => {
  const { registry, client, store } = open();
  const text = pythonJson({ database: { version: '8', installs: {} } });
  await putDocument(store, indexManifestKey, { text, mediaType: 'application/vnd.spack.db.v8+json' });
  const manifest = JSON.parse(registry.manifests.get('lab/mirror:index.spack')!.bytes.toString()) as object;
  expect(manifest).toMatchObject({ layers: [{ size: text.length }] });
  const { bytes, mediaType } = registry.manifests.get('lab/mirror:index.spack')!;
  const plain = { ...(JSON.parse(bytes.toString()) as object), annotations: {} };
  registry.manifests.set('lab/mirror:index.spack', { bytes: Buffer.from(JSON.stringify(plain)), mediaType });
  expect((await registryStore(client).get(indexManifestKey))?.toString()).toContain(`"contentLength":${text.length}`);
});

test('every key has a tag of its own that says which', () => {
  for (const key of ['v3/layout.json', 'a+b=c@1/x_y.json', 'ä/b', `locks/${'0'.repeat(64)}`]) {
    expect(keyOfTag(tagOf(key))).toBe(key);
    expect(tagOf(key)).toMatch(/^\w[\w.-]{0,127}$/);
  }
  expect(tagOf(manifestKey(gauge))).toBe(`gauge-2.1-${gauge.hash}.spack`);
  expect(packageTag({ name: 'n'.repeat(100), version: '1', hash: gauge.hash })).toHaveLength(128);
});
