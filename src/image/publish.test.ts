import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testImage } from '../../test/support/image.ts';
import { testRegistry } from '../../test/support/registry.ts';
import { layoutRepository, openLayout, registryClient } from '../oci/index.ts';
import type { Image, ImageTarget } from '../oci/index.ts';
import { publishImage } from './publish.ts';

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
});
