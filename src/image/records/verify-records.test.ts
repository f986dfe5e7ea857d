import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { recordSigner } from '../../../test/support/record-signer.ts';
import { signedMirror, type SignedMirror } from '../../../test/support/signed-mirror.ts';
import { readEntry, type Entry } from '../../mirror/index.ts';
import {
  attachReferrer,
  bytesBlob,
  digestOf,
  jsonBytes,
  layersOf,
  layoutRepository,
  makeArtifact,
  openLayout,
  readArtifact,
  type Image,
  type ImageTarget,
} from '../../oci/index.ts';
import { buildImages } from '../build-images.ts';
import { ImageDefinition } from '../definition.ts';
import { publishImage } from '../publish/publish.ts';
import { cosignTag } from './cosign.ts';
import { recordImages, type RecordImagesOptions } from './record-images.ts';
import { verifyEntries } from './verify-entries.ts';
import { verifyRecords } from './verify-records.ts';

const signer = recordSigner();
let mirror: SignedMirror;
let target: ImageTarget;
let image: Image;
let options: RecordImagesOptions;

beforeEach(async () => {
  mirror = await signedMirror();
  target = layoutRepository(await openLayout(join(mirror.folder, '../images'), { create: true }), 'lab/stack');
  await publish();
});

const read = () => ({ verifier: mirror.verifier, requireSignature: true });
const beside = () => ({ store: mirror.store, read: read(), temporary: mirror.folder });
const records = (key = signer.publicKey) => verifyRecords(target, image, key);

/**
 * Makes the image of the mirror's two packages, with its records; `layers` is how many layers they may have, `root`
 * where they are.
 */
async function publish(layers = 2, root?: string): Promise<void> {
  const { lock, store, gauge, tide } = mirror;
  const entries = new Map<string, Entry>();
  for (const node of [gauge, tide]) entries.set(node.hash, (await readEntry(store, node, read())) as Entry);
  const definition = ImageDefinition.parse({ repository: 'lab/stack', layers, root });
  const locks = [{ lock, digest: 'ab'.repeat(32) }];
  const commit = 'c0ffee'.padEnd(40, '0');
  const work = join(mirror.folder, '../work');
  image = (await buildImages({ locks, entries, store, definition, work, commit })) as Image;
  options = {
    images: image,
    target,
    locks,
    entries,
    store,
    commit,
    created: new Date('2026-11-25T10:00:00.123Z'),
    toolVersion: '0.1.0',
    build: {
      builder: 'https://slipway.example.org',
      contents: 'packages',
      root,
    },
    ...signer,
  };
  await recordImages(options);
  await publishImage(image, target, 'v1');
}

