import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testImage } from '../../../test/support/image.ts';
import { testRegistry, type Fault, type TestRegistry } from '../../../test/support/registry.ts';
import { Secret } from '../../kit/index.ts';
import {
  layoutRepository,
  openLayout,
  readImage,
  registryClient,
  validateImage,
  type Image,
  type ImageTarget,
  type RegistryClientOptions,
} from '../../oci/index.ts';
import { publishImage } from './publish.ts';
import { indexImages, readPublished } from './publishable.ts';

const lower = [{ name: 'lower', text: 'same' }];
const upper = (text: string) => [{ name: 'upper', text }];
const totalOf = (image: Image) =>
  image.blobs.reduce((sum, { descriptor }) => sum + descriptor.size, image.manifest.descriptor.size);

async function publishTwice(target: ImageTarget) {
  const [one, two] = [await testImage([lower, upper('one')]), await testImage([lower, upper('two')])];
  const first = await publishImage(one, target, 'latest');
  expect(first).toMatchObject({
    digest: one.manifest.descriptor.digest,
    layers: 2,
    layersUploaded: 2,
    bytesUploaded: totalOf(one),
    bytesTotal: totalOf(one),
  });
  expect(await publishImage(one, target, 'latest')).toMatchObject({ layersUploaded: 0, bytesUploaded: 0 });
  const second = await publishImage(two, target, 'latest');
  const shared = two.blobs[1]?.descriptor.size ?? 0;
  expect(second).toMatchObject({ layersUploaded: 1, bytesUploaded: totalOf(two) - shared, bytesTotal: totalOf(two) });
  expect((await target.readManifest('latest'))?.descriptor.digest).toBe(two.manifest.descriptor.digest);
}

describe('publishing', () => {
  test('sends a registry only what it lacks', async () => {
    const registry = testRegistry();
    const target = registryClient({
      registry: 'r.example.org',
      repository: 'lab/stack',
      access: 'push',
      fetch: (request) => registry.fetch(request),
    });
    await publishTwice(target);
    expect(registry.requests.filter((line) => line.startsWith('PUT ')).at(-1)).toContain('/manifests/latest');
  });

  test('does the same with a layout', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-publish-'));
    await publishTwice(layoutRepository(await openLayout(folder, { create: true }), 'lab/stack'));
    await rm(folder, { recursive: true });
  });

  test('leaves the tag alone when a blob cannot be sent', async () => {
    const registry = testRegistry();
    const options = {
      registry: 'r.example.org',
      repository: 'lab/stack',
      access: 'push',
      wait: async () => undefined,
    } as const;
    const target = registryClient({ ...options, fetch: (request) => registry.fetch(request) });
    const [one, two] = [await testImage([lower]), await testImage([lower, upper('two')])];
    await publishImage(one, target, 'latest');
    registry.failNext(/POST/, 400, 400);
    await expect(publishImage(two, target, 'latest')).rejects.toMatchObject({ code: 'REGISTRY_REQUEST_FAILED' });
    expect((await target.readManifest('latest'))?.descriptor.digest).toBe(one.manifest.descriptor.digest);
    expect(await publishImage(two, target, 'latest')).toMatchObject({ digest: two.manifest.descriptor.digest });
  });

  test('moves the tag only if it names what it named before', async () => {
    const registry = testRegistry();
    const target = clientOf(registry);
    const [one, two, other] = [
      await testImage([lower]),
      await testImage([upper('two')]),
      await testImage([upper('x')]),
    ];
    await publishImage(one, target, 'latest');
    const meanwhile = async () => void (await publishImage(other, target, 'latest'));
    await expect(publishImage(two, target, { tag: 'latest', beforeTag: meanwhile })).rejects.toMatchObject({
      code: 'IMAGE_TAG_MOVED',
      details: { seen: one.manifest.descriptor.digest, found: other.manifest.descriptor.digest },
    });
    expect(await taggedIn(registry)).toBe(other.manifest.descriptor.digest);
    const replacing = {
      tag: 'latest',
      beforeTag: async () => void (await publishImage(one, target, 'latest')),
      moved: 'replace',
    } as const;
    expect(await publishImage(two, target, replacing)).toMatchObject({ digest: two.manifest.descriptor.digest });
  });

  test('never moves an immutable tag, also where another writer was faster', async () => {
    const registry = testRegistry();
    const target = clientOf(registry);
    const [one, two] = [await testImage([lower]), await testImage([upper('two')])];
    const how = { tag: '1.0', immutable: true, moved: 'replace' } as const;
    await publishImage(one, target, how);
    expect(await publishImage(one, target, how)).toMatchObject({ bytesUploaded: 0 });
    const sent = registry.requests.length;
    const refusal = { code: 'IMAGE_TAG_IMMUTABLE', details: { found: one.manifest.descriptor.digest } };
    await expect(publishImage(two, target, how)).rejects.toMatchObject(refusal);
    expect(registry.requests.slice(sent).filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([]);
    const meanwhile = async () => void (await publishImage(one, target, '2.0'));
    await expect(publishImage(two, target, { ...how, tag: '2.0', beforeTag: meanwhile })).rejects.toMatchObject(
      refusal,
    );
  });

  test('leaves the tag alone when what comes before it fails, with the image there by its digest', async () => {
    const registry = testRegistry();
    const image = await testImage([lower]);
    const beforeTag = async () => {
      throw new Error('the smoke test');
    };
    await expect(publishImage(image, clientOf(registry), { tag: 'latest', beforeTag })).rejects.toThrow(
      'the smoke test',
    );
    expect([...registry.manifests.keys()]).toEqual([`lab/stack:${image.manifest.descriptor.digest}`]);
  });

  test('puts the images of several platforms under one index, what they share once', async () => {
    const registry = testRegistry();
    const images = [await testImage([lower]), await testImage([lower, upper('arm')], { architecture: 'arm64' })];
    const set = indexImages(images);
    const published = await publishImage(set, clientOf(registry), 'latest');
    expect(published).toMatchObject({ layers: 2, layersUploaded: 2, bytesUploaded: published.bytesTotal });
    for (const [index, architecture] of ['amd64', 'arm64'].entries()) {
      const read = await readImage(clientOf(registry), 'latest', { os: 'linux', architecture });
      expect(read.manifest).toEqual(images[index]?.manifest);
    }
    expect(await readPublished(clientOf(registry), 'latest')).toMatchObject({ index: set.index });
    expect(await publishImage(set, clientOf(registry), 'latest')).toMatchObject({ bytesUploaded: 0 });
  });

  test('to a faulty registry ends with the whole image tagged, or with a clear error and nothing tagged', async () => {
    const [before, image] = [await testImage([lower]), await testImage([lower, upper(noise(2000)), upper('y')])];
    const outcomes = { published: 0, failed: 0 };
    for (let seed = 1; seed <= 60; seed += 1) {
      const { registry, target } = troubledRegistry(seed);
      await publishImage(before, clientOf(registry, { credentials }), 'latest');
      registry.disturb(trouble(registry, seed));
      const result = await publishImage(image, target, 'latest').catch((error: unknown) => error);
      registry.disturb(() => undefined);
      const read = await readImage(clientOf(registry, { credentials }), 'latest');
      expect(await validateImage(read)).toEqual([]);
      const isPublished = read.manifest.descriptor.digest === image.manifest.descriptor.digest;
      if (result instanceof Error) {
        outcomes.failed += 1;
        expect(result).toMatchObject({ code: expect.stringMatching(/^REGISTRY_/), hint: expect.any(String) });
        // The answer to the last request may be lost: then the tag has moved, to a whole image.
        expect(isPublished ? image.manifest.descriptor.digest : before.manifest.descriptor.digest).toBe(
          read.manifest.descriptor.digest,
        );
      } else {
        outcomes.published += 1;
        expect(isPublished).toBe(true);
      }
      expect(await publishImage(image, clientOf(registry, { credentials }), 'latest')).toMatchObject({
        digest: image.manifest.descriptor.digest,
      });
    }
    expect(outcomes.published).toBeGreaterThan(20);
    expect(outcomes.failed).toBeGreaterThan(3);
  });
});

