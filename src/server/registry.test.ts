import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testImage } from '../../test/support/image.ts';
import {
  attachReferrer,
  bytesBlob,
  layoutRepository,
  makeArtifact,
  openLayout,
  readImage,
  registryClient,
  validateImage,
  type Image,
} from '../oci/index.ts';
import { registryRoutes } from './registry.ts';

let folder: string;
let app: Hono;
let image: Image;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-registry-'));
  app = registryRoutes(join(folder, 'images'));
  expect((await app.request('/v2/lab/stack/tags/list')).status).toBe(404);
  image = await testImage([[{ name: 'a', text: 'a' }]]);
  const target = layoutRepository(await openLayout(join(folder, 'images'), { create: true }), 'lab/deep/stack');
  for (const blob of image.blobs) await target.putBlob(blob);
  for (const tag of ['v2', 'latest', 'v1']) await target.putManifest(image.manifest, tag);
});
afterAll(() => rm(folder, { recursive: true }));

const base = '/v2/lab/deep/stack';
const layer = () => image.blobs[1]?.descriptor as { digest: string; size: number };

async function errorCode(response: Response): Promise<string | undefined> {
  return ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code;
}

describe('the registry that slipway serves', () => {
  test('says that it is one', async () => {
    const response = await app.request('/v2/');
    expect(response.status).toBe(200);
    expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
  });

  test('gives our own client a whole image, by tag and by digest', async () => {
    const source = registryClient({
      registry: 'localhost:5000',
      repository: 'lab/deep/stack',
      access: 'pull',
      fetch: async (request) => app.fetch(request),
    });
    for (const reference of ['latest', image.manifest.descriptor.digest]) {
      const read = await readImage(source, reference);
      expect(read.manifest).toEqual(image.manifest);
      expect(await validateImage(read)).toEqual([]);
    }
  });

  test('answers HEAD with the headers of GET', async () => {
    for (const path of [`${base}/manifests/v1`, `${base}/blobs/${layer().digest}`]) {
      const [head, get] = [await app.request(path, { method: 'HEAD' }), await app.request(path)];
      expect(head.status).toBe(200);
      expect([...head.headers]).toEqual([...get.headers]);
      expect(await head.text()).toBe('');
      expect((await get.arrayBuffer()).byteLength).toBe(Number(get.headers.get('content-length')));
      expect(get.headers.get('docker-content-digest')).toMatch(/^sha256:/);
    }
  });

  test('lets immutable content be kept, and a tag be asked for again', async () => {
    const tagged = await app.request(`${base}/manifests/v1`);
    expect(tagged.headers.get('cache-control')).toBe('no-cache');
    const etag = tagged.headers.get('etag') as string;
    const again = await app.request(`${base}/manifests/v1`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect((await app.request(`${base}/blobs/${layer().digest}`)).headers.get('cache-control')).toContain('immutable');
  });

  test.each([
    ['bytes=0-3', 206, 0, 4],
    ['bytes=5-', 206, 5, undefined],
    ['bytes=-2', 206, -2, undefined],
    ['bytes=2-99999999', 206, 2, undefined],
    ['bytes=0-1,3-4', 200, 0, undefined],
    ['bytes=9999999-', 416, 0, 0],
  ])('answers %s with %i', async (range, status, start, end) => {
    const whole = Buffer.from(await (await app.request(`${base}/blobs/${layer().digest}`)).arrayBuffer());
    const response = await app.request(`${base}/blobs/${layer().digest}`, { headers: { range } });
    expect(response.status).toBe(status);
    if (status !== 416) expect(Buffer.from(await response.arrayBuffer())).toEqual(whole.subarray(start, end));
    else expect(response.headers.get('content-range')).toBe(`bytes */${layer().size}`);
  });

  test('lists tags in order and in pages', async () => {
    expect(await (await app.request(`${base}/tags/list`)).json()).toEqual({
      name: 'lab/deep/stack',
      tags: ['latest', 'v1', 'v2'],
    });
    const page = await app.request(`${base}/tags/list?n=2`);
    expect(page.headers.get('link')).toBe(`<${base}/tags/list?n=2&last=v1>; rel="next"`);
    expect(await (await app.request(`${base}/tags/list?n=2&last=v1`)).json()).toMatchObject({ tags: ['v2'] });
  });

  test('lists what refers to an image, all or of one type, and nothing for others', async () => {
    const subject = image.manifest.descriptor;
    const target = layoutRepository(await openLayout(join(folder, 'images')), 'lab/deep/stack');
    for (const artifactType of ['text/x-a', 'text/x-b'])
      await attachReferrer(
        target,
        makeArtifact({ artifactType, subject, layers: [bytesBlob(Buffer.from('!'), 'text/plain')] }),
      );
    const types = async (query: string) => {
      const response = await app.request(`${base}/referrers/${query}`);
      expect(response.headers.get('content-type')).toBe('application/vnd.oci.image.index.v1+json');
      const { manifests } = (await response.json()) as { manifests: { artifactType: string }[] };
      return manifests.map(({ artifactType }) => artifactType);
    };
    expect(await types(subject.digest)).toEqual(['text/x-a', 'text/x-b']);
    expect(await types(`${subject.digest}?artifactType=text/x-b`)).toEqual(['text/x-b']);
    expect(await types(`sha256:${'0'.repeat(64)}`)).toEqual([]);
  });

  test.each([
    ['/v2/none/manifests/x', 404, 'NAME_UNKNOWN'],
    [`${base}/referrers/none`, 400, 'DIGEST_INVALID'],
    [`${base}/manifests/none`, 404, 'MANIFEST_UNKNOWN'],
    [`${base}/manifests/sha256:${'0'.repeat(64)}`, 404, 'MANIFEST_UNKNOWN'],
    [`${base}/blobs/sha256:${'0'.repeat(64)}`, 404, 'BLOB_UNKNOWN'],
    [`${base}/blobs/..%2F..%2Findex.json`, 404, 'UNSUPPORTED'],
    [`${base}/blobs/index.json`, 400, 'DIGEST_INVALID'],
    ['/v2/Lab/manifests/x', 400, 'NAME_INVALID'],
    ['/v2/_catalog', 404, 'UNSUPPORTED'],
  ])('answers %s with %i %s', async (path, status, code) => {
    const response = await app.request(path);
    expect(response.status).toBe(status);
    expect(await errorCode(response)).toBe(code);
  });

  test.each([
    ['POST', '/blobs/uploads/'],
    ['PUT', '/manifests/latest'],
    ['DELETE', '/manifests/latest'],
  ])('takes no %s', async (method, path) => {
    const response = await app.request(base + path, { method });
    expect(response.status).toBe(405);
    expect(await errorCode(response)).toBe('UNSUPPORTED');
  });
});
