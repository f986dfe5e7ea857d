import { describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { closure, dependents, nodeOf, topologicalOrder } from './lock-graph.ts';
import { readLockfile } from './lockfile.ts';

const lock = readLockfile(fixture('spack-1.2/env/spack.lock'), 'spack.lock');
const tutorial = readLockfile(fixture('spack-0.23-tutorial/spack.lock'), 'spack.lock');
const hashOf = (name: string) => [...lock.nodes.values()].find((node) => node.name === name)?.hash as string;
const namesOf = (hashes: Iterable<string>) => [...hashes].map((hash) => nodeOf(lock, hash).name).toSorted();

describe('closure', () => {
  test('follows the given types only, and includes the start', () => {
    expect(namesOf(closure(lock, [hashOf('slipway-noop')], ['link', 'run']))).toEqual([
      'gcc-runtime',
      'glibc',
      'slipway-noop',
      'zlib-ng',
    ]);
    expect(namesOf(closure(lock, [hashOf('slipway-noop')], ['run']))).toEqual(['slipway-noop']);
  });

  test('of all roots over all types is the whole lock', () => {
    const roots = tutorial.roots.map((root) => root.hash);
    expect(closure(tutorial, roots, ['build', 'link', 'run', 'test']).size).toBe(230);
  });

  test('names a hash that the lock does not hold', () => {
    expect(() => closure(lock, ['nothing'], ['link'])).toThrow('no package with hash nothing');
  });
});

describe('topologicalOrder', () => {
  test('puts every dependency before its dependents', () => {
    const place = new Map(topologicalOrder(tutorial).map((node, index) => [node.hash, index]));
    expect(place.size).toBe(230);
    for (const [hash, index] of place) {
      for (const one of nodeOf(tutorial, hash).dependencies ?? []) expect(place.get(one.hash)).toBeLessThan(index);
    }
  });

  test('does not depend on the order of the lock', () => {
    const turned = { nodes: new Map([...tutorial.nodes].toReversed()) };
    expect(topologicalOrder(turned)).toEqual(topologicalOrder(tutorial));
  });

  test('of some hashes gives only these, also where what is between them is left out', () => {
    const some = topologicalOrder(lock, [hashOf('slipway-noop'), hashOf('gcc-runtime')]);
    expect(some.map((node) => node.name)).toEqual(['gcc-runtime', 'slipway-noop']);
  });

  test('holds a chain of 20,000 packages', () => {
    const leaf = nodeOf(lock, hashOf('cmake'));
    const chain = Array.from({ length: 20_000 }, (_, index) => {
      const link = { name: 'n', hash: `h${index - 1}`, parameters: { deptypes: ['link' as const], virtuals: [] } };
      return { ...leaf, hash: `h${index}`, dependencies: index === 0 ? [] : [link] };
    });
    const nodes = new Map(chain.map((node) => [node.hash, node]));
    expect(topologicalOrder({ nodes }).at(-1)?.hash).toBe('h19999');
    expect(closure({ nodes }, ['h19999'], ['link']).size).toBe(20_000);
  });
});

test('dependents turns the edges around, and has an entry for every hash', () => {
  const users = dependents(lock);
  expect(users.size).toBe(15);
  expect(namesOf(users.get(hashOf('zlib-ng')) ?? [])).toEqual(['libpng', 'slipway-noop']);
  expect(users.get(hashOf('slipway-noop'))).toEqual([]);
});