describe('the records of an image', () => {
  test('hold for what was published, and name the signed entries', async () => {
    const report = await records();
    expect(report).toMatchObject({ findings: [], lock: `sha256:${'ab'.repeat(32)}`, commit: 'c0ffee'.padEnd(40, '0') });
    expect(report.entries.map(({ name, signedBy }) => [name.replace(/\/.*/, ''), signedBy])).toEqual([
      ['tide@1.0', mirror.signer.fingerprint],
      ['gauge@2.1', mirror.signer.fingerprint],
    ]);
    expect(await verifyEntries(image, report, beside())).toEqual([]);
  });

  test('hold for packages that share a layer, by the content of both', async () => {
    await publish(1);
    const report = await records();
    expect({ layers: image.blobs.length - 1, findings: report.findings }).toEqual({ layers: 1, findings: [] });
    expect(await verifyEntries(image, report, beside())).toEqual([]);
  });

  test('hold with one of several keys, such as the one before a rotation', async () => {
    const { findings } = await records(recordSigner().publicKey + signer.publicKey);
    expect(findings).toEqual((await records()).findings);
    expect(findings).not.toEqual((await records(recordSigner().publicKey)).findings);
  });

  test('are worth nothing with another key', async () => {
    const { findings, entries } = await records(recordSigner().publicKey);
    expect(findings.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      'signature: none of its 1 signatures is of this key',
      'provenance: no provenance there is signed with this key',
    ]);
    expect(entries).toEqual([]);
  });

  test('of another image, under this image’s names, are found out', async () => {
    const other = { ...image.manifest.descriptor, digest: digestOf('another') };
    for (const suffix of ['sig', 'att'] as const) {
      const found = await readArtifact(target, cosignTag(image.manifest.descriptor.digest, suffix));
      const layers = (found?.layers ?? []).map(({ bytes, descriptor }) => ({
        ...bytesBlob(bytes, descriptor.mediaType),
        descriptor,
      }));
      const artifact = makeArtifact({ artifactType: 'x', subject: other, layers });
      await attachReferrer(target, artifact, [cosignTag(other.digest, suffix)]);
    }
    const disguised = { ...image, manifest: { ...image.manifest, descriptor: other } };
    const { findings } = await verifyRecords(target, disguised, signer.publicKey);
    expect(findings.map(({ message }) => message)).toEqual([
      'what is signed there is another image',
      'the provenance there is of another image',
    ]);
  });

  test('that were never attached are missed', async () => {
    const bare = layoutRepository(await openLayout(join(mirror.folder, '../bare'), { create: true }), 'lab/stack');
    await publishImage(image, bare, 'v1');
    const { findings } = await verifyRecords(bare, image, signer.publicKey);
    expect(findings.map(({ message }) => message)).toEqual(['the image is not signed', 'the image has no provenance']);
  });

  test('miss a bill of materials that was replaced', async () => {
    const bare = layoutRepository(await openLayout(join(mirror.folder, '../bare'), { create: true }), 'lab/stack');
    const artifactType = 'application/spdx+json';
    const layers = [bytesBlob(jsonBytes({ packages: [] }), artifactType)];
    await attachReferrer(bare, makeArtifact({ artifactType, subject: image.manifest.descriptor, layers }));
    for (const suffix of ['sig', 'att'] as const) {
      const tag = cosignTag(image.manifest.descriptor.digest, suffix);
      const found = await readArtifact(target, tag);
      const kept = (found?.layers ?? []).map(({ bytes, descriptor }) => ({
        ...bytesBlob(bytes, descriptor.mediaType),
        descriptor,
      }));
      await attachReferrer(
        bare,
        makeArtifact({ artifactType: 'x', subject: image.manifest.descriptor, layers: kept }),
        [tag],
      );
    }
    const { findings } = await verifyRecords(bare, image, signer.publicKey);
    expect(findings.map(({ where }) => where)).toEqual([artifactType, 'application/vnd.cyclonedx+json']);
  });
});

describe('an image beside its mirror', () => {
  test('whose entry was signed for another tarball, or is gone, is reported', async () => {
    const { entries } = await records();
    const [tide, gauge] = entries as [(typeof entries)[0], (typeof entries)[0]];
    const others = [
      { ...tide, sha256: 'f'.repeat(64) },
      { ...gauge, hash: 'a'.repeat(32), name: `gauge@2.1/${'a'.repeat(32)}` },
    ];
    const findings = await verifyEntries(image, { entries: others }, beside());
    expect(findings.map(({ message }) => message)).toEqual([
      'the mirror has another tarball than the image was made of',
      expect.stringContaining('has no such entry, or it is not signed'),
    ]);
  });

  test.each([1, 2])('whose packages were relocated holds what its entries become, in %i layers', async (layers) => {
    await publish(layers, '/srv/tree');
    const report = await records();
    expect(report).toMatchObject({ findings: [], root: '/srv/tree' });
    const stored = [...options.entries.values()].map(({ tarball }) => `sha256:${tarball.sha256}`);
    expect(layersOf(image).some(({ descriptor }) => stored.includes(descriptor.digest))).toBe(false);
    expect(await verifyEntries(image, report, beside())).toEqual([]);
    expect((await readdir(mirror.folder)).filter((name) => name.startsWith('slipway-verify'))).toEqual([]);
    for (const root of ['/srv/other', undefined]) {
      const findings = await verifyEntries(image, { ...report, root }, beside());
      expect(findings.map(({ message }) => message)).toContainEqual(
        expect.stringContaining('its files are not those of'),
      );
    }
  });

  test('whose layer holds other files than its entries is reported', async () => {
    await publish(1);
    const { entries } = await records();
    const [layer] = image.blobs.slice(1);
    const alone = image.blobs[1]?.descriptor.annotations?.['io.slipway.packages']?.split(' ')[0] ?? '';
    const descriptor = { ...layer?.descriptor, annotations: { 'io.slipway.packages': alone } };
    const claiming = { ...image, blobs: [image.blobs[0], { ...layer, descriptor }] } as Image;
    const findings = await verifyEntries(claiming, { entries }, beside());
    expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining('its files are not those of')]);
  });
});
