import { describe, expect, test } from 'vitest';
import { fixture, fixturesIn } from '../../../test/fixtures/spack/fixtures.ts';
import { sha256 } from '../../kit/index.ts';
import { formatManifest, parseManifest } from './buildcache-manifest.ts';
import * as names from './buildcache.ts';
import { isClearsigned, signedPayload } from './clearsigned.ts';
import { readIndexFile } from './index-file.ts';

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
    expect(() => names.manifestKey(name)).toThrow(/cannot be on a mirror/);
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
  test.each(['{', '{"database":{}}', '{"database":{"version":"8","installs":{"x":{}}}}'])('%s is refused', (bad) => {
    expect(() => readIndexFile(bad)).toThrow(/index is not valid/);
  });
});