const account = { username: 'lab', password: 'correct horse' };
const credentials = { username: 'lab', password: new Secret('correct horse') };

function clientOf(registry: TestRegistry, options: Partial<RegistryClientOptions> = {}) {
  return registryClient({
    registry: 'r.example.org',
    repository: 'lab/stack',
    access: 'push',
    fetch: (request) => registry.fetch(request),
    wait: async () => undefined,
    random: () => 0.5,
    ...options,
  });
}

async function taggedIn(registry: TestRegistry): Promise<string | undefined> {
  return (await clientOf(registry).readManifest('latest'))?.descriptor.digest;
}

function troubledRegistry(seed: number) {
  const refusesMounts = [true, 'loudly'][seed % 3] as true | 'loudly' | undefined;
  const registry = testRegistry({
    auth: { scheme: 'bearer', ...account },
    refusesChunks: seed % 5 === 0,
    ...(refusesMounts === undefined ? {} : { refusesMounts }),
  });
  return { registry, target: clientOf(registry, { credentials, chunkSize: 400, mountFrom: ['lab/other'] }) };
}

/**
 * Cuts connections, answers 429 and 5xx, expires tokens and loses uploads; some registries have more trouble than
 * others.
 */
function trouble(registry: TestRegistry, seed: number): (line: string) => Fault | undefined {
  const random = numbers(seed);
  const severity = [0.1, 0.25, 0.6][seed % 3] as number;
  return () => {
    if (random() < severity / 3) registry.expireTokens();
    if (random() < severity / 6) registry.loseUploads();
    if (random() >= severity) return undefined;
    return (['cut', 'cut-answer', 429, 500, 503] as const)[Math.floor(random() * 5)];
  };
}

/** Text that does not compress to nothing, so that it is sent in several chunks. */
function noise(length: number): string {
  const random = numbers(7);
  return Array.from({ length }, () => String.fromCharCode(33 + Math.floor(random() * 90))).join('');
}

/** A linear congruential generator (Numerical Recipes): the same numbers in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
