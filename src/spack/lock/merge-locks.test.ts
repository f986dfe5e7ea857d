import { describe, expect, test } from 'vitest';
import { fixture, fixturesIn } from '../../../test/fixtures/spack/fixtures.ts';
import { readLockfile, writeLockfile, type Lockfile } from './lockfile.ts';
import { mergeLocks, orderedLock, selectRoots } from './merge-locks.ts';

const locks = fixturesIn('.', 'spack.lock');
const lockOf = (path: string) => orderedLock(readLockfile(fixture(path), path));
const lock = lockOf('spack-1.2/env/spack.lock');
const [first] = lock.roots as [(typeof lock.roots)[0], ...typeof lock.roots];
const isFirst = (root: { readonly spec: string }) => root.spec === first.spec;

describe('mergeLocks', () => {
  test.each(locks)('%s: its roots, locked apart and joined, give the same file', (path) => {
    const whole = lockOf(path);
    const parts = whole.roots.map(({ spec }) => selectRoots(whole, (root) => root.spec === spec));
    const merged = orderedLock(mergeLocks(parts as [Lockfile, ...Lockfile[]], whole.roots));
    expect(writeLockfile(merged) === writeLockfile(whole)).toBe(true);
  });

  test('takes the roots in the order of the environment, also twice, and leaves out what none of them needs', () => {
    const roots = [lock.roots[2], first, first].filter((root) => root !== undefined);
    const merged = mergeLocks([lock], roots);
    expect(merged.roots).toEqual(roots);
    const needed = selectRoots(lock, (root) => roots.includes(root));
    expect(merged.nodes.size).toBe(needed.nodes.size);
    expect(merged.nodes.size).toBeLessThan(lock.nodes.size);
  });

  test('keeps roots of different groups apart', () => {
    const grouped = { ...lock, lockfileVersion: 7, roots: [{ ...first, group: 'a' }] };
    expect(mergeLocks([grouped], grouped.roots).roots).toEqual(grouped.roots);
    expect(() => mergeLocks([grouped], [{ spec: first.spec, group: 'b' }])).toThrow(`none has the root`);
  });

  test.each<readonly [string, Partial<Lockfile>, string]>([
    ['formats', { lockfileVersion: 5 }, 'the same Spack'],
    ['commits of Spack', { spack: { ...lock.spack, commit: 'other' } }, 'the same Spack'],
    ['included environments', { rest: { include_concrete: {} } }, 'what they include'],
    ['hashes of one root', { roots: [{ ...first, hash: lock.roots[1]?.hash ?? '' }] }, `root \`${first.spec}\``],
    ['packages of one hash', { nodes: changed(first.hash) }, `${first.hash} is not the same`],
  ])('refuses parts with different %s', (_what, change, fault) => {
    expect(() => mergeLocks([lock, { ...lock, ...change }], lock.roots)).toThrow(fault);
  });

  test('refuses parts that lack a root', () => {
    const others = selectRoots(lock, (root) => !isFirst(root));
    expect(() => mergeLocks([others], lock.roots)).toThrow(`none has the root \`${first.spec}\``);
  });
});

function changed(hash: string): Lockfile['nodes'] {
  return new Map([...lock.nodes].map(([key, node]) => [key, key === hash ? { ...node, version: '0' } : node]));
}
