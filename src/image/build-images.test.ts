import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testImage, type TarEntry } from '../../test/support/image.ts';
import { packagedStack, type PackagedStack } from '../../test/support/packaged-stack.ts';
import { layersOf, layoutRepository, mediaTypes, openLayout, validateImage, type Image } from '../oci/index.ts';
import { buildImages, type BuildOptions } from './build-images.ts';
import { ImageDefinition } from './definition.ts';
import { baseOf } from './publish/named-base.ts';
import { publishImage } from './publish/publish.ts';
import { unpackImage } from './unpack/unpack-image.ts';

const scripts = {
  'bin/hello': '#!/bin/sh /opt/stack/bin/sbang\n#!/bin/sh\necho hello\n',
  'share/man/man1/hello.1': '.TH',
};
let stack: PackagedStack;
let checkout: string;

beforeAll(async () => {
  stack = await packagedStack([
    { name: 'maker', files: { 'bin/maker': 'm' } },
    {
      name: 'base-lib',
      files: { 'lib/libx': 'x', 'share/doc/same': 'of base-lib' },
      dependencies: { maker: ['build'] },
    },
    { name: 'mid', files: { 'lib/liby': 'y', 'share/doc/same': 'of mid' }, dependencies: { 'base-lib': ['link'] } },
    { name: 'hello', files: scripts, dependencies: { mid: ['link', 'run'] }, isRoot: true },
  ]);
  checkout = join(stack.folder, 'checkout');
  await mkdir(checkout);
});
afterAll(() => stack.remove());

/** A base of one layer, as a layout in the repository. */
async function base(name: string, entries: readonly TarEntry[], config: Record<string, unknown> = {}): Promise<string> {
  const target = layoutRepository(await openLayout(join(checkout, name), { create: true }), 'lab/base');
  await publishImage(await testImage([entries], { config }), target, '1');
  return `oci:${name}:lab/base:1`;
}

async function build(
  definition: Record<string, unknown> = {},
  { environment, ...more }: Partial<BuildOptions> & { environment?: string } = {},
): Promise<Image> {
  const built = await buildImages({
    locks: [{ lock: stack.lock, digest: 'ab'.repeat(32), environment }],
    entries: stack.entries,
    store: stack.store,
    definition: ImageDefinition.parse({ repository: 'x', ...definition }),
    work: join(stack.folder, 'work'),
    baseOptions: { folder: checkout },
    ...more,
  });
  expect('index' in built).toBe(false);
  expect(await validateImage(built as Image)).toEqual([]);
  return built as Image;
}

/** Unpacks an image, and runs a shell command in the folder. */
async function inside(image: Image, command: string): Promise<string> {
  const root = join(stack.folder, 'root');
  await unpackImage(image, root);
  try {
    return execFileSync('sh', ['-c', command], { cwd: root, encoding: 'utf8' }).trim();
  } finally {
    await rm(root, { recursive: true });
  }
}

const typesOf = (image: Image) =>
  layersOf(image).map(({ descriptor }) => descriptor.mediaType.replace(/.*layer\.v1\./, ''));

