import { describe, expect, test } from 'vitest';
import type { ChangedPackage } from '../../../../src/protocol/index.ts';
import { causeTree, pathTo, whyName, type TreeNode } from './cause-tree.ts';

function one(name: string, causes: readonly number[], through: readonly string[] = [], own = false): ChangedPackage {
  const same = { version: '1', hash: `${name}-hash`, build: true, reason: 'missing', own };
  return { ...same, name, causes: [...causes], through: through.map((dependency) => `${dependency}-hash`) };
}

const cause = (change: string) => ({ change, count: 1, packages: [], hashes: 1 });
const shape = (nodes: readonly TreeNode[]): unknown[] =>
  nodes.map(({ one: { name }, below }) => (below.length === 0 ? name : [name, ...shape(below)]));

const packages = [
  one('zlib', [0], [], true),
  one('cmake', [0], ['zlib']),
  one('gcc-tool', [1], [], true),
  one('hdf5', [0, 1], ['cmake', 'gcc-tool', 'zlib']),
  one('netcdf', [0, 1], ['hdf5']),
  one('extra', []),
];
const tree = causeTree({ causes: [cause('version'), cause('variant')], packages });

describe('the tree of causes', () => {
  test('has each package once below each of its causes, at the dependency nearest to it', () => {
    expect(tree.map(({ cause: index, size, below }) => [index, size, shape(below)])).toEqual([
      [0, 4, [['zlib', 'cmake', ['hdf5', 'netcdf']]]],
      [1, 3, [['gcc-tool', ['hdf5', 'netcdf']]]],
      [undefined, 1, ['extra']],
    ]);
  });

  test('has a package at the top whose cause is no package of the change', () => {
    expect(shape(causeTree({ causes: [cause('external')], packages: [one('a', [0])] })[0]!.below)).toEqual(['a']);
  });

  test('leads to a package by its name, its version or the beginning of its hash', () => {
    const path = ['0', '0 zlib-hash', '0 hdf5-hash'];
    for (const text of ['hdf5', 'hdf5@1', 'hdf5-ha']) expect(pathTo(tree, text)).toEqual(path);
    for (const text of ['', 'hdf', 'nothing']) expect(pathTo(tree, text)).toBeUndefined();
  });
});

test('a package whose name others have too is found by its hash', () => {
  expect(whyName(packages[0]!, packages)).toBe('zlib');
  expect(whyName(packages[0]!, [...packages, one('zlib', [])])).toBe('zlib-hash'.slice(0, 12));
});
