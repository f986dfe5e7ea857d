import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testImage, type TarEntry, type TestImageOptions } from '../../test/support/image.ts';
import { packagedStack, type PackagedStack } from '../../test/support/packaged-stack.ts';
import { Secret } from '../kit/index.ts';
import { layersOf, layoutRepository, openLayout, validateImage, type Blob, type Image } from '../oci/index.ts';
import { assembleImage, type AssembleOptions } from './assemble.ts';
import { openBase, type ImageBase } from './base.ts';
import { folderFiles } from './folder-files.ts';
import { planImage } from './plan.ts';
import { ImageDefinition } from './definition.ts';

let stack: PackagedStack;

beforeAll(async () => {
  stack = await packagedStack([
    { name: 'cc', files: {}, isExternal: true },
    { name: 'lib', files: { 'lib/libx': 'x' }, dependencies: { cc: ['build'] } },
    { name: 'maker', files: { 'bin/maker': 'm' } },
    { name: 'tool', files: { 'bin/tool': 't' }, dependencies: { lib: ['link'], maker: ['build'] }, isRoot: true },
    { name: 'other', files: { 'bin/other': 'o' }, dependencies: { lib: ['link'] }, isRoot: true },
  ]);
  await mkdir(join(stack.folder, 'checkout/docker/sub'), { recursive: true });
  await writeFile(join(stack.folder, 'checkout/docker/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  await writeFile(join(stack.folder, 'checkout/docker/sub/a'), 'a');
});
afterAll(() => stack.remove());

function assemble(definition: Record<string, unknown> = {}, options: Partial<AssembleOptions> = {}): Promise<Image> {
  return assembleImage({
    plan: planImage({ lock: stack.lock, entries: stack.entries }),
    store: stack.store,
    definition: ImageDefinition.parse({ repository: 'x', ...definition }),
    files: folderFiles(join(stack.folder, 'checkout')),
    work: join(stack.folder, 'work'),
    lockDigest: 'ab'.repeat(32),
    commit: 'c0ffee',
    ...options,
  });
}

async function baseOf(entries: readonly TarEntry[], options: TestImageOptions = {}): Promise<ImageBase> {
  const image = await testImage([entries], options);
  return { image, reference: 'base', digest: image.manifest.descriptor.digest };
}

describe('an image of packages', () => {
  test('has the roots with what they link and run, dependencies first, nothing external', () => {
    const { packages, architecture } = planImage({ lock: stack.lock, entries: stack.entries });
    expect(packages.map(({ node }) => node.name)).toEqual(['lib', 'other', 'tool']);
    expect(architecture).toBe('amd64');
  });

  test("has the mirror's tarballs as layers, as they are, and is whole", async () => {
    const image = await assemble();
    const { packages } = planImage({ lock: stack.lock, entries: stack.entries });
    expect(layersOf(image).map(({ descriptor }) => descriptor.digest)).toEqual(
      packages.map(({ tarball }) => `sha256:${tarball.sha256}`),
    );
    expect(await validateImage(image)).toEqual([]);
  });

  test('made twice has the same digest, and another one with another commit', async () => {
    const definition = { files: { docker: '/etc/stack' }, config: { cmd: ['tool'] } };
    const [one, two, other] = [
      await assemble(definition),
      await assemble(definition),
      await assemble(definition, { commit: 'beef' }),
    ];
    expect(two.manifest).toEqual(one.manifest);
    expect(other.manifest.descriptor.digest).not.toBe(one.manifest.descriptor.digest);
  });

  test('works out a diff_id that the entry does not have', async () => {
    const entries = new Map(
      [...stack.entries].map(
        ([
          hash,
          {
            signedBy,
            tarball: { sha256, size },
          },
        ]) => [hash, { signedBy, tarball: { sha256, size } }],
      ),
    );
    const image = await assemble({}, { plan: planImage({ lock: stack.lock, entries }) });
    expect(image.manifest).toEqual((await assemble()).manifest);
  });

  test('names commit and lock, and finds the programs of the roots', async () => {
    const { config } = (await assemble({ config: { env: { STACK: 'yes' }, ports: [80], user: '1000' } })).config;
    const [tool, other] = [stack.prefixOf('tool'), stack.prefixOf('other')];
    expect(config).toMatchObject({
      User: '1000',
      ExposedPorts: { '80/tcp': {} },
      Labels: { 'io.slipway.lock': `sha256:${'ab'.repeat(32)}`, 'org.opencontainers.image.revision': 'c0ffee' },
    });
    expect(config?.Env).toEqual([
      `PATH=${tool}/bin:${other}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      `CMAKE_PREFIX_PATH=${tool}:${other}`,
      'STACK=yes',
    ]);
  });
});

describe('what may not be in an image', () => {
  test('is a package that the mirror lacks', () => {
    const entries = new Map([...stack.entries].slice(1));
    expect(() => planImage({ lock: stack.lock, entries })).toThrow(
      expect.objectContaining({ code: 'IMAGE_ENTRY_MISSING', message: expect.stringContaining('lib@1.0') }),
    );
  });

  test('is a package without a signature', () => {
    const entries = new Map([...stack.entries].map(([hash, entry]) => [hash, { ...entry, signedBy: undefined }]));
    expect(() => planImage({ lock: stack.lock, entries })).toThrow(
      expect.objectContaining({ code: 'IMAGE_ENTRY_UNSIGNED' }),
    );
    expect(planImage({ lock: stack.lock, entries, allowUnsigned: true }).packages).toHaveLength(3);
  });

  test('is a file that is not in the repository, or only by a link', async () => {
    await expect(assemble({ files: { nowhere: '/etc/x' } })).rejects.toMatchObject({ code: 'IMAGE_FILE_MISSING' });
    await symlink('/etc', join(stack.folder, 'checkout/etc'));
    for (const path of ['etc', 'etc/passwd']) {
      await expect(assemble({ files: { [path]: '/etc/x' } })).rejects.toMatchObject({ code: 'IMAGE_FILE_REFUSED' });
    }
  });

  test('is a file of the repository that contains a secret', async () => {
    await writeFile(
      join(stack.folder, 'checkout/token'),
      `token: ${Buffer.from('hunter2-hunter2').toString('base64')}`,
    );
    const options = { secrets: [['TOKEN', new Secret('hunter2-hunter2')]] as const };
    await expect(assemble({ files: { token: '/etc/token' } }, options)).rejects.toMatchObject({
      code: 'IMAGE_LAYER_HOLDS_SECRET',
      details: { path: '/etc/token', name: 'TOKEN' },
    });
    expect((await assemble({ files: { token: '/etc/token' } })).blobs.length).toBeGreaterThan(1);
  });

  test('is two files in one place', async () => {
    await expect(assemble({ files: { docker: '/etc/x', 'docker/run.sh': '/etc/x/sub/a' } })).rejects.toMatchObject({
      code: 'IMAGE_FILE_REFUSED',
    });
  });
});

describe('a base', () => {
  const debian = [
    { name: 'lib', type: 'symlink', linkname: 'usr/lib' },
    { name: './opt/', type: 'directory', mode: 0o1777, uid: 7 },
    { name: 'etc', type: 'directory', mode: 0o700 },
  ] as const;

  test('is below the packages, with its settings kept and its folders restored', async () => {
    const base = await baseOf(debian, {
      config: { Env: ['PATH=/base/bin', 'A=b'], Cmd: ['old'], User: 'nobody' },
      docker: true,
    });
    const image = await assemble(
      { files: { 'docker/run.sh': '/etc/run.sh' }, config: { entrypoint: ['tool'] } },
      { base },
    );
    expect(await validateImage(image)).toEqual([]);
    expect(new Set(layersOf(image).map(({ descriptor }) => descriptor.mediaType))).toEqual(
      new Set(['application/vnd.oci.image.layer.v1.tar+gzip']),
    );
    expect(image.config.config).toMatchObject({ User: 'nobody', Entrypoint: ['tool'] });
    expect(image.config.config).not.toHaveProperty('Cmd');
    expect(image.config.config?.Env?.[0]).toMatch(/:\/base\/bin$/);
    expect(await listLayer(image)).toEqual(['etc 700 0 directory', 'etc/run.sh 755 0 file', 'opt 1777 7 directory']);
  });

  test('for another processor is refused', async () => {
    const layout = await openLayout(join(stack.folder, 'checkout/base'), { create: true });
    const image = await testImage([debian], { architecture: 'arm64' });
    const target = layoutRepository(layout, 'lab/base');
    for (const blob of image.blobs) await target.putBlob(blob);
    await target.putManifest(image.manifest, '1');
    const options = { folder: join(stack.folder, 'checkout') };
    const reference = 'oci:base:lab/base:1';
    await expect(openBase(reference, { ...options, architecture: 'amd64' })).rejects.toMatchObject({
      code: 'IMAGE_BASE_INVALID',
    });
    expect(await openBase(reference, { ...options, architecture: 'arm64' })).toMatchObject({
      digest: image.manifest.descriptor.digest,
    });
  });

  test('that is a layout must be in the repository', async () => {
    const options = { folder: join(stack.folder, 'checkout'), architecture: 'amd64' };
    for (const base of ['oci:../mirror:x', 'oci:/etc:x', 'oci:base', 'oci:none:x']) {
      await expect(openBase(base, options)).rejects.toMatchObject({ code: 'IMAGE_BASE_INVALID' });
    }
  });

  test('whose links a package or a file would pass through is refused', async () => {
    const linked = await baseOf([{ name: 'opt', type: 'symlink', linkname: 'srv' }]);
    await expect(assemble({}, { base: linked })).rejects.toMatchObject({ code: 'IMAGE_PATH_CROSSES_LINK' });
    await expect(
      assemble({ files: { 'docker/run.sh': '/lib/run.sh' } }, { base: await baseOf(debian) }),
    ).rejects.toMatchObject({
      code: 'IMAGE_PATH_CROSSES_LINK',
      message: expect.stringContaining('usr/lib'),
    });
  });
});

/** Entries of the top layer: name, mode, owner, type. */
async function listLayer(image: Image): Promise<readonly string[]> {
  const top = layersOf(image).at(-1) as Blob;
  const extractor = extract();
  const feeding = pipeline(await top.open(), createGunzip(), extractor);
  const entries: string[] = [];
  for await (const entry of extractor) {
    const { name, mode, uid, type } = entry.header;
    entries.push(`${name.replace(/\/$/, '')} ${mode.toString(8)} ${uid} ${type}`);
    entry.resume();
  }
  await feeding;
  return entries;
}
