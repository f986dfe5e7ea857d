import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ImageDefinition, assembleImage, planImage, publishImage, unpackImage } from '../../src/image/index.ts';
import {
  layoutRepository,
  openLayout,
  readImage,
  registryClient,
  validateImage,
  type Image,
} from '../../src/oci/index.ts';
import { registryRoutes } from '../../src/server/registry.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { testImage } from '../support/image.ts';
import { packagedStack, type PackagedStack } from '../support/packaged-stack.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';

const run = promisify(execFile);
const skopeo = findPart('skopeo');
const umoci = findPart('umoci');
const dockerRegistry = findPart('docker-registry');

let folder: string;
let stack: PackagedStack;
let image: Image;
let layout: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-registry-'));
  stack = await packagedStack([
    { name: 'lib', files: { 'lib/libx': 'x' } },
    { name: 'tool', files: { 'bin/tool': '#!/bin/sh\necho hello\n' }, dependencies: { lib: ['link'] }, isRoot: true },
  ]);
  const base = await testImage([[{ name: 'opt', type: 'directory', mode: 0o1777 }]]);
  image = await assembleImage({
    plan: planImage({ lock: stack.lock, entries: stack.entries }),
    store: stack.store,
    definition: ImageDefinition.parse({ repository: 'lab/stack', config: { cmd: ['tool'], ports: [80] } }),
    base: { image: base, reference: 'test', digest: base.manifest.descriptor.digest },
    work: join(folder, 'work'),
    lockDigest: '0'.repeat(64),
  });
  layout = join(folder, 'images');
  await publishImage(image, layoutRepository(await openLayout(layout, { create: true }), 'lab/stack'), 'rev-1');
});
afterAll(async () => {
  await removeFolder(folder);
  await stack.remove();
});

const source = () => `oci:${layout}:lab/stack:rev-1`;

async function digestSeenBySkopeo(reference: string): Promise<string> {
  const { stdout } = await run(skopeo as string, ['inspect', '--raw', '--tls-verify=false', reference], {
    encoding: 'buffer',
  });
  await writeFile(join(folder, 'manifest'), stdout);
  return (await run(skopeo as string, ['manifest-digest', join(folder, 'manifest')])).stdout.trim();
}

async function checkTree(root: string): Promise<void> {
  expect((await run(join(root, stack.prefixOf('tool'), 'bin/tool'))).stdout).toBe('hello\n');
  expect(await readFile(join(root, stack.prefixOf('lib'), 'lib/libx'), 'utf8')).toBe('x');
  expect((await run('stat', ['-c', '%a', join(root, 'opt')])).stdout.trim()).toBe('1777');
}

describe.skipIf(umoci === undefined)('umoci', () => {
  test("unpacks an image of ours, with the base's folder modes, to what we unpack", async () => {
    const bundle = join(folder, 'bundle');
    await run(umoci as string, ['unpack', '--rootless', '--image', `${layout}:lab/stack:rev-1`, bundle]);
    await checkTree(join(bundle, 'rootfs'));
    await unpackImage(image, join(folder, 'ours'));
    await checkTree(join(folder, 'ours'));
    const listing = async (root: string) =>
      (await run('find', ['.', '-printf', '%P %y %m %l\n'], { cwd: root })).stdout.split('\n').toSorted();
    // The root folder itself is in no layer, so each tool has its own mode for it.
    const withoutRoot = (lines: readonly string[]) => lines.filter((line) => !line.startsWith(' d'));
    expect(withoutRoot(await listing(join(folder, 'ours')))).toEqual(
      withoutRoot(await listing(join(bundle, 'rootfs'))),
    );
  });
});

describe.skipIf(skopeo === undefined)('skopeo', () => {
  test('reads a layout of ours', async () => {
    const { stdout } = await run(skopeo as string, ['inspect', source()]);
    expect(JSON.parse(stdout)).toMatchObject({
      Digest: image.manifest.descriptor.digest,
      Architecture: 'amd64',
      Layers: { length: 4 },
    });
  });

  test('pulls from the registry that slipway serves, every byte the same', async () => {
    const server = serve({ fetch: registryRoutes(layout).fetch, hostname: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const copy = join(folder, 'copy');
      await run(skopeo as string, [
        'copy',
        '--src-tls-verify=false',
        `docker://${registry}/lab/stack:rev-1`,
        `oci:${copy}:lab/stack:rev-1`,
      ]);
      const read = await readImage(layoutRepository(await openLayout(copy), 'lab/stack'), 'rev-1');
      expect(read.manifest).toEqual(image.manifest);
      expect(await validateImage(read)).toEqual([]);
    } finally {
      server.close();
    }
  });
});

describe.skipIf(dockerRegistry === undefined)('docker-registry', () => {
  let registry: string;
  let server: DockerRegistry;

  beforeAll(async () => {
    server = await startDockerRegistry(dockerRegistry as string, folder);
    registry = server.host;
  });
  afterAll(() => server.stop());

  const client = (repository: string, mountFrom: readonly string[] = []) =>
    registryClient({ registry, repository, access: 'push', mountFrom });

  test('takes an image of ours, only what it lacks, and gives it back', async () => {
    const first = await publishImage(image, client('lab/stack'), 'rev-1');
    expect(first).toMatchObject({
      digest: image.manifest.descriptor.digest,
      layersUploaded: 4,
      bytesUploaded: first.bytesTotal,
    });
    expect(await publishImage(image, client('lab/stack'), 'rev-1')).toMatchObject({ bytesUploaded: 0 });
    expect(await publishImage(image, client('lab/stack'), 'latest')).toMatchObject({
      layersUploaded: 0,
      bytesUploaded: image.manifest.descriptor.size,
    });
    const read = await readImage(client('lab/stack'), 'latest');
    expect(read.manifest).toEqual(image.manifest);
    expect(await validateImage(read)).toEqual([]);
  });

  test('mounts blobs from a repository that has them', async () => {
    const published = await publishImage(image, client('lab/other', ['lab/stack']), 'x');
    expect(published).toMatchObject({ layersUploaded: 0, bytesUploaded: image.manifest.descriptor.size });
  });

  test.skipIf(skopeo === undefined)('gets the same digest when skopeo pushes it', async () => {
    await run(skopeo as string, [
      'copy',
      '--dest-tls-verify=false',
      source(),
      `docker://${registry}/copied/stack:rev-1`,
    ]);
    expect(await digestSeenBySkopeo(`docker://${registry}/copied/stack:rev-1`)).toBe(image.manifest.descriptor.digest);
    expect((await readImage(client('copied/stack'), 'rev-1')).manifest).toEqual(image.manifest);
  });

  test('is reported as unreachable once it is gone', async () => {
    await server.stop();
    const gone = registryClient({ registry, repository: 'lab/stack', access: 'pull', wait: async () => undefined });
    await expect(gone.readManifest('rev-1')).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
