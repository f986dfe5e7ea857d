import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { editedLock } from '../../../test/support/edited-lock.ts';
import { closure, readLockfile, type Lockfile, type SpecDependency, type SpecNode } from '../index.ts';
import { describeReason, explainHashes, type HashReason } from './explain-hash.ts';

const tutorial = readLockfile(fixture('spack-0.23-tutorial/spack.lock'), 'spack.lock');
const modern = readLockfile(fixture('spack-1.2/env/spack.lock'), 'spack.lock');

function reasonsOf(edit: (node: SpecNode) => SpecNode, lock: Lockfile = tutorial): readonly HashReason[] {
  return explainHashes(lock, editedLock(lock, edit));
}

function bump(name: string): (node: SpecNode) => SpecNode {
  return (node) => (node.name === name ? { ...node, version: '99.1' } : node);
}

/** Hashes of all packages that use one of this name, itself included. */
function usersOf(lock: Lockfile, name: string): number {
  const all = ['build', 'link', 'run', 'test'] as const;
  return [...lock.nodes.values()].filter(({ hash }) =>
    [...closure(lock, [hash], all)].some((one) => lock.nodes.get(one)?.name === name),
  ).length;
}

/**
 * For each package that another one of these names can be reached from, the hashes of those: one walk for each package.
 */
function plainCauses(lock: Lockfile, names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const walk = (hash: string, seen: Set<string>): Set<string> => {
    if (!seen.has(hash)) {
      seen.add(hash);
      for (const dependency of lock.nodes.get(hash)?.dependencies ?? []) walk(dependency.hash, seen);
    }
    return seen;
  };
  const causes = [...lock.nodes.keys()].map((hash): [string, string[]] => {
    const reached = [...walk(hash, new Set())];
    return [hash, reached.filter((one) => names.includes(lock.nodes.get(one)?.name ?? '')).toSorted()];
  });
  return new Map(causes.filter(([, found]) => found.length > 0));
}

