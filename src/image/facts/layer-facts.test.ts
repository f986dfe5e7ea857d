import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { hardSecret, writeEncoded } from '../../../test/support/encoded-secret.ts';
import { tarOf, type TarEntry } from '../../../test/support/image.ts';
import { Secret, SecretSearch, secretEncodings } from '../../kit/index.ts';
import { bytesBlob, digestOf, mediaTypes } from '../../oci/index.ts';
import { readLayerFacts } from './layer-facts.ts';
import { RootIndex } from './root-index.ts';

async function factsOf(entries: readonly TarEntry[]) {
  const tar = await tarOf(entries);
  return { tar, facts: await readLayerFacts(bytesBlob(gzipSync(tar), mediaTypes.layerGzip)) };
}

describe('a layer with a secret', () => {
  test.each(secretEncodings)('in $name is refused', async ({ name }) => {
    const text = `${'x'.repeat(70_000)} ${await writeEncoded(name, hardSecret)} after`;
    const layer = bytesBlob(gzipSync(await tarOf([{ name: 'opt/a/config', text }])), mediaTypes.layerGzip);
    const reading = readLayerFacts(layer, new SecretSearch([['TOKEN', new Secret(hardSecret)]]));
    await expect(reading).rejects.toMatchObject({
      code: 'IMAGE_LAYER_HOLDS_SECRET',
      details: { path: '/opt/a/config', name: 'TOKEN' },
    });
    expect((await readLayerFacts(layer)).paths).toHaveLength(1);
  });
});

describe('the facts of a layer', () => {
  test('are its paths, links and folders, the digest of its tar, and what its texts say', async () => {
    const { tar, facts } = await factsOf([
      { name: './etc/', type: 'directory', mode: 0o700, uid: 3 },
      { name: 'etc/passwd', text: 'root:x:0:0::/root:/bin/sh\n' },
      { name: 'etc/ld.so.conf.d/lab.conf', text: '# lab\n/opt/lab/lib\n' },
      { name: 'etc/ld.so.cache', text: 'glibc-ld.so.cache1.1\0\0libx.so.1\0/usr/lib/x/libx.so.1\0' },
      { name: 'large', text: 'x'.repeat(3_000_000) },
      { name: 'bin', type: 'symlink', linkname: 'usr/bin' },
      { name: 'hard', type: 'link', linkname: './large' },
      { name: 'opt/a/bin/run', text: '#!/bin/sh /opt/stack/bin/sbang\n#!/opt/stack/python/bin/python\n' },
      { name: 'opt/a/bin/other', text: '#!/bin/sh\n' },
    ]);
    expect(facts.diffId).toBe(digestOf(tar));
    expect(facts.paths.map(({ path, kind, target }) => [path, kind, target].join(' ').trim())).toEqual([
      'etc folder',
      'etc/passwd file',
      'etc/ld.so.conf.d/lab.conf file',
      'etc/ld.so.cache file',
      'large file',
      'bin link usr/bin',
      'hard hard large',
      'opt/a/bin/run file',
      'opt/a/bin/other file',
    ]);
    expect(facts.paths[0]?.folder).toEqual({ mode: 0o700, uid: 3, gid: 0, mtime: 0 });
    expect(facts.loaderFolders).toEqual(['/opt/lab/lib', '/usr/lib/x']);
    expect(facts.sbang).toEqual(['/opt/stack/bin/sbang']);
    expect(facts.texts).toEqual({ 'etc/passwd': 'root:x:0:0::/root:/bin/sh\n' });
  });
});

describe('the root folder of several layers', () => {
  const index = async (...layers: readonly (readonly TarEntry[])[]) => {
    const root = new RootIndex();
    for (const layer of layers) root.apply((await factsOf(layer)).facts, { withFiles: true });
    return root;
  };

  test('is followed through links, as inside the image', async () => {
    const root = await index([
      { name: 'lib', type: 'symlink', linkname: 'usr/lib' },
      { name: 'usr/lib/libx.so', type: 'symlink', linkname: '/lib/../lib/libx.so.1' },
      { name: 'usr/lib/libx.so.1', text: 'x' },
      { name: 'loop', type: 'symlink', linkname: 'loop' },
    ]);
    expect(root.follow('/lib/libx.so')?.path).toBe('usr/lib/libx.so.1');
    expect(root.follow('/lib/none')).toBeUndefined();
    expect(root.follow('/loop')).toBeUndefined();
  });

  test('has what upper layers left: whiteouts hide, and a file replaces a folder with its content', async () => {
    const root = await index(
      [
        { name: 'a/one', text: '1' },
        { name: 'a/two', text: '2' },
        { name: 'b', type: 'directory' },
        { name: 'b/kept', text: 'k' },
        { name: 'c', type: 'directory' },
        { name: 'c/gone', text: 'g' },
      ],
      [
        { name: 'a/.wh.one', text: '' },
        { name: 'b/.wh..wh..opq', text: '' },
        { name: 'b/new', text: 'n' },
        { name: 'c', text: 'a file now' },
      ],
    );
    const there = ['a/one', 'a/two', 'b/kept', 'b/new', 'c/gone'].filter((path) => root.get(path) !== undefined);
    expect(there).toEqual(['a/two', 'b/new']);
    expect(root.get('c')?.kind).toBe('file');
  });
});
