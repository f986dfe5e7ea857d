import { describe, expect, test } from 'vitest';
import { fixture, gzipBlobsIn } from '../../../test/fixtures/spack/fixtures.ts';
import { signedPayload } from './clearsigned.ts';
import { dagHash } from '../lock/dag-hash.ts';
import { readLockfile } from '../lock/lockfile.ts';
import { readSpecFile, writeSpecFile } from './spec-file.ts';

const isSpec = (text: string) => text.startsWith('{"spec":');
const blobs = ['mirror', 'mirror-unsigned', 'migrated-from-v2']
  .flatMap((name) => gzipBlobsIn(`spack-1.2/${name}`))
  .filter(isSpec);

describe('spec blobs of layout v3', () => {
  test('every node of all 37 computes to its hash', () => {
    expect(blobs).toHaveLength(11 + 11 + 15);
    for (const text of blobs) {
      for (const node of readSpecFile(text, { checkHashes: true }).nodes) expect(dagHash(node)).toBe(node.hash);
    }
  });

  test('go by the format in the file: migrated ones are of format 4', () => {
    expect(new Set(blobs.map((text) => readSpecFile(text).version))).toEqual(new Set([5, 4]));
    expect(blobs.every((text) => readSpecFile(text).buildcacheLayoutVersion === 2)).toBe(true);
  });

  test('are written from the lock byte for byte as Spack wrote them', () => {
    const lock = readLockfile(fixture('spack-1.2/env/spack.lock'), 'spack.lock');
    const written = gzipBlobsIn('spack-1.2/mirror').filter(isSpec);
    expect(written).toHaveLength(11);
    for (const text of written) expect(writeSpecFile(lock, readSpecFile(text).nodes[0].hash)).toBe(text);
  });
});

test('signed spec files of layout v2 are read through their payload', () => {
  const path =
    'spack-0.23-small/build_cache/linux-debian13-x86_64_v3-gcc-12.4.0-libpng-1.6.45-adl3cw6vlkytfievb6yoks7rddd4azhp.spec.json.sig';
  const spec = readSpecFile(signedPayload(fixture(path)), { checkHashes: true });
  expect(spec.nodes[0]).toMatchObject({ name: 'libpng', version: '1.6.45', hash: 'adl3cw6vlkytfievb6yoks7rddd4azhp' });
});

describe('a spec file is refused', () => {
  const text = blobs.find((one) => one.includes('"name":"snappy"')) as string;
  const altered = (change: (spec: { _meta: { version: unknown }; nodes: Record<string, unknown>[] }) => void) => {
    const value = JSON.parse(text);
    change(value.spec);
    return JSON.stringify(value);
  };
  const read = (one: string) => () => readSpecFile(one, { file: 'snappy.json', checkHashes: true });

  test('when it is cut off', () => {
    expect(read(text.slice(0, 100))).toThrow(/Spec file snappy.json is not valid/);
  });

  test('when it is of a later format, or of one whose hashes mean something else', () => {
    expect(read(altered((spec) => (spec._meta.version = 7)))).toThrow(
      'has format 7, but only formats 3 to 6 are supported',
    );
    expect(read(altered((spec) => (spec._meta.version = 2)))).toThrow('has format 2');
  });

  test('when a dependency of its closure is missing', () => {
    expect(read(altered((spec) => spec.nodes.pop()))).toThrow(/depends on .* which it does not hold/);
  });

  test('when a node was altered', () => {
    expect(read(altered((spec) => Object.assign(spec.nodes[0] ?? {}, { version: '9' })))).toThrow(/but hashes to/);
  });

  test('when it has no node', () => {
    expect(read(altered((spec) => (spec.nodes = [])))).toThrow('it has no nodes');
  });
});
