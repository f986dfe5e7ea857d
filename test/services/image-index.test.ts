import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ImageDefinition,
  buildImages,
  imagesOf,
  publishImage,
  recordImages,
  topOf,
  type Publishable,
} from '../../src/image/index.ts';
import { layoutRepository, openLayout, registryClient, type ImageTarget } from '../../src/oci/index.ts';
import { registryRoutes } from '../../src/server/registry.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { findPart } from '../support/part.ts';
import { recordSigner } from '../support/record-signer.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { twoPlatforms, type TwoPlatforms } from '../support/two-platforms.ts';

const run = promisify(execFile);
const [dockerRegistry, skopeo] = ['docker-registry', 'skopeo'].map((name) => findPart(name));
const cosign = findPart('cosign') ?? findPart('cosign', { SLIPWAY_TEST_COSIGN: `${process.env.HOME}/go/bin/cosign` });
const signer = recordSigner();

let folder: string;
let stack: TwoPlatforms;
let registry: DockerRegistry;
let images: Publishable;

beforeAll(async () => {
  if (dockerRegistry === undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'slipway-index-'));
  stack = await twoPlatforms();
  registry = await startDockerRegistry(dockerRegistry, join(folder, 'registry'));
  await writeFile(join(folder, 'cosign.pub'), signer.publicKey);
  images = await build();
  await publish(registryClient({ registry: registry.host, repository: 'lab/stack', access: 'push' }));
});
afterAll(async () => {
  await registry?.stop();
  await stack?.remove();
  if (folder !== undefined) await removeFolder(folder);
});

const locks = () => [
  { lock: stack.arm64, digest: 'bb'.repeat(32) },
  { lock: stack.amd64, digest: 'aa'.repeat(32) },
];

async function build(work = 'work'): Promise<Publishable> {
  return buildImages({
    locks: locks(),
    entries: stack.entries,
    store: stack.store,
    definition: ImageDefinition.parse({ repository: 'lab/stack' }),
    work: join(folder, work),
  });
}

async function publish(target: ImageTarget): Promise<void> {
  const beforeTag = () =>
    recordImages({
      images,
      target,
      locks: locks(),
      entries: stack.entries,
      store: stack.store,
      created: new Date(0),
      toolVersion: '0.1.0',
      build: { builder: 'https://slipway.example.org', contents: 'packages' },
      ...signer,
    });
  await publishImage(images, target, { tag: 'latest', beforeTag });
}

/** What skopeo takes of an image for one platform: its digest, and the files of its packages. */
async function pull(host: string, platform: readonly string[]): Promise<{ digest: string; words: string }> {
  const reference = `docker://${host}/lab/stack:latest`;
  const env = { ...process.env, TMPDIR: folder };
  const inspected = await run(skopeo as string, [...platform, 'inspect', '--tls-verify=false', '--raw', reference], {
    env,
  });
  expect(JSON.parse(inspected.stdout)).toEqual(JSON.parse(topOf(images).bytes.toString('utf8')));
  const to = await mkdtemp(join(folder, 'pulled-'));
  const copy = ['copy', '--insecure-policy', '--src-tls-verify=false', reference, `dir:${to}`];
  await run(skopeo as string, [...platform, ...copy], { env });
  const manifest = JSON.parse(await readFile(join(to, 'manifest.json'), 'utf8')) as { layers: { digest: string }[] };
  const { stdout } = await run(skopeo as string, ['manifest-digest', join(to, 'manifest.json')], { env });
  await mkdir(join(to, 'root'));
  for (const { digest } of manifest.layers)
    await run('tar', ['-xzf', join(to, digest.replace('sha256:', '')), '-C', join(to, 'root')]);
  const words = await run('sh', ['-c', 'cat root/opt/stack/*/share/lib; sh root/opt/stack/*/bin/word'], { cwd: to });
  return { digest: stdout.trim(), words: words.stdout };
}

const digests = () => imagesOf(images).map(({ manifest }) => manifest.descriptor.digest);

describe.skipIf(dockerRegistry === undefined)('an index of two platforms', () => {
  test.skipIf(skopeo === undefined)('gives skopeo the image of the platform that it asks for', async () => {
    const [amd64, arm64] = digests();
    const arm = { digest: arm64, words: 'arm64arm64\n' };
    expect(await pull(registry.host, ['--override-arch', 'amd64'])).toEqual({ digest: amd64, words: 'amd64amd64\n' });
    expect(await pull(registry.host, ['--override-arch', 'arm64'])).toEqual(arm);
    expect(await pull(registry.host, ['--override-arch', 'arm64', '--override-variant', 'v8'])).toEqual(arm);
    await expect(pull(registry.host, ['--override-arch', 'riscv64'])).rejects.toThrow(/no image found/);
  });

  test.skipIf(skopeo === undefined)('is pulled the same from our own registry', async () => {
    const layout = join(folder, 'layout');
    const target = layoutRepository(await openLayout(layout, { create: true }), 'lab/stack');
    await publish(target);
    const server = serve({ fetch: registryRoutes(layout).fetch, hostname: '127.0.0.1', port: 0 });
    try {
      await new Promise<void>((resolve) => (server.listening ? resolve() : server.once('listening', () => resolve())));
      const { port } = server.address() as { port: number };
      const own = await pull(`127.0.0.1:${port}`, ['--override-arch', 'arm64']);
      expect(own).toEqual({ digest: digests()[1], words: 'arm64arm64\n' });
    } finally {
      server.close();
    }
  });

  test.skipIf(cosign === undefined)('is signed for cosign, as are the images in it', async () => {
    const env = { PATH: process.env.PATH, HOME: folder };
    const plain = ['--key', join(folder, 'cosign.pub'), '--insecure-ignore-tlog', '--allow-http-registry'];
    for (const digest of [topOf(images).descriptor.digest, ...digests()]) {
      const reference = `${registry.host}/lab/stack@${digest}`;
      await run(cosign as string, ['verify', ...plain, reference], { env });
      const type = ['--type', 'https://slsa.dev/provenance/v1'];
      await run(cosign as string, ['verify-attestation', ...plain, ...type, reference], { env });
    }
  });

  test('built again, with nothing kept, is the same', async () => {
    expect(topOf(await build('elsewhere'))).toEqual(topOf(images));
  });
});
