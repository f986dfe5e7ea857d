import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { testRegistry, type TestRegistry, type TestRegistryOptions } from '../../test/support/registry.ts';
import { bytesBlob, type Blob } from './image.ts';
import { mediaTypes } from './descriptor.ts';
import { registryClient } from './registry-client.ts';

const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
const large: Blob = { ...bytesBlob(bytes, mediaTypes.layerGzip), open: async () => Readable.from(pieces()) };

/** The pieces that a stream gives have nothing to do with the chunks that are sent. */
function* pieces(): Iterable<Buffer> {
  for (let start = 0; start < bytes.length; start += 70) yield bytes.subarray(start, start + 70);
}

function lab(options: TestRegistryOptions = {}) {
  const registry = testRegistry(options);
  const client = registryClient({
    registry: 'registry.example.org',
    repository: 'lab/stack',
    access: 'push',
    fetch: (request) => registry.fetch(request),
    wait: async () => undefined,
    chunkSize: 300,
    mountFrom: options.refusesMounts === undefined ? [] : ['lab/other'],
  });
  return { registry, client, stored: () => registry.blobs.get(`lab/stack@${large.descriptor.digest}`) };
}

const count = ({ requests }: TestRegistry, method: string) =>
  requests.filter((line) => line.startsWith(`${method} `)).length;

describe('a large blob', () => {
  test('is sent in chunks', async () => {
    const { registry, client, stored } = lab();
    expect(await client.putBlob(large)).toBe('sent');
    expect(stored()).toEqual(bytes);
    expect(count(registry, 'PATCH')).toBe(4);
  });

  test.each([
    ['before it was taken', 'cut'],
    ['before its answer came', 'cut-answer'],
    ['with 503', 503],
    ['with 429', 429],
  ] as const)('goes on where it was when a chunk fails %s', async (_what, fault) => {
    const { registry, client, stored } = lab();
    registry.failNext(/PATCH .*_state=300/, fault);
    registry.failNext(/PATCH .*_state=600/, fault, fault);
    expect(await client.putBlob(large)).toBe('sent');
    expect(stored()).toEqual(bytes);
    expect(count(registry, 'POST')).toBe(1);
  });

  test('starts again when the registry has lost the upload', async () => {
    const { registry, client, stored } = lab();
    let isLost = false;
    registry.disturb((line) => {
      if (line.includes('PATCH') && line.includes('_state=600') && !isLost) {
        isLost = true;
        registry.loseUploads();
      }
      return undefined;
    });
    expect(await client.putBlob(large)).toBe('sent');
    expect(stored()).toEqual(bytes);
    expect(count(registry, 'POST')).toBe(2);
  });

  test('is not sent again when it was finished and only the answer was lost', async () => {
    const { registry, client, stored } = lab();
    registry.failNext(/PUT .*digest=/, 'cut-answer');
    expect(await client.putBlob(large)).toBe('sent');
    expect(stored()).toEqual(bytes);
    expect([count(registry, 'POST'), count(registry, 'PATCH')]).toEqual([1, 4]);
  });

  test('goes whole to a registry that takes no chunks', async () => {
    const { registry, client, stored } = lab({ refusesChunks: true });
    expect(await client.putBlob(large)).toBe('sent');
    expect(stored()).toEqual(bytes);
    expect(count(registry, 'PATCH')).toBe(1);
  });

  test('whose bytes are not its own is given up before it is finished', async () => {
    const { registry, client, stored } = lab();
    const wrong = { ...large, descriptor: { ...large.descriptor, digest: `sha256:${'0'.repeat(64)}` } };
    await expect(client.putBlob(wrong)).rejects.toMatchObject({ code: 'REGISTRY_REQUEST_FAILED' });
    expect(stored()).toBeUndefined();
    expect(registry.blobs.size).toBe(0);
  });

  test('that the registry never gets is an error with its words', async () => {
    const { registry, client } = lab();
    registry.disturb((line) => (line.startsWith('PATCH') ? 500 : undefined));
    await expect(client.putBlob(large)).rejects.toMatchObject({
      message: expect.stringContaining('as the test wanted'),
    });
  });
});

test.each([true, 'loudly'] as const)('a registry that mounts nothing (%s) is sent the blob', async (refusesMounts) => {
  const { client, stored } = lab({ refusesMounts });
  expect(await client.putBlob(large)).toBe('sent');
  expect(stored()).toEqual(bytes);
});
