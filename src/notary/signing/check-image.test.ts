import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder, tinyLock, tinyTarball } from '../../../test/support/mirror-package.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { Secret, sha256 } from '../../kit/index.ts';
import { folderStore, pushEntry, readEntry, type ObjectStore } from '../../mirror/index.ts';
import { lockDigest, manifestKey, writeLockfile } from '../../spack/index.ts';
import { generateCosignKey } from '../keys/cosign-key.ts';
import { generateKey } from '../keys/openpgp-key.ts';
import { createSigner } from '../keys/openpgp-signer.ts';
import { createVerifier } from '../keys/verifier.ts';
import type { ImageSigningRequest, SigningService } from '../port.ts';
import { notaryApp } from '../wire/notary-app.ts';
import { remoteNotary } from '../wire/remote-notary.ts';
import type { ImagePolicy } from './check-image.ts';
import { createSigningService } from './signing-service.ts';
import { createSigningLog } from './signing-log.ts';

const key = await generateKey({ name: 'Lab', date: new Date('2026-01-01T00:00:00Z'), algorithm: 'ed25519' });
const verifier = createVerifier(key.publicKey);
const imageKey = generateCosignKey();
const token = new Secret('let me in');
const lock = tinyLock();
const { gauge, tide } = lock;
const digest = lockDigest(writeLockfile(lock));

let folder: string;
let store: ObjectStore;
let signing: SigningService;
let tarballs: { readonly gauge: string; readonly tide: string };

/** A notary behind HTTP. */
async function openSigning(images: ImagePolicy = {}): Promise<SigningService> {
  const signingLog = await createSigningLog(join(folder, 'log'));
  const own = createSigningService({
    keys: {
      signer: async () => createSigner(key),
      verifier: async () => verifier,
      knownKeys: async () => ({ keys: [], imageKey: imageKey.publicKey }),
      imageKey: async () => imageKey,
    },
    stack: (name) => (name === 'lab' ? { store, signingLog, images } : undefined),
    log: silentLogger,
  });
  const app = notaryApp({ signing: own, token, log: silentLogger });
  return remoteNotary({
    send: async ({ method, path, body }) => {
      const headers = { authorization: `Bearer ${token.reveal()}` };
      const response = await app.request(path, { method, headers, ...(body === undefined ? {} : { body }) });
      return { status: response.status, body: await response.text() };
    },
  });
}

beforeEach(async () => {
  folder = await temporaryFolder();
  store = folderStore(join(folder, 'mirror'), { durable: false });
  signing = await openSigning();
  const digests: Record<string, string> = {};
  for (const node of [tide, gauge]) {
    const manifest = await pushEntry(store, { lock, hash: node.hash, tarball: await tinyTarball(folder, lock, node) });
    await store.remove?.(manifestKey(node));
    const about = {
      stack: 'lab',
      pipeline: '7',
      job: '9',
      lockDigest: digest,
      readLock: async () => writeLockfile(lock),
    };
    const { manifest: signed } = await signing.attest({ ...about, key: manifestKey(node), manifest });
    await store.put(manifestKey(node), Buffer.from(signed));
    digests[node.name] = (await readEntry(store, node, { requireSignature: false }))?.tarball.sha256 ?? '';
  }
  tarballs = digests as typeof tarballs;
});

const hex = (digit: string) => `sha256:${digit.repeat(64)}`;
const nameOf = (node: typeof gauge) => `${node.name}@${node.version}/${node.hash}`;

interface Layer {
  readonly digest: string;
  readonly packages?: string;
  readonly createdBy?: string;
}

/** The documents of an image with these layers, and its digest; with labels instead of annotations in Docker's format. */
function imageOf(layers: readonly Layer[], annotations: Record<string, string> = {}, labels?: Record<string, string>) {
  const config = JSON.stringify({
    config: labels === undefined ? undefined : { Labels: labels },
    rootfs: { type: 'layers', diff_ids: layers.map(() => hex('d')) },
    history: layers.map(({ createdBy = 'slipway: gauge' }) => ({ created_by: createdBy })),
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: { digest: `sha256:${sha256(config)}` },
    layers: layers.map(({ digest: one, packages }) => ({
      digest: one,
      ...(packages === undefined ? {} : { annotations: { 'io.slipway.packages': packages } }),
    })),
    annotations: labels === undefined ? annotations : undefined,
  });
  return { digest: `sha256:${sha256(manifest)}`, documents: [manifest, config] };
}

const packageLayers = (): readonly Layer[] => [
  { digest: `sha256:${tarballs.tide}`, packages: nameOf(tide) },
  { digest: `sha256:${tarballs.gauge}`, packages: nameOf(gauge) },
];
const own: Layer = { digest: hex('e'), createdBy: 'slipway: view' };
const base: Layer = { digest: hex('b'), createdBy: 'RUN apt-get install' };

function request(image: { digest: string; documents: readonly string[] }, more: Partial<ImageSigningRequest> = {}) {
  const payload = {
    critical: {
      identity: { 'docker-reference': 'ghcr.io/lab/stack' },
      image: { 'docker-manifest-digest': image.digest },
      type: 'cosign container image signature',
    },
    optional: { 'io.slipway.lock': `sha256:${digest}` },
  };
  return {
    stack: 'lab',
    pipeline: '7',
    payload: JSON.stringify(payload),
    locks: [{ digest, readLock: async () => writeLockfile(lock) }],
    documents: image.documents,
    ...more,
  };
}

