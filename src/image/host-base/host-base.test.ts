import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { realBill } from '../../../test/support/recorded-image.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { validateImage, type Image } from '../../oci/index.ts';
import { openBase, readBase } from '../base.ts';
import { factsReader } from '../facts/facts-cache.ts';
import { missingLibraries } from '../facts/missing-libraries.ts';
import { baseAnnotations } from '../publish/named-base.ts';
import { cyclonedxDocument } from '../records/cyclonedx.ts';
import { spdxDocument } from '../records/spdx.ts';
import { runtimeIn } from './host-runtime.ts';
import { runtimeFiles } from './runtime-files.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

describe('the base `host`', () => {
  test('is a whole image of the C library of this machine, and the same each time', async () => {
    const [one, other] = [await openBase('host', { architecture }), await openBase('host', { architecture })];
    if (one === undefined) throw new Error('The machine has no C library.');
    expect(other?.digest).toBe(one.digest);
    expect(await validateImage(one.image)).toEqual([]);
    const root = await readBase(one, factsReader());
    const paths = root.facts.flatMap((facts) => facts.paths.map(({ path }) => path));
    expect(paths.some((path) => path.endsWith('/libc.so.6'))).toBe(true);
    expect(paths).toContain('etc/os-release');
    expect(missingLibraries(root.index, { loaderFolders: [], libraryPath: undefined, ignore: [] })).toEqual([]);
  });

  test('is refused for another architecture than that of the machine', async () => {
    await expect(openBase('host', { architecture: 's390x' })).rejects.toMatchObject({ code: 'IMAGE_BASE_INVALID' });
  });

  test('is recorded in the bill of materials with packages and digests of files', async () => {
    const base = await openBase('host', { architecture });
    const image = onBase(base?.image as Image, base?.digest ?? '');
    const runtime = runtimeIn(image);
    const [path, digest] = Object.entries(runtime.flatMap(({ files }) => Object.entries(files))[0] ?? [])[0] ?? [];
    expect([path, digest]).toBeDefined();
    const bill = realBill({ runtime });
    expect(JSON.stringify(spdxDocument(bill))).toContain('/libc.so.6 sha256:');
    expect(cyclonedxDocument(bill)).toMatchObject({
      components: expect.arrayContaining([expect.objectContaining({ name: runtime[0]?.name, scope: 'required' })]),
    });
  });

  test('is not read from the history of an image on another base', async () => {
    const base = await openBase('host', { architecture });
    const image = { ...onBase(base?.image as Image, base?.digest ?? ''), config: { ...base?.image.config } } as Image;
    const foreign = { ...image, manifest: { ...image.manifest, bytes: Buffer.from('{}') } };
    expect(runtimeIn(foreign)).toEqual([]);
  });
});

test('libraries are found where the loader of the distribution looks for them', async () => {
  const root = await temporaryFolder();
  const [libc] = (await runtimeFiles(architecture))?.filter(({ path }) => path.endsWith('/libc.so.6')) ?? [];
  const put = async (path: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), libc?.content ?? '');
  };
  expect(await runtimeFiles(architecture, root)).toBeUndefined();
  // As Arch Linux has it: one folder, and links to it.
  await put('usr/lib/libc.so.6');
  await put(`usr/lib/${architecture === 'arm64' ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2'}`);
  for (const link of ['lib', 'lib64', 'usr/lib64']) await symlink(join(root, 'usr/lib'), join(root, link));
  const found = (await runtimeFiles(architecture, root))?.map(({ path }) => path);
  expect(found).toContain('/usr/lib/libc.so.6');
  expect(found).toHaveLength(2);
});

/** The base as an image that names it. */
function onBase(image: Image, digest: string): Image {
  const document = JSON.parse(image.manifest.bytes.toString('utf8')) as object;
  const annotations = baseAnnotations({ reference: 'host', digest });
  return {
    ...image,
    manifest: { ...image.manifest, bytes: Buffer.from(JSON.stringify({ ...document, annotations })) },
  };
}
