import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishImage } from '../../src/image/index.ts';
import { readImage, registryClient, validateImage } from '../../src/oci/index.ts';
import { openLab, tinyStack } from '../support/coordinator.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { testImage } from '../support/image.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';

const dockerRegistry = findPart('docker-registry');

describe.skipIf(dockerRegistry === undefined)('docker-registry', () => {
  let folder: string;
  let server: DockerRegistry;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-mounts-'));
    server = await startDockerRegistry(dockerRegistry as string, folder);
  });
  afterAll(async () => {
    await server?.stop();
    await removeFolder(folder);
  });

  test('is sent no layer twice: those of the base and of other repositories are mounted', async () => {
    const client = (repository: string) => registryClient({ registry: server.host, repository, access: 'push' });
    const base = await testImage([[{ name: 'etc/motd', text: 'hello from the base' }]]);
    await publishImage(base, client('bases/small'), '1');
    const sent: { repository: string; bytes: number }[] = [];
    const lab = await openLab({
      registry: {
        fetch: async (request) => {
          const repository = /^\/v2\/(.+)\/blobs\/uploads\//.exec(new URL(request.url).pathname)?.[1];
          if (repository === undefined || request.body === null) return fetch(request);
          const bytes = Buffer.from(await request.arrayBuffer());
          sent.push({ repository, bytes: bytes.length });
          return fetch(request.url, { method: request.method, headers: request.headers, body: bytes });
        },
      },
    });
    const repositories = ['lab/one', 'lab/two'].map((name) => `${server.host}/${name}`);
    const rules = [
      { branch: 'main', tag: 'latest' },
      { gitTag: 'v1', tag: 'v1' },
    ];
    const images = [{ repository: repositories, base: `${server.host}/bases/small:1`, rules }];
    const { event } = lab.push('main', { ...tinyStack, 'slipway.yaml': JSON.stringify({ images }) });
    await lab.happens(event);
    await lab.workAll();

    expect(lab.publications()).toEqual(['latest published', 'latest published']);
    const [one, two] = lab.context.ledger.publications('lab');
    const image = await readImage(client('lab/two'), 'latest');
    expect(await validateImage(image)).toEqual([]);
    const [, baseLayer] = base.blobs.map(({ descriptor }) => descriptor);
    expect(image.blobs.map(({ descriptor }) => descriptor.digest)).toContain(baseLayer?.digest);
    const { descriptor } = image.manifest;
    expect(one).toMatchObject({
      digest: descriptor.digest,
      layersUploaded: image.blobs.length - 2,
      bytesUploaded: (one?.bytesTotal ?? 0) + descriptor.size - (baseLayer?.size ?? 0),
    });
    expect(two).toMatchObject({ digest: descriptor.digest, layersUploaded: 0, bytesUploaded: 2 * descriptor.size });

    // Records are each repository's own; of the image itself nothing went to the second, and of the base nothing at
    // all.
    const sizes = (repository: string) => sent.filter((one) => one.repository === repository).map(({ bytes }) => bytes);
    const layers = image.blobs.map((blob) => blob.descriptor.size);
    expect(sizes('lab/one')).toEqual(expect.arrayContaining(layers.filter((size) => size !== baseLayer?.size)));
    expect(sizes('lab/one')).not.toContain(baseLayer?.size);
    for (const size of layers) expect(sizes('lab/two')).not.toContain(size);
  });
});