const refused = (reason: string, code = 'NOTARY_IMAGE_REFUSED') => ({ code, message: expect.stringContaining(reason) });

describe('an image is signed', () => {
  test('whose layers are the signed packages of the lock, with a base that it names, and a view', async () => {
    const named = { 'org.opencontainers.image.base.digest': hex('c') };
    const image = imageOf([base, ...packageLayers(), own], named);
    // A notary that has just started knows no lock yet, and asks for it.
    signing = await openSigning({ repositories: ['ghcr.io/lab/*'] });
    await expect(signing.signImage(request(image))).resolves.toMatchObject({ publicKey: imageKey.publicKey });
    const lines = (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ action: 'image', image: image.digest, locks: [digest] });
  });

  test('that joins packages in one layer, in a pipeline that signed nothing else', async () => {
    const image = imageOf([{ digest: hex('a'), packages: [tide, gauge].map(nameOf).join(' ') }]);
    await expect(signing.signImage(request(image, { pipeline: '8' }))).resolves.toBeDefined();
  });

  test('in Docker’s format, where only the history names the packages, and a label the base', async () => {
    const layers = [tide, gauge].map((node) => ({
      digest: `sha256:${tarballs[node.name as 'tide']}`,
      createdBy: `slipway: ${nameOf(node).slice(0, -25)}`,
    }));
    const labels = { 'org.opencontainers.image.base.digest': hex('b') };
    await expect(signing.signImage(request(imageOf([base, ...layers], {}, labels)))).resolves.toBeDefined();
    await expect(signing.signImage(request(imageOf([base, ...layers], {}, {})))).rejects.toMatchObject(
      refused('does not name the base'),
    );
  });

  test('as an index, if each of its images is', async () => {
    const image = imageOf(packageLayers());
    const index = JSON.stringify({ schemaVersion: 2, manifests: [{ digest: image.digest }] });
    const whole = { digest: `sha256:${sha256(index)}`, documents: [index, ...image.documents] };
    await expect(signing.signImage(request(whole))).resolves.toBeDefined();
    await expect(signing.signImage(request({ ...whole, documents: [index] }))).rejects.toMatchObject(
      refused('does not include'),
    );
  });
});

describe('an image is not signed', () => {
  const lone = () => imageOf(packageLayers());
  test.each<[string, () => ReturnType<typeof imageOf>, object]>([
    ['whose digest is invented', () => ({ ...lone(), digest: hex('f') }), refused('does not include `sha256:ffff')],
    [
      'with a package of another lock',
      () => imageOf([...packageLayers(), { digest: hex('a'), packages: `zlib@1.3/${'a'.repeat(32)}` }]),
      refused('is not in the lock'),
    ],
    [
      'with other bytes for a package',
      () => imageOf([{ digest: hex('a'), packages: nameOf(gauge) }]),
      refused('layer 1 is not the signed tarball of `gauge@2.1'),
    ],
    ['without any package', () => imageOf([own]), refused('none of its layers is of a package')],
    ['with an unknown layer', () => imageOf([...packageLayers(), base]), refused('layer 3 is neither')],
    ['with a base that it does not name', () => imageOf([base, ...packageLayers()]), refused('does not name the base')],
    [
      'that a Dockerfile built, unless the stack allows it',
      () => imageOf([base], { 'io.slipway.inputs': hex('1'), 'io.slipway.lock': `sha256:${digest}` }),
      refused('Dockerfile', 'NOTARY_DOCKERFILE_REFUSED'),
    ],
  ])('%s', async (_, image, error) => {
    await expect(signing.signImage(request(image()))).rejects.toMatchObject(error);
  });

  test('in a repository that is not the stack’s', async () => {
    signing = await openSigning({ repositories: ['ghcr.io/other/*'] });
    await expect(signing.signImage(request(lone()))).rejects.toMatchObject(
      refused('ghcr.io/lab/stack', 'NOTARY_REPOSITORY_REFUSED'),
    );
  });

  test('of a lock that the pipeline does not have, or that the payload does not name', async () => {
    const other = writeLockfile(tinyLock('aarch64'));
    const locks = [{ digest: lockDigest(other), readLock: async () => other }];
    await expect(signing.signImage(request(lone(), { locks }))).rejects.toMatchObject(refused('does not name'));
    const both = [...request(lone()).locks, ...locks];
    await expect(signing.signImage(request(lone(), { locks: both }))).rejects.toMatchObject({
      code: 'NOTARY_LOCK_CHANGED',
    });
  });

  test('whose packages have no signature that counts', async () => {
    await store.remove?.(manifestKey(gauge));
    await expect(signing.signImage(request(lone()))).rejects.toMatchObject(refused('has no valid signature'));
  });

  test('nothing of that is written down', async () => {
    await signing.signImage(request(imageOf([own]))).catch(() => undefined);
    expect(await readFile(join(folder, 'log'), 'utf8')).not.toContain('"action":"image"');
  });
});
