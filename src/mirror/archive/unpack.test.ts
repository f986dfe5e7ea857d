import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack, type Header } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { prefixOf, temporaryFolder, tinyLock, tinyPrefix, tinyTarball } from '../../../test/support/mirror-package.ts';
import { gzip } from './gzip.ts';
import { unpackTarball } from './unpack.ts';

const lock = tinyLock();
const base = 'opt/stack/gauge-2.1-x';

type Entry = Partial<Header> & { name: string; body?: string };

async function archive(entries: readonly Entry[], mark = `${base}/.spack/binary_distribution`): Promise<Buffer> {
  const tar = pack();
  for (const { body = '', ...header } of [...entries, { name: mark, body: '{}' }])
    tar.entry({ type: 'file', ...header }, body);
  tar.finalize();
  return gzip(await buffer(tar as never));
}

async function unpack(entries: readonly Entry[], more: Partial<Parameters<typeof unpackTarball>[0]> = {}) {
  const folder = join(await temporaryFolder(), 'prefix');
  const facts = await unpackTarball({ source: Readable.from([await archive(entries)]), folder, ...more });
  return { folder, facts };
}

describe('unpacking', () => {
  test('returns the tree that was packed', async () => {
    const folder = await temporaryFolder();
    const { file, sha256, diffId } = await tinyTarball(folder, lock, lock.gauge);
    const facts = await unpackTarball({ source: file, folder: join(folder, 'again') });
    expect(facts).toMatchObject({ prefix: prefixOf(lock.gauge), sha256, diffId });
    await tinyPrefix(join(folder, 'fresh'), lock.gauge);
    const diff = ['-r', '--no-dereference', '-x', '.spack', join(folder, 'fresh/gauge'), join(folder, 'again')];
    expect(execFileSync('diff', diff, { encoding: 'utf8' })).toBe('');
    expect((await stat(join(folder, 'again/bin/gauge'))).mode & 0o111).not.toBe(0);
    expect(await readlink(join(folder, 'again/bin/alias'))).toBe('gauge');
    expect((await readdir(folder)).toSorted()).toEqual(['again', 'fresh', 'gauge', 'gauge.tar.gz']);
  });

  test('keeps hard links, large files, and links into dependencies', async () => {
    const large = 'x'.repeat(3_000_000);
    const entries: Entry[] = [
      { name: `${base}/a`, body: large },
      { name: `${base}/b`, type: 'link', linkname: `${base}/a` },
      { name: `${base}/lib/c`, type: 'symlink', linkname: '../../tide-1/lib/c' },
      { name: `${base}/d`, type: 'symlink', linkname: '/opt/stack/tide-1/d' },
    ];
    const { folder } = await unpack(entries, { linkRoots: () => ['/opt/stack/tide-1'] });
    expect((await readFile(join(folder, 'b'), 'utf8')) === large).toBe(true);
    expect((await stat(join(folder, 'a'))).nlink).toBe(2);
    expect(await readlink(join(folder, 'd'))).toBe('/opt/stack/tide-1/d');
  });

  const malicious: [string, Entry[]][] = [
    ['an absolute name', [{ name: '/etc/passwd' }]],
    ['a name with ..', [{ name: `${base}/../../../etc/passwd` }]],
    ['a name with an empty part', [{ name: `${base}//x` }]],
    ['an entry outside of the prefix', [{ name: 'opt/other/x' }]],
    ['an absolute link out of the prefix', [{ name: `${base}/x`, type: 'symlink', linkname: '/etc/passwd' }]],
    ['a relative link out of the prefix', [{ name: `${base}/x`, type: 'symlink', linkname: '../../../etc/passwd' }]],
    ['a link to a neighbour with a longer name', [{ name: `${base}/x`, type: 'symlink', linkname: `/${base}evil` }]],
    ['a link and a file below it', [{ name: `${base}/x`, type: 'symlink', linkname: '.' }, { name: `${base}/x/y` }]],
    ['a file below a file', [{ name: `${base}/x` }, { name: `${base}/x/y` }]],
    [
      'a link in place of a folder with files',
      [{ name: `${base}/x/y` }, { name: `${base}/x`, type: 'symlink', linkname: '.' }],
    ],
    [
      'a hard link to a later file',
      [{ name: `${base}/x`, type: 'link', linkname: `${base}/y` }, { name: `${base}/y` }],
    ],
    ['a hard link out of the archive', [{ name: `${base}/x`, type: 'link', linkname: '/etc/passwd' }]],
    [
      'a hard link to a symbolic one',
      [
        { name: `${base}/y`, type: 'symlink', linkname: 'z' },
        { name: `${base}/x`, type: 'link', linkname: `${base}/y` },
      ],
    ],
    ['the same name twice', [{ name: `${base}/x` }, { name: `${base}/x` }]],
    [
      'the same folder twice',
      [
        { name: `${base}/x/`, type: 'directory' },
        { name: `${base}/x/`, type: 'directory' },
      ],
    ],
    ['a set-user-id program', [{ name: `${base}/x`, mode: 0o4755 }]],
    ['a device', [{ name: `${base}/x`, type: 'character-device', devmajor: 1, devminor: 3 }]],
    ['a pipe', [{ name: `${base}/x`, type: 'fifo' }]],
  ];

  test.each(malicious)('refuses %s', async (_what, entries) => {
    const folder = await temporaryFolder();
    const unpacking = unpackTarball({
      source: Readable.from([await archive(entries)]),
      folder: join(folder, 'prefix'),
    });
    await expect(unpacking).rejects.toMatchObject({ code: 'MIRROR_ARCHIVE_REFUSED' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('refuses an archive of another prefix than the expected one', async () => {
    await expect(unpack([{ name: `${base}/x` }], { prefix: '/opt/stack/other' })).rejects.toMatchObject({
      code: 'MIRROR_ARCHIVE_REFUSED',
    });
  });

  test('refuses too many entries and too many bytes', async () => {
    const entries = [{ name: `${base}/a`, body: 'x'.repeat(100_000) }, { name: `${base}/b` }];
    await expect(unpack(entries, { limits: { maxEntries: 2 } })).rejects.toMatchObject({
      code: 'MIRROR_ARCHIVE_TOO_LARGE',
    });
    await expect(unpack(entries, { limits: { maxBytes: 50_000 } })).rejects.toMatchObject({
      code: 'MIRROR_ARCHIVE_TOO_LARGE',
    });
  });

  test('a truncated, a damaged and a foreign archive leave nothing', async () => {
    const whole = await archive([{ name: `${base}/a`, body: 'x'.repeat(10_000) }]);
    const damaged = Buffer.from(whole);
    damaged[60] = (damaged[60] ?? 0) ^ 0xff;
    for (const bytes of [
      whole.subarray(0, whole.length - 20),
      damaged,
      Buffer.from('no gzip'),
      gzip('x'.repeat(2000)),
      gzip(Buffer.alloc(1024)),
    ]) {
      const folder = await temporaryFolder();
      const unpacking = unpackTarball({ source: Readable.from([bytes]), folder: join(folder, 'prefix') });
      await expect(unpacking).rejects.toMatchObject({ code: 'MIRROR_ARCHIVE_BROKEN' });
      expect(await readdir(folder)).toEqual([]);
    }
  });

  test('a folder that exists is left alone, and what an earlier attempt left is not', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'prefix.partial'));
    await writeFile(join(folder, 'prefix.partial/x'), 'old');
    const source = () => archive([{ name: `${base}/x`, body: 'new' }]).then((bytes) => Readable.from([bytes]));
    await unpackTarball({ source: await source(), folder: join(folder, 'prefix') });
    expect(await readFile(join(folder, 'prefix/x'), 'utf8')).toBe('new');
    await expect(unpackTarball({ source: await source(), folder: join(folder, 'prefix') })).rejects.toMatchObject({
      code: 'MIRROR_FOLDER_OCCUPIED',
    });
    expect(await readdir(folder)).toEqual(['prefix']);
  });

  test('a last look that refuses leaves nothing', async () => {
    const folder = await temporaryFolder();
    const check = () => Promise.reject(new Error('no'));
    const unpacking = unpackTarball({
      source: Readable.from([await archive([])]),
      folder: join(folder, 'prefix'),
      check,
    });
    await expect(unpacking).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual([]);
  });
});
