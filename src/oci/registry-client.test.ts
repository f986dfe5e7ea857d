import { describe, expect, test } from 'vitest';
import { testImage } from '../../test/support/image.ts';
import { testRegistry, type TestRegistry } from '../../test/support/registry.ts';
import { Secret } from '../kit/index.ts';
import { readImage, type Image, type ImageTarget } from './image.ts';
import { registryClient, type RegistryClientOptions } from './registry-client.ts';
import { validateImage } from './validate-image.ts';

const host = 'registry.example.org';
const credentials = { username: 'lab', password: new Secret('correct horse') };
const account = { username: 'lab', password: 'correct horse' };

function clientOf(registry: TestRegistry, options: Partial<RegistryClientOptions> = {}): ImageTarget {
  return registryClient({
    registry: host,
    repository: 'lab/stack',
    access: 'push',
    fetch: (request) => registry.fetch(request),
    wait: async () => undefined,
    ...options,
  });
}

async function push(image: Image, target: ImageTarget): Promise<void> {
  for (const blob of image.blobs) await target.putBlob(blob);
  await target.putManifest(image.manifest, 'v1');
}

const someImage = () => testImage([[{ name: 'file', text: 'content' }]]);

describe('a registry', () => {
  test('takes an image and gives it back', async () => {
    const registry = testRegistry();
    const image = await someImage();
    await push(image, clientOf(registry));
    const read = await readImage(clientOf(registry, { access: 'pull' }), 'v1');
    expect(read.manifest).toEqual(image.manifest);
    expect(await validateImage(read)).toEqual([]);
    expect(await clientOf(registry).hasBlob(image.blobs[1]?.descriptor as never)).toBe(true);
    expect(await clientOf(registry).readManifest('v2')).toBeUndefined();
  });

  test.each(['basic', 'bearer'] as const)('that wants %s authorization gets it', async (scheme) => {
    const registry = testRegistry({ auth: { scheme, ...account } });
    await push(await someImage(), clientOf(registry, { credentials }));
    expect(registry.manifests.has('lab/stack:v1')).toBe(true);
  });

  test('gets a token for what is to be done, once', async () => {
    const registry = testRegistry({ auth: { scheme: 'bearer', ...account } });
    await push(await someImage(), clientOf(registry, { credentials, mountFrom: ['lab/other'] }));
    expect(registry.tokenRequests.map(({ scopes }) => scopes)).toEqual([
      ['repository:lab/stack:pull,push', 'repository:lab/other:pull'],
    ]);
  });

  test('gets another token where a blob can be mounted, and the old one is no longer shown', async () => {
    const registry = testRegistry({ auth: { scheme: 'bearer', ...account } });
    const image = await someImage();
    await push(image, clientOf(registry, { credentials, repository: 'lab/other' }));
    const client = clientOf(registry, { credentials });
    await client.readManifest('v1');
    const read = await readImage(clientOf(registry, { credentials, repository: 'lab/other', access: 'pull' }), 'v1');
    const mounted = await Promise.all(read.blobs.map((blob) => client.putBlob(blob)));
    expect(mounted).toEqual(['mounted', 'mounted']);
    expect(registry.tokenRequests.at(-1)?.scopes).toEqual([
      'repository:lab/stack:pull,push',
      'repository:lab/other:pull',
    ]);
  });

  test('whose token server grants nothing with a scope too many gets the blob sent', async () => {
    const registry = testRegistry({ auth: { scheme: 'bearer', ...account } });
    registry.failNext(/GET auth\.example\.org\/token.*other/, 403, 403);
    await push(await someImage(), clientOf(registry, { credentials, mountFrom: ['lab/other'] }));
    expect(registry.manifests.has('lab/stack:v1')).toBe(true);
  });

  test('whose token expires in the middle gets another', async () => {
    const registry = testRegistry({ auth: { scheme: 'bearer', ...account } });
    const client = clientOf(registry, { credentials });
    const image = await someImage();
    for (const blob of image.blobs) {
      await client.putBlob(blob);
      registry.expireTokens();
    }
    await client.putManifest(image.manifest, 'v1');
    expect(registry.tokenRequests).toHaveLength(3);
  });

  test('that refuses the credentials is named, and the password is not', async () => {
    const registry = testRegistry({ auth: { scheme: 'bearer', username: 'lab', password: 'another' } });
    const error = await clientOf(registry, { credentials })
      .readManifest('v1')
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED', message: expect.stringContaining(host) });
    expect(JSON.stringify(error) + String(error)).not.toContain('horse');
  });

  test('is sent no password where the token server has no TLS', async () => {
    const asked: string[] = [];
    const client = clientOf(testRegistry(), {
      credentials,
      fetch: async (request) => {
        asked.push(request.url);
        return new Response(null, {
          status: 401,
          headers: { 'www-authenticate': 'Bearer realm="http://registry.example.org/token"' },
        });
      },
    });
    await expect(client.readManifest('v1')).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
    expect(asked).toEqual([`https://${host}/v2/lab/stack/manifests/v1`]);
  });

  test('that keeps blobs elsewhere is followed there without the authorization', async () => {
    const registry = testRegistry({ auth: { scheme: 'bearer', ...account }, blobHost: 'blobs.example.net' });
    const image = await someImage();
    await push(image, clientOf(registry, { credentials }));
    const read = await readImage(clientOf(registry, { credentials, access: 'pull' }), 'v1');
    expect(await validateImage(read)).toEqual([]);
    expect(registry.requests.some((line) => line.startsWith('GET blobs.example.net/'))).toBe(true);
  });

  test('cannot send us from TLS to plain HTTP', async () => {
    const client = clientOf(testRegistry(), {
      fetch: async () => new Response(null, { status: 307, headers: { location: 'http://blobs.example.net/x' } }),
    });
    await expect(client.readManifest('v1')).rejects.toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
  });

  test('that has a blob in another repository mounts it', async () => {
    const registry = testRegistry();
    const image = await someImage();
    await push(image, clientOf(registry, { repository: 'lab/other' }));
    const client = clientOf(registry, { mountFrom: ['lab/none', 'lab/other'] });
    expect(await client.putBlob(image.blobs[1] as never)).toBe('mounted');
    const refusing = testRegistry({ refusesMounts: true });
    expect(await clientOf(refusing, { mountFrom: ['lab/other'] }).putBlob(image.blobs[1] as never)).toBe('sent');
  });

  test.each([
    ['answers 503 and 429', [503, 429]],
    ['drops connections', ['cut', 'cut', 'cut']],
  ] as const)('that %s is asked again, uploads from the start', async (_what, faults) => {
    const registry = testRegistry();
    registry.failNext(/PUT .*uploads/, ...faults);
    registry.failNext(/PUT .*manifests/, ...faults);
    await push(await someImage(), clientOf(registry));
    expect(registry.manifests.has('lab/stack:v1')).toBe(true);
    expect(registry.requests.filter((line) => line.startsWith('POST '))).toHaveLength(2 + faults.length);
  });

  test('that stays down is given up with its own words, and nothing is tagged', async () => {
    const registry = testRegistry();
    registry.failNext(/PUT .*manifests/, 500, 500, 500, 500);
    await expect(push(await someImage(), clientOf(registry))).rejects.toMatchObject({
      code: 'REGISTRY_REQUEST_FAILED',
      message: expect.stringContaining('TROUBLE: as the test wanted'),
    });
    expect(registry.manifests.size).toBe(0);
  });

  test('that gives other bytes is caught', async () => {
    const registry = testRegistry();
    const image = await someImage();
    await push(image, clientOf(registry));
    const { digest } = image.manifest.descriptor;
    registry.manifests.set(`lab/stack:${digest}`, {
      bytes: Buffer.from('{}'),
      mediaType: image.manifest.descriptor.mediaType,
    });
    await expect(clientOf(registry).readManifest(digest)).rejects.toMatchObject({ code: 'REGISTRY_DIGEST_MISMATCH' });
    const layer = image.blobs[1]?.descriptor as { digest: string; mediaType: string; size: number };
    registry.blobs.set(`lab/stack@${layer.digest}`, Buffer.alloc(layer.size));
    const stream = await clientOf(registry).openBlob(layer);
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'OCI_BLOB_MISMATCH' });
  });
});