describe('an image', () => {
  test('with fewer layers than packages has the same files', async () => {
    const [one, each] = [await build({ layers: 1 }), await build()];
    expect([layersOf(one), layersOf(each)].map(({ length }) => length)).toEqual([2, 4]);
    const listing = 'find . -printf "%P %y %m %s\\n" | sort';
    expect(await inside(one, listing)).toBe(await inside(each, listing));
    expect(layersOf(one)[0]?.descriptor.annotations?.['io.slipway.packages']?.split(' ')).toHaveLength(3);
  });

  test('keeps the layers that are published, as long as they are good', async () => {
    const target = layoutRepository(await openLayout(join(stack.folder, 'images'), { create: true }), 'lab/stack');
    const first = await build({ layers: 2 });
    await publishImage(first, target, 'latest');
    expect((await build({ layers: 2 }, { previous: target, tag: 'latest' })).manifest).toEqual(first.manifest);
  });

  test.each(['gzip', 'zstd', 'none'] as const)('may be compressed as %s, once', async (compression) => {
    const image = await build({ compression });
    const suffix = { gzip: 'tar+gzip', zstd: 'tar+zstd', none: 'tar' }[compression];
    expect(typesOf(image).slice(0, 3)).toEqual([suffix, suffix, suffix]);
    const made = await readdir(join(stack.folder, 'work/layers')).catch(() => []);
    expect((await build({ compression })).manifest).toEqual(image.manifest);
    expect(await readdir(join(stack.folder, 'work/layers')).catch(() => [])).toEqual(made);
  });

  test('is the same wherever and whenever it is built, with nothing kept from before', async () => {
    const image = await build({ layers: 1, compression: 'zstd' });
    const other = await build({ layers: 1, compression: 'zstd' }, { work: join(stack.folder, 'elsewhere') });
    expect(other.manifest).toEqual(image.manifest);
  });

  test('has the `sbang` that its scripts call, which runs what their second line names', async () => {
    const image = await build();
    const run = `sh opt/stack/bin/sbang .${stack.prefixOf('hello')}/bin/hello`;
    expect(await inside(image, run)).toBe('hello');
  });

  test('has a view where the environment has one: links, the packages nearest to the roots first', async () => {
    const image = await build({}, { environment: 'spack: { specs: [hello], view: /opt/view }' });
    const lines = await inside(image, 'cd opt/view; find . -type l -printf "%P %l\\n" | sort');
    expect(lines.split('\n')).toEqual([
      `bin/hello ${stack.prefixOf('hello')}/bin/hello`,
      `lib/libx ${stack.prefixOf('base-lib')}/lib/libx`,
      `lib/liby ${stack.prefixOf('mid')}/lib/liby`,
      `share/doc/same ${stack.prefixOf('mid')}/share/doc/same`,
      `share/man/man1/hello.1 ${stack.prefixOf('hello')}/share/man/man1/hello.1`,
    ]);
    expect(image.config.config?.Env).toEqual([
      'PATH=/opt/view/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'MANPATH=/opt/view/share/man:',
      'CMAKE_PREFIX_PATH=/opt/view',
    ]);
  });

  test.each([
    ['roots', '{ default: { root: /v, link: roots } }', ['bin/hello', 'share/man/man1/hello.1']],
    ['a choice', '{ default: { root: /v, select: [hello, mid], exclude: [hello] } }', ['lib/liby', 'share/doc/same']],
  ])('has a view of %s', async (_what, view, expected) => {
    const image = await build({}, { environment: `spack: { specs: [hello], view: ${view} }` });
    expect((await inside(image, 'cd v; find . -type l -printf "%P\\n" | sort')).split('\n')).toEqual(expected);
  });

  test('has no view that it cannot make as Spack does', async () => {
    const environment = 'spack: { view: { d: { root: /v, projections: { all: "{name}" } } } }';
    await expect(build({}, { environment })).rejects.toMatchObject({ code: 'IMAGE_VIEW_UNSUPPORTED' });
    expect(await inside(await build({ view: false }, { environment }), 'ls')).toBe('opt');
  });
});

describe('packages that were built for another install tree', () => {
  test('are made to work in the image’s, once', async () => {
    const image = await build({ root: '/srv/tree' });
    const prefix = stack.prefixOf('hello').replace('/opt/stack', '/srv/tree');
    expect(await inside(image, 'ls; ls srv/tree | wc -l')).toBe('srv\n4');
    expect(await inside(image, `head -1 .${prefix}/bin/hello; sh srv/tree/bin/sbang .${prefix}/bin/hello`)).toBe(
      '#!/bin/sh /srv/tree/bin/sbang\nhello',
    );
    expect(image.config.config?.Env?.[0]).toContain(`PATH=${prefix}/bin:`);
    const again = await build({ root: '/srv/tree' }, { work: join(stack.folder, 'elsewhere') });
    expect(again.manifest).toEqual(image.manifest);
    expect((await build({ root: '/opt/stack' })).manifest).toEqual((await build()).manifest);
  });
});

describe('users and folders', () => {
  test('are added to those of the base', async () => {
    const passwd = 'root:x:0:0:root:/root:/bin/bash\nlab:x:7:7::/:/bin/sh\n';
    const name = await base('users', [
      { name: 'etc/passwd', text: passwd },
      { name: 'etc/group', text: 'root:x:0:' },
      { name: 'etc/shadow', text: 'root:*:1::::::\n' },
    ]);
    const image = await build({
      base: name,
      users: [{ name: 'spack', shell: '/bin/bash' }],
      folders: [
        { path: '/scratch', mode: '1777' },
        { path: '/data', user: 'lab' },
      ],
    });
    expect(await inside(image, 'cat etc/passwd')).toBe(`${passwd}spack:x:1000:1000::/home/spack:/bin/bash`);
    expect(await inside(image, 'cat etc/group etc/shadow')).toBe(
      'root:x:0:\nspack:x:1000:\nroot:*:1::::::\nspack:!:19000::::::',
    );
    expect(await inside(image, 'stat -c "%n %a" scratch data home/spack')).toBe(
      'scratch 1777\ndata 755\nhome/spack 755',
    );
  });

  test('must not be there already, and folders belong to a user who is', async () => {
    const name = await base('taken', [{ name: 'etc/passwd', text: 'lab:x:1000:7::/:/bin/sh\n' }]);
    for (const user of [{ name: 'spack' }, { name: 'lab', id: 5 }])
      await expect(build({ base: name, users: [user] })).rejects.toMatchObject({ code: 'IMAGE_USER_TAKEN' });
    const folders = [{ path: '/data', user: 'nobody' }];
    await expect(build({ base: name, folders })).rejects.toMatchObject({ code: 'IMAGE_USER_UNKNOWN' });
  });
});

