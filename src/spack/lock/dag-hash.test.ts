import { describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { readSpecFile } from '../buildcache/spec-file.ts';
import { wrongHash } from './dag-hash.ts';
import { readLockfile } from './lockfile.ts';
import type { SpecNode } from './node.ts';

const old = (name: string) => fixture(`old-locks/${name}`);

describe('hashes that an older Spack made', () => {
  test.each([
    ['as Spack 0.20 wrote them', 'spack-0.20.lock', 15],
    ['of 0.20, as 0.23 wrote them again', 'spack-0.20-read-by-0.23.lock', 15],
    ['of 0.20, as 1.2 wrote them again', 'spack-0.20-read-by-1.2.lock', 15],
    ['of 0.23, as 1.2 wrote them again', 'spack-0.23-read-by-1.2.lock', 21],
  ])('%s are right, and wrong for any other content', (_, name, count) => {
    const { nodes, specfileVersion } = readLockfile(old(name), name, { checkHashes: true });
    expect(nodes.size).toBe(count);
    for (const node of nodes.values()) {
      expect(wrongHash(node, specfileVersion)).toBeUndefined();
      expect(wrongHash({ ...node, package_hash: 'x' }, specfileVersion)).toMatch(/^[a-z2-7]{32}$/);
    }
  });

  test('in a spec file of Spack 0.18 are right', () => {
    expect(readSpecFile(old('libpng-0.18.spec.json'), { checkHashes: true }).nodes).toHaveLength(2);
  });

  test('in a lock of Spack 0.18, which lacks a part of what was hashed, are taken as they are', () => {
    const { nodes } = readLockfile(old('spack-0.18.lock'), 'spack.lock', { checkHashes: true });
    expect([...nodes.keys()]).toEqual(['qz5sfz5mzfxl7f5ljyps4dgfqvn4qy46']);
  });

  test('of the compiler that format 5 names in its annotations count, too', () => {
    const { nodes } = readLockfile(old('spack-0.23-read-by-1.2.lock'), 'spack.lock');
    const node = [...nodes.values()].find(({ annotations }) => annotations?.compiler !== undefined) as SpecNode;
    const annotations = { ...node.annotations, compiler: 'gcc@=4.8.5' };
    expect(wrongHash({ ...node, annotations }, 5)).toMatch(/^[a-z2-7]{32}$/);
  });
});