describe('explainHashes', () => {
  test('a lock beside itself has nothing to explain', () => {
    expect(explainHashes(tutorial, tutorial)).toEqual([]);
  });

  test('a version deep in the tutorial is the one cause of every hash that changed, and nothing else is', () => {
    const reasons = reasonsOf(bump('pkgconf'));
    expect(reasons).toHaveLength(usersOf(tutorial, 'pkgconf'));
    expect(reasons.length).toBeGreaterThan(100);
    for (const { name, roots, own } of reasons) {
      expect([...new Set(roots.map((root) => root.name))], name).toEqual(['pkgconf']);
      expect(own.length > 0, name).toBe(name === 'pkgconf');
      for (const { path } of roots) expect([path[0], path.at(-1)]).toEqual([name, 'pkgconf']);
    }
  });

  test('whatever is changed, each package has the causes that a plain walk finds', () => {
    const names = [...new Set([...tutorial.nodes.values()].map(({ name }) => name))];
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }), (bumped) => {
        const after = editedLock(tutorial, (node) => (bumped.includes(node.name) ? bump(node.name)(node) : node));
        const explained = explainHashes(tutorial, after).map(({ hash, roots }) => [
          hash,
          roots.map((root) => root.hash).toSorted(),
        ]);
        expect(new Map(explained as [string, string[]][])).toEqual(plainCauses(after, bumped));
      }),
      { numRuns: 40 },
    );
  });

  test('a package that changes to another of the same name names the difference', () => {
    const [old, other] = ['2.2.1', '2.0.7'].map((version) =>
      [...tutorial.nodes.values()].find((node) => node.name === 'zlib-ng' && node.version === version),
    ) as [SpecNode, SpecNode];
    const swap = (node: SpecNode) => ({
      ...node,
      ...(node.dependencies && {
        dependencies: node.dependencies.map((one) => (one.hash === old.hash ? { ...one, hash: other.hash } : one)),
      }),
    });
    const user = [...tutorial.nodes.values()].find(({ dependencies }) =>
      dependencies?.some(({ hash }) => hash === old.hash),
    ) as SpecNode;
    const reason = explainHashes(tutorial, editedLock(tutorial, swap)).find(({ before }) => before === user.hash);
    expect(reason?.roots[0]).toMatchObject({ name: 'zlib-ng', hash: other.hash, path: [user.name, 'zlib-ng'] });
    expect(describeReason(reason as HashReason)).toContain('zlib-ng (version 2.2.1 → 2.0.7');
  });

  test('each way of the path is an edge of the lock', () => {
    const after = editedLock(tutorial, bump('zlib-ng'));
    for (const { hash, roots } of explainHashes(tutorial, after)) {
      for (const { path } of roots) {
        let nodes = [after.nodes.get(hash) as SpecNode];
        for (const name of path.slice(1)) {
          nodes = nodes.flatMap(({ dependencies = [] }) =>
            dependencies.filter((one) => one.name === name).map((one) => after.nodes.get(one.hash) as SpecNode),
          );
          expect(nodes.length).toBeGreaterThan(0);
        }
      }
    }
  });

  test('two causes are listed beside each other, the nearer first', () => {
    const reasons = reasonsOf((node) => bump('zlib-ng')(bump('hdf5')(node)));
    const hdf5 = reasons.filter(({ name }) => name === 'hdf5');
    expect(hdf5.length).toBeGreaterThan(0);
    for (const one of hdf5) {
      expect(one.roots[0]).toMatchObject({ name: 'hdf5', path: ['hdf5'] });
      expect(one.roots.some(({ name }) => name === 'zlib-ng')).toBe(true);
    }
  });

  test.each<[string, (node: SpecNode) => SpecNode, string]>([
    ['version', (node) => ({ ...node, version: '1.3' }), 'version 1.2.1 → 1.3'],
    [
      'variant',
      (node) => ({ ...node, parameters: { ...node.parameters, shared: false } }),
      'variant shared: true → false',
    ],
    ['flag', (node) => ({ ...node, parameters: { ...node.parameters, cflags: ['-O3'] } }), 'flag cflags: none → -O3'],
    ['recipe', (node) => ({ ...node, package_hash: 'other====' }), 'recipe changed'],
    [
      'target',
      (node) => ({ ...node, arch: { ...node.arch, target: 'zen3' } }),
      'target linux-debian13-x86_64_v3 → linux-debian13-zen3',
    ],
    ['patches', (node) => ({ ...node, patches: ['abc'] }), 'patches changed'],
    [
      'dependency',
      ({ dependencies, ...node }) => (dependencies === undefined ? node : { ...node, dependencies: [] }),
      'no longer depends on cmake',
    ],
    [
      'use',
      ({ dependencies = [], ...node }) => {
        const used = (one: SpecDependency) => ({ ...one.parameters, deptypes: ['build', 'run'] as const });
        return {
          ...node,
          dependencies: dependencies.map((one) => (one.name === 'cmake' ? { ...one, parameters: used(one) } : one)),
        };
      },
      'uses cmake for build/run, no longer for build',
    ],
  ])('a changed %s is named, and reaches what uses the package', (_, edit, text) => {
    const reasons = reasonsOf((node) => (node.name === 'snappy' ? edit(node) : node), modern);
    const snappy = reasons.find(({ name }) => name === 'snappy') as HashReason;
    expect(describeReason(snappy)).toContain(text);
    const leveldb = reasons.find(({ name }) => name === 'leveldb') as HashReason;
    expect(describeReason(leveldb)).toContain('snappy (');
    expect(leveldb.roots).toMatchObject([{ name: 'snappy', path: ['leveldb', 'snappy'] }]);
  });

  test('an external of the same path that is said otherwise is a cause too', () => {
    const edit = (node: SpecNode) =>
      node.external === undefined || node.name !== 'cmake'
        ? node
        : { ...node, external: { ...node.external, module: ['cmake/3.31'] } };
    const cmake = reasonsOf(edit, modern).find(({ name }) => name === 'cmake');
    expect(cmake && describeReason(cmake)).toBe('external described otherwise');
  });

  test('a compiler that is a node is a cause like any other package', () => {
    const reasons = reasonsOf(bump('gcc'), modern);
    const zlib = reasons.find(({ name }) => name === 'zlib-ng') as HashReason;
    expect(zlib.roots.map(({ name }) => name)).toEqual(['gcc']);
    expect(describeReason(zlib)).toBe('gcc (version 12.4.0 → 99.1)');
  });

  test('an older lock’s compiler is a cause of each package that it builds', () => {
    const edit = (node: SpecNode) =>
      node.compiler?.version === '10.5.0' ? { ...node, compiler: { name: 'gcc', version: '13.2.0' } } : node;
    for (const one of reasonsOf(edit)) expect(describeReason(one)).toContain('compiler gcc@10.5.0 → gcc@13.2.0');
  });

  test('two locks that Spack made, before and after a version bump and another variant', () => {
    const [before, after] = ['before', 'after'].map((name) =>
      readLockfile(fixture(`spack-0.23-bump/${name}.lock`), name, { checkHashes: true }),
    ) as [Lockfile, Lockfile];
    const explained = explainHashes(before, after).map((one) => `${one.name}: ${describeReason(one)}`);
    expect(explained.toSorted()).toEqual([
      'c-blosc: zlib-ng (version 2.1.6 → 2.2.1)',
      'libpng: zlib-ng (version 2.1.6 → 2.2.1)',
      'yaml-cpp: variant shared: true → false',
      'zlib-ng: version 2.1.6 → 2.2.1',
    ]);
  });

  test('a package that was not there is new, and a cause for those that now use it', () => {
    const snappy = [...modern.nodes.values()].find(({ name }) => name === 'snappy') as SpecNode;
    const nodes = new Map([...modern.nodes].filter(([hash]) => hash !== snappy.hash));
    const [reason] = explainHashes({ ...modern, nodes }, modern);
    expect(reason).toMatchObject({ name: 'snappy' });
    expect(describeReason(reason as HashReason)).toBe('new in this lock');
  });
});
