import { describe, expect, test } from 'vitest';
import { fixture, fixturesIn, gzipBlobsIn } from '../../../test/fixtures/spack/fixtures.ts';
import { sha256 } from '../../kit/index.ts';
import { formatManifest, parseManifest } from './buildcache-manifest.ts';
import * as names from './buildcache.ts';
import { isClearsigned, signedPayload } from './clearsigned.ts';
import { addToIndex, emptyIndex, formatIndexFile, readIndexFile } from './index-file.ts';
import { readSpecFile } from './spec-file.ts';

const mirror = 'spack-1.2/mirror/';
const unsigned = fixturesIn('spack-1.2/mirror-unsigned', '.manifest.json');
const signed = fixturesIn('spack-1.2/mirror/v3/manifests/spec', '.manifest.json');

describe('names of layout v3', () => {
  test('are those of the mirrors that Spack wrote', () => {
    for (const path of signed) {
      const key = path.slice(mirror.length);
      const name = names.parseManifestKey(key);
      expect(name && names.manifestKey(name)).toBe(key);
      for (const { checksum } of parseManifest(signedPayload(fixture(path))).data) {
        expect(names.parseBlobKey(names.blobKey(checksum))).toBe(checksum);
      }
    }
    expect(signed).toHaveLength(11);
    expect(fixture(`${mirror}${names.layoutKey}`)).toBe(names.layoutText);
    const index = parseManifest(fixture(`${mirror}${names.indexManifestKey}`));
    expect(sha256(fixture(`${mirror}${names.blobKey(index.data[0]?.checksum ?? '')}`))).toBe(index.data[0]?.checksum);
    expect(parseManifest(fixture(`${mirror}${names.keysManifestKey}`)).data[0]?.mediaType).toBe(
      names.buildcacheMediaTypes.keyIndex,
    );
    const key = names.keyManifestKey('6C9402B68960BDB6C7934ED45D6EC9FFEF68032D');
    expect(parseManifest(fixture(mirror + key)).data[0]?.mediaType).toBe(names.buildcacheMediaTypes.key);
  });

  test('a version from git loses what a path must not hold', () => {
    const hash = 'a'.repeat(32);
    const key = names.manifestKey({ name: 'x', version: 'git.a/b=1.2', hash });
    expect(key).toBe(`v3/manifests/spec/x/x-git.a_b_1.2-${hash}.spec.manifest.json`);
    expect(names.parseManifestKey(key)).toEqual({ name: 'x', version: 'git.a_b_1.2', hash });
  });

  test.each([
    { name: '..', version: '1', hash: 'a'.repeat(32) },
    { name: 'a/b', version: '1', hash: 'a'.repeat(32) },
    { name: 'a', version: '', hash: 'a'.repeat(32) },
    { name: 'a', version: '1', hash: 'A'.repeat(32) },
  ])('nothing is written for $name@$version/$hash', (name) => {
    expect(() => names.manifestKey(name)).toThrow(/cannot have a place on a mirror/);
  });

  test.each([
    'v3/manifests/spec/a/b-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.spec.manifest.json',
    'v3/manifests/spec/a/a--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.spec.manifest.json',
    'v3/manifests/spec/a/c/a-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.spec.manifest.json',
    'v3/manifests/index/index.manifest.json',
  ])('%s is no key of a package', (key) => {
    expect(names.parseManifestKey(key)).toBeUndefined();
  });
});

describe('manifests', () => {
  test('are written byte for byte as Spack wrote them', () => {
    expect(unsigned.length).toBeGreaterThanOrEqual(12);
    for (const path of unsigned) expect(formatManifest(parseManifest(fixture(path)))).toBe(fixture(path));
  });

  test('keep further properties, after those that Spack knows', () => {
    const [tarball, ...rest] = parseManifest(fixture(unsigned[0] ?? '')).data;
    const diffId = `sha256:${'0'.repeat(64)}`;
    const text = formatManifest({ version: 3, data: [{ diffId, ...tarball, more: [1] }, ...rest] as never });
    expect(text).toMatch(/"checksum":"[0-9a-f]{64}",\n"diffId":"sha256:0{64}",\n"more":\[\n1\n\]\n\}/);
    expect(parseManifest(text).data[0]).toMatchObject({ diffId, more: [1] });
  });

  test.each(['{', '{"version":4,"data":[]}', '{"version":3,"data":[]}', '{"version":3,"data":[{"contentLength":-1}]}'])(
    '%s is refused',
    (text) => {
      expect(() => parseManifest(text)).toThrow(/manifest is not valid/);
    },
  );
});

describe('clearsigned texts', () => {
  test('hold what the unsigned mirror holds', () => {
    for (const path of signed) {
      const text = fixture(path);
      expect(isClearsigned(text)).toBe(true);
      expect(signedPayload(text)).toBe(fixture(path.replace('/mirror/', '/mirror-unsigned/')));
      expect(signedPayload(text.replaceAll('\n', '\r\n'))).toBe(signedPayload(text));
    }
  });

  test('lose the escapes of lines that begin with a dash', () => {
    const text = fixture(signed[0] ?? '').replace('"version":3,', '- -5\n- "a - b"');
    expect(signedPayload(text)).toContain('\n-5\n"a - b"\n');
  });

  test.each([
    ['text before the armor', (text: string) => `x\n${text}`],
    ['no header', (text: string) => text.replace('Hash: SHA512\n', '')],
    ['two hashes', (text: string) => text.replace('SHA512', 'SHA512,SHA256 SHA1')],
    ['another header', (text: string) => text.replace('\n\n', '\nComment: x\n\n')],
    ['no signature', (text: string) => text.slice(0, text.indexOf('-----BEGIN PGP SIGNATURE'))],
  ])('are refused with %s', (_, change) => {
    expect(() => signedPayload(change(fixture(signed[0] ?? '')))).toThrow(/not an OpenPGP clearsigned message/);
  });
});

describe('the index', () => {
  const text = fixture(
    'spack-1.2/mirror/blobs/sha256/c1/c11106431ec121e8483ba8bc369e5ce3c214c3de61fdc8781828cced4cc319ba',
  );
  const closures = gzipBlobsIn('spack-1.2/mirror').map((blob) => readSpecFile(blob).nodes);

  test('is written byte for byte as it was read', () => {
    expect(formatIndexFile(readIndexFile(text))).toBe(text);
    const older = fixture('spack-0.23-small/build_cache/index.json');
    expect(formatIndexFile(readIndexFile(older))).toBe(JSON.stringify(JSON.parse(older)));
  });

  test('grown package by package, in any order, has the entries that Spack counted', () => {
    const expected = readIndexFile(text).installs;
    for (const order of [closures, closures.toReversed()]) {
      const grown = order.reduce(addToIndex, emptyIndex);
      expect(grown.installs).toEqual(expected);
      expect(Object.keys([...grown.installs.values()][0] ?? {})).toEqual(['spec', 'ref_count', 'in_buildcache']);
    }
  });

  test('does not change when a package is added twice, nor the one that it was made from', () => {
    const once = closures.reduce(addToIndex, emptyIndex);
    expect(formatIndexFile(closures.reduce(addToIndex, once))).toBe(formatIndexFile(once));
    expect(emptyIndex.installs.size).toBe(0);
  });

  test.each(['{', '{"database":{}}', '{"database":{"version":"8","installs":{"x":{}}}}'])('%s is refused', (bad) => {
    expect(() => readIndexFile(bad)).toThrow(/index is not valid/);
  });
});
