import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testImage } from '../../test/support/image.ts';
import { recordSigner } from '../../test/support/record-signer.ts';
import { twoPlatforms, type TwoPlatforms } from '../../test/support/two-platforms.ts';
import {
  ImageIndex,
  layersOf,
  layoutRepository,
  openLayout,
  readImage,
  validateImage,
  type ImageTarget,
} from '../oci/index.ts';
import { buildImages } from './build-images.ts';
import { ImageDefinition } from './definition.ts';
import { imageParts, type ImageLock } from './image-lock.ts';
import { publishImage } from './publish/publish.ts';
import {
  checkPlatforms,
  indexImages,
  platformOf,
  platformText,
  readPublished,
  type ImageSet,
} from './publish/publishable.ts';
import { recordImages } from './records/record-images.ts';
import { verifyIndex, verifyRecords } from './records/verify-records.ts';

let stack: TwoPlatforms;
let target: ImageTarget;
let locks: readonly [ImageLock, ImageLock];

beforeAll(async () => {
  stack = await twoPlatforms();
  locks = [
    { lock: stack.amd64, digest: 'aa'.repeat(32), name: 'amd64.lock' },
    { lock: stack.arm64, digest: 'bb'.repeat(32), name: 'arm64.lock' },
  ];
  target = layoutRepository(await openLayout(join(stack.folder, 'images'), { create: true }), 'lab/stack');
  await mkdir(join(stack.folder, 'checkout'));
  const bases = layoutRepository(await openLayout(join(stack.folder, 'checkout/base'), { create: true }), 'lab/base');
  const [arm, amd] = await Promise.all([
    testImage([[{ name: 'etc/machine', text: 'arm64' }]], { architecture: 'arm64', variant: 'v8' }),
    testImage([[{ name: 'etc/machine', text: 'amd64' }]]),
  ]);
  await publishImage(indexImages([arm, amd]), bases, '1');
});
afterAll(() => stack.remove());

async function build(some: readonly ImageLock[], work = 'work'): Promise<ImageSet> {
  const images = await buildImages({
    locks: some,
    entries: stack.entries,
    store: stack.store,
    definition: ImageDefinition.parse({ repository: 'x', base: 'oci:base:lab/base:1' }),
    work: join(stack.folder, work),
    commit: 'c0ffee',
    baseOptions: { folder: join(stack.folder, 'checkout') },
  });
  expect('index' in images).toBe(true);
  return images as ImageSet;
}

describe('locks for several platforms', () => {
  test('give one index, with an image for each on its own base', async () => {
    const set = await build(locks);
    expect(set.images.map((image) => platformText(platformOf(image)))).toEqual(['linux/amd64', 'linux/arm64/v8']);
    for (const image of set.images) expect(await validateImage(image)).toEqual([]);
    expect(checkPlatforms(set)).toEqual([]);
    const bases = set.images.map((image) => layersOf(image)[0]?.descriptor.digest);
    expect(new Set(bases).size).toBe(2);
    const document = JSON.parse(set.index.bytes.toString('utf8')) as { annotations: Record<string, string> };
    expect(ImageIndex.parse(document).manifests.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ]);
    // What differs, the lock and the base's digest, stands at each image.
    expect(document.annotations).toEqual({
      'org.opencontainers.image.base.name': 'oci:base:lab/base:1',
      'org.opencontainers.image.created': '1970-01-01T00:00:00Z',
      'org.opencontainers.image.revision': 'c0ffee',
    });
    expect(set.images.map(({ config }) => config.config?.Labels?.['io.slipway.lock'])).toEqual([
      `sha256:${'aa'.repeat(32)}`,
      `sha256:${'bb'.repeat(32)}`,
    ]);
  });

  test('give the same digest in whichever order they come, with nothing kept from before', async () => {
    const [set, other] = [await build(locks), await build(locks.toReversed(), 'elsewhere')];
    expect(other.index).toEqual(set.index);
  });

  test('of which one changes leave the image of the other as it was', async () => {
    const before = await build(locks);
    const after = await build([locks[0], { ...locks[1], digest: 'cc'.repeat(32) }]);
    expect(after.images[0]?.manifest).toEqual(before.images[0]?.manifest);
    expect(after.index.descriptor.digest).not.toBe(before.index.descriptor.digest);
  });

  test('must be for different ones', () => {
    const twice = [locks[0], { ...locks[0], name: 'other.lock' }];
    expect(() => imageParts(twice, 'packages')).toThrow(
      expect.objectContaining({
        code: 'IMAGE_PLATFORM_TWICE',
        message: 'Two locks are for linux/amd64: amd64.lock and other.lock.',
      }),
    );
  });

  test('for two levels of x86-64 give the lower one to all processors, and the other one a variant', async () => {
    const levels = await twoPlatforms({ amd64: 'zen4', arm64: 'x86_64_v2' });
    try {
      const some = [
        { lock: levels.amd64, digest: 'aa'.repeat(32) },
        { lock: levels.arm64, digest: 'bb'.repeat(32) },
      ];
      expect(imageParts(some, 'packages').map(({ lock, variant }) => [lock.digest.slice(0, 2), variant])).toEqual([
        ['bb', undefined],
        ['aa', 'v4'],
      ]);
    } finally {
      await levels.remove();
    }
  });
});

