import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testImage } from '../../test/support/image.ts';
import { testRegistry } from '../../test/support/registry.ts';
import { makeArtifact, readArtifact, type Artifact } from './artifact.ts';
import { bytesBlob, type ImageTarget } from './image.ts';
import { layoutRepository } from './layout-repository.ts';
import { openLayout } from './layout.ts';
import { attachReferrer, listReferrers, referrersTag } from './referrers.ts';
import { registryClient } from './registry-client.ts';

const image = await testImage([[{ name: 'a', text: 'a' }]]);
const { digest } = image.manifest.descriptor;

const says = (text: string): Artifact =>
  makeArtifact({
    artifactType: `text/x-${text}`,
    subject: image.manifest.descriptor,
    layers: [bytesBlob(Buffer.from(text), 'text/plain')],
    annotations: { says: text },
  });

function registryTarget(listsReferrers: boolean): ImageTarget {
  const { fetch } = testRegistry({ listsReferrers });
  return registryClient({ registry: 'registry.example.org', repository: 'lab/stack', access: 'push', fetch });
}

async function layoutTarget(): Promise<ImageTarget> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-referrers-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return layoutRepository(await openLayout(folder, { create: true }), 'lab/stack');
}

describe.each([
  ['a registry with a list of its own', async () => registryTarget(true)],
  ['a registry without one', async () => registryTarget(false)],
  ['a layout', layoutTarget],
])('artifacts in %s', (_, open) => {
  test('are found from their subject, each once however often it is attached', async () => {
    const target = await open();
    expect(await listReferrers(target, digest)).toEqual([]);
    for (const text of ['one', 'two', 'one']) await attachReferrer(target, says(text));
    const found = await listReferrers(target, digest);
    expect(found.map(({ artifactType = '' }) => artifactType).toSorted()).toEqual(['text/x-one', 'text/x-two']);
    const read = await readArtifact(target, found[0]?.digest ?? '');
    expect(read?.layers.map(({ bytes }) => bytes.toString())).toEqual([read?.manifest.annotations?.['says']]);
  });

  test('have the tags that they were given, and tag nothing else', async () => {
    const target = await open();
    await attachReferrer(target, says('one'), ['said']);
    expect((await readArtifact(target, 'said'))?.descriptor).toEqual(says('one').manifest.descriptor);
    const index = await target.readManifest(referrersTag(digest));
    expect(index === undefined).toBe((await target.readReferrers?.(digest)) !== undefined);
  });
});

test('a list that cannot be read is an error, not an empty list', async () => {
  const registry = testRegistry({ listsReferrers: true });
  const options = { registry: 'registry.example.org', repository: 'lab/stack', access: 'pull' } as const;
  registry.failNext(/referrers/, 403);
  await expect(listReferrers(registryClient({ ...options, fetch: registry.fetch }), digest)).rejects.toMatchObject({
    code: 'REGISTRY_UNAUTHORIZED',
  });
});
