import { expect, test } from 'vitest';
import { tinyNode } from '../../../test/support/tiny-node.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import { planBuild } from '../plan-build.ts';
import { absentCompilers, legacyPhases } from './legacy-phases.ts';

const gmp = tinyNode('gmp', '6.2.1', []);
const gcc: SpecNode = { ...tinyNode('gcc', '8.4.0', [gmp]), compiler: { name: 'gcc', version: '7.5.0' } };
const llvm: SpecNode = { ...tinyNode('llvm', '6.0.1', []), compiler: { name: 'gcc', version: '7.5.0' } };
const zlib: SpecNode = { ...tinyNode('zlib', '1.2.11', []), compiler: { name: 'gcc', version: '8.4.0' } };
const hdf5: SpecNode = { ...tinyNode('hdf5', '1.10.7', [zlib]), compiler: { name: 'gcc', version: '8.4.0' } };
const lock: Lockfile = {
  lockfileVersion: 5,
  specfileVersion: 4,
  spack: {},
  roots: [],
  nodes: new Map([hdf5, zlib, llvm, gcc, gmp].map((node) => [node.hash, node])),
};
const lists = [
  { name: 'first', specs: ['gcc@8'] },
  { name: 'second', specs: ['llvm'] },
];

function phases(states: ReadonlyMap<string, { present: boolean; reason: string }> = new Map()) {
  const built = planBuild(lock, states).decisions.filter(({ build }) => build);
  const { phaseOf, decisions } = legacyPhases(lock, built, lists);
  return decisions.map(({ name, hash, depth, needs }) => ({
    name,
    phase: phaseOf.get(hash),
    depth,
    needs: needs.map((need) => lock.nodes.get(need)?.name),
  }));
}

test('lists of compilers are built first, one after the other, and packages wait for the compiler that builds them', () => {
  expect(phases()).toEqual([
    { name: 'gmp', phase: 'first', depth: 0, needs: [] },
    { name: 'gcc', phase: 'first', depth: 1, needs: ['gmp'] },
    { name: 'llvm', phase: 'second', depth: 2, needs: [] },
    { name: 'zlib', phase: 'specs', depth: 3, needs: ['gcc'] },
    { name: 'hdf5', phase: 'specs', depth: 4, needs: ['zlib', 'gcc'] },
  ]);
});

test('a compiler that is on the mirror is not waited for', () => {
  const there = new Map([gcc, gmp].map(({ hash }) => [hash, { present: true, reason: 'on the mirror' }]));
  expect(phases(there)).toEqual([
    { name: 'llvm', phase: 'second', depth: 0, needs: [] },
    { name: 'zlib', phase: 'specs', depth: 1, needs: [] },
    { name: 'hdf5', phase: 'specs', depth: 2, needs: ['zlib'] },
  ]);
});

test('%clang waits for llvm, which builds it', () => {
  const libpng: SpecNode = { ...tinyNode('libpng', '1.6.37', []), compiler: { name: 'clang', version: '6.0.1' } };
  const nodes = new Map([llvm, libpng].map((node) => [node.hash, node]));
  const all = { ...lock, nodes };
  const { decisions } = legacyPhases(all, planBuild(all, new Map()).decisions, [{ name: 'only', specs: ['llvm'] }]);
  expect(decisions.find(({ name }) => name === 'libpng')?.needs).toEqual([llvm.hash]);
});

test('compilers that are in no lock are reported: they were concretized apart', () => {
  expect(absentCompilers(lock, { name: 'third', specs: ['gcc@8', 'gcc@6.5.0 os=ubuntu18.04', 'llvm@6.0.0'] })).toEqual([
    'gcc@6.5.0 os=ubuntu18.04',
    'llvm@6.0.0',
  ]);
});