describe('an index', () => {
  test('is signed, and says which images it names; they have their own records', async () => {
    const signer = recordSigner();
    const images = await build(locks);
    const beforeTag = () =>
      recordImages({
        images,
        target,
        locks,
        entries: stack.entries,
        store: stack.store,
        commit: 'c0ffee',
        created: new Date(0),
        toolVersion: '0.1.0',
        build: { builder: 'https://slipway.example.org', contents: 'packages' },
        ...signer,
      });
    await publishImage(images, target, { tag: 'signed', beforeTag });
    const read = (await readPublished(target, 'signed')) as ImageSet;
    expect(read.index).toEqual(images.index);
    expect(await verifyIndex(target, read, signer.publicKey)).toEqual([]);
    for (const [at, image] of read.images.entries())
      expect(await verifyRecords(target, image, signer.publicKey)).toMatchObject({
        findings: [],
        lock: `sha256:${locks[at]?.digest}`,
      });
    const other = indexImages([images.images[1] as ImageSet['images'][0], await testImage([[]])]);
    const claiming = { ...other, index: read.index };
    expect(await verifyIndex(target, claiming, signer.publicKey)).toEqual([
      expect.objectContaining({ where: 'linux/amd64', message: expect.stringContaining('does not name this image') }),
    ]);
    expect(await verifyIndex(target, read, recordSigner().publicKey)).toHaveLength(2);
    expect(await verifyIndex(target, other, signer.publicKey)).toHaveLength(2);
  });

  test('with another platform than that of an image is found', async () => {
    const [amd, arm] = [await testImage([[]]), await testImage([[]], { architecture: 'arm64' })];
    const { index } = indexImages([amd, arm]);
    expect(checkPlatforms({ index, images: [arm, amd] }).map(({ message }) => message)).toEqual([
      'in the index it is for linux/amd64',
      'in the index it is for linux/arm64',
    ]);
  });

  test('gives the nearest variant that runs', async () => {
    const variants = [undefined, 'v3', 'v2'].map((variant) =>
      testImage([[]], variant === undefined ? {} : { variant }),
    );
    const set = indexImages(await Promise.all(variants));
    await publishImage(set, target, 'variants');
    const chosen = async (variant?: string) =>
      (await readImage(target, 'variants', { os: 'linux', architecture: 'amd64', variant })).config.variant;
    expect([await chosen(), await chosen('v2'), await chosen('v4')]).toEqual([undefined, 'v2', 'v3']);
  });
});
