import { lstat, mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testImage, type TarEntry } from '../../../test/support/image.ts';
import { bytesBlob } from '../../oci/index.ts';
import { unpackImage } from './unpack-image.ts';

let folder: string;
const root = () => join(folder, 'root');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-unpack-'));
  await writeFile(join(folder, 'outside'), 'outside');
});
afterEach(() => rm(folder, { recursive: true }));

async function unpack(...layers: readonly (readonly TarEntry[])[]): Promise<void> {
  await unpackImage(await testImage(layers), root());
}

describe('unpacking an image', () => {
  test('puts files, folders and links in place with their modes', async () => {
    await unpack([
      { name: 'bin', type: 'directory', mode: 0o555 },
      { name: 'bin/run', text: 'run', mode: 0o4755 },
      { name: 'bin/same', type: 'link', linkname: 'bin/run' },
      { name: 'sh', type: 'symlink', linkname: '/bin/run' },
      { name: 'tmp', type: 'directory', mode: 0o1777 },
      { name: 'dev/null', type: 'character-device' },
    ]);
    expect(await readFile(join(root(), 'bin/same'), 'utf8')).toBe('run');
    expect((await stat(join(root(), 'bin/run'))).mode & 0o7777).toBe(0o755);
    expect((await stat(join(root(), 'bin'))).mode & 0o7777).toBe(0o555);
    expect((await stat(join(root(), 'tmp'))).mode & 0o7777).toBe(0o1777);
    expect(await readlink(join(root(), 'sh'))).toBe('/bin/run');
    expect(await readdir(join(root(), 'dev'))).toEqual([]);
  });

  test('lets a layer replace and hide what is below it, but nothing of its own', async () => {
    await unpack(
      [
        { name: 'a/gone', text: '1' },
        { name: 'a/kept', text: '1' },
        { name: 'b/x', text: '1' },
        { name: 'b/d/y', text: '1' },
        { name: 'c', text: 'file' },
      ],
      [
        { name: 'a/.wh.gone' },
        { name: 'b/new', text: '2' },
        { name: 'b/.wh..wh..opq' },
        { name: 'c', type: 'directory' },
        { name: 'c/in', text: '2' },
      ],
    );
    expect((await readdir(root(), { recursive: true })).toSorted()).toEqual(['a', 'a/kept', 'b', 'b/new', 'c', 'c/in']);
  });

  test('follows links of the image inside the image only', async () => {
    await unpack(
      [
        { name: 'usr/lib', type: 'directory' },
        { name: 'lib', type: 'symlink', linkname: '/usr/lib' },
      ],
      [{ name: 'lib/x', text: 'x' }],
    );
    expect(await readFile(join(root(), 'usr/lib/x'), 'utf8')).toBe('x');
    expect((await lstat(join(root(), 'lib'))).isSymbolicLink()).toBe(true);
  });

  test.each<[string, readonly TarEntry[]]>([
    ['a name with ..', [{ name: '../outside', text: 'evil' }]],
    ['a hard link to the outside', [{ name: 'x', type: 'link', linkname: '../outside' }]],
    [
      'a circle of links',
      [
        { name: 'a', type: 'symlink', linkname: 'a' },
        { name: 'a/x', text: 'evil' },
      ],
    ],
    [
      'a path below a file',
      [
        { name: 'a', text: 'file' },
        { name: 'a/x', text: 'evil' },
      ],
    ],
    ['a whiteout of ..', [{ name: 'a/.wh...', text: '' }]],
  ])('refuses %s and leaves nothing', async (_what, entries) => {
    await expect(unpack(entries)).rejects.toMatchObject({ code: 'IMAGE_UNPACK_REFUSED' });
    expect(await readdir(folder)).toEqual(['outside']);
    expect(await readFile(join(folder, 'outside'), 'utf8')).toBe('outside');
  });

  test('never writes through a link that leads out', async () => {
    await unpack(
      [
        { name: 'up', type: 'symlink', linkname: '../../..' },
        { name: 'abs', type: 'symlink', linkname: folder },
        { name: 'file', type: 'symlink', linkname: join(folder, 'outside') },
      ],
      [
        { name: 'up/in', text: 'in' },
        { name: 'abs/outside', text: 'evil' },
        { name: 'file', text: 'new' },
      ],
    );
    expect(await readFile(join(folder, 'outside'), 'utf8')).toBe('outside');
    expect((await readdir(folder)).toSorted()).toEqual(['outside', 'root']);
    expect(await readFile(join(root(), 'in'), 'utf8')).toBe('in');
  });

  test('stops at its limits, and at a layer that is not what it says', async () => {
    const image = await testImage([[{ name: 'a', text: 'aaaa' }, { name: 'b' }]]);
    await expect(unpackImage(image, root(), { bytes: 3 })).rejects.toMatchObject({ code: 'IMAGE_UNPACK_REFUSED' });
    await expect(unpackImage(image, root(), { entries: 1 })).rejects.toMatchObject({ code: 'IMAGE_UNPACK_REFUSED' });
    const broken = {
      ...image,
      blobs: [
        image.blobs[0] as never,
        bytesBlob(Buffer.from('no gzip'), 'application/vnd.oci.image.layer.v1.tar+gzip'),
      ],
    };
    await expect(unpackImage(broken, root())).rejects.toThrow(/header/);
    expect(await readdir(folder)).toEqual(['outside']);
  });

  test('does not touch a folder that holds something', async () => {
    await mkdir(root());
    await writeFile(join(root(), 'mine'), '');
    await expect(unpack([{ name: 'a', text: '' }])).rejects.toMatchObject({ code: 'IMAGE_UNPACK_EXISTS' });
    expect(await readdir(root())).toEqual(['mine']);
  });
});