describe('a base', () => {
  test('with settings that only Docker’s format has gets an image in that format', async () => {
    const healthy = await base('healthy', [{ name: 'x', text: 'x' }], { Healthcheck: { Test: ['NONE'] } });
    const image = await build({ base: healthy });
    expect(image.manifest.descriptor.mediaType).toBe(mediaTypes.dockerManifest);
    expect(image.config.config).toMatchObject({ Healthcheck: { Test: ['NONE'] } });
    expect(baseOf(image)).toMatchObject({ reference: healthy, digest: expect.stringMatching(/^sha256:/) });
    expect((await build({ base: healthy, format: 'oci' })).manifest.descriptor.mediaType).toBe(mediaTypes.manifest);
    await expect(build({ base: healthy, compression: 'zstd' })).rejects.toMatchObject({ code: 'IMAGE_FORMAT_UNFIT' });
  });
});

describe('a build cache in an image', () => {
  const tree = 'find mirror etc -type f -printf "%p\\n" | sort';

  test('holds all that is in the lock, under its path, with a configuration that names it', async () => {
    const image = await build({ contents: 'mirror', mirror: { path: '/srv/cache', configuration: '/etc/m.yaml' } });
    const files = await inside(image, 'find srv -name "*.manifest.json" -printf "%f\\n" | sort');
    expect(files).toMatch(/base-lib-1\.0-.*\nhello-1\.0.*\nindex\.manifest.*\nmaker-1\.0-.*\nmid-1\.0-/s);
    expect(JSON.parse(await inside(image, 'cat etc/m.yaml'))).toEqual({
      mirrors: { image: { url: 'file:///srv/cache', signed: false } },
    });
    expect(await inside(image, 'ls')).toBe('etc\nsrv');
  });

  test('of layout v2 and v3 has each tarball once', async () => {
    const image = await build({ contents: 'mirror', mirror: { layout: 'both' } });
    expect(await inside(image, 'find mirror/build_cache -name "*.spack" -links 2 | wc -l')).toBe('4');
    expect(await inside(image, 'ls mirror mirror/build_cache')).toContain('index.json');
    expect(typesOf(image).slice(0, 4)).toEqual(['tar', 'tar', 'tar', 'tar']);
  });

  test('and packages may share an image; a change of one package changes only its layers', async () => {
    const both = await build({ contents: 'both' });
    const root = await inside(both, `${tree} | grep -c blobs; cat .${stack.prefixOf('hello')}/bin/hello | wc -l`);
    expect(root).toMatch(/^\d+\n3$/);
    const again = await build({ contents: 'both', config: { cmd: ['hello'] } });
    expect(layersOf(again).map(({ descriptor }) => descriptor)).toEqual(
      layersOf(both).map(({ descriptor }) => descriptor),
    );
  });

  test('takes nothing that is not signed if signatures are required', async () => {
    const mirror = { read: { requireSignature: true } };
    await expect(build({ contents: 'mirror' }, { mirror })).rejects.toMatchObject({ code: 'IMAGE_MIRROR_ENTRY' });
  });
});

test('what was kept of a build and is damaged is made again', async () => {
  const image = await build({ layers: 1 });
  const folder = join(stack.folder, 'work/layers');
  for (const name of await readdir(folder)) if (name.endsWith('.json')) await writeFile(join(folder, name), '{');
  for (const name of await readdir(join(stack.folder, 'work/facts')))
    await writeFile(
      join(stack.folder, 'work/facts', name),
      (await readFile(join(stack.folder, 'work/facts', name))).subarray(9),
    );
  expect((await build({ layers: 1 })).manifest).toEqual(image.manifest);
});
