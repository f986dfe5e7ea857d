import { afterAll, beforeAll, expect, test } from 'vitest';
import { packagedStack, type PackagedStack } from '../../../test/support/packaged-stack.ts';
import type { Entry } from '../../mirror/index.ts';
import { collectFacts } from './read-recipes.ts';

const recipe = (license: string) => `class X(Package):\n    license("${license}")\n`;

let stack: PackagedStack;
beforeAll(async () => {
  stack = await packagedStack([
    { name: 'a-lib', files: { 'lib/x': 'x' } },
    { name: 'cc', files: { 'bin/cc': 'c' } },
    {
      name: 'tool',
      isRoot: true,
      dependencies: { 'a-lib': ['link'], cc: ['build'] },
      files: {
        'bin/tool': recipe('Not-A-Recipe'),
        'share/.spack/repos/other/packages/tool/package.py': recipe('Not-Ours'),
        '.spack/repos/test/packages/tool/package.py': recipe('MIT'),
        '.spack/repos/spack_repo/test/packages/a_lib/package.py': recipe('Zlib'),
        '.spack/repos/test/packages/cc/package.py': recipe('GPL-3.0-only'),
      },
    },
  ]);
});
afterAll(() => stack.remove());

test('a root’s tarball has the recipes of its dependencies too, under either name of the folder', async () => {
  const { lock, store, entries } = stack;
  const packages = [...lock.nodes.values()]
    .filter(({ name }) => name === 'tool')
    .map((node) => ({ node, tarball: (entries.get(node.hash) as Entry).tarball }));
  const facts = await collectFacts(store, lock, packages);
  const licenses = [...lock.nodes].map(([hash, { name }]) => [name, facts.get(hash)?.license]);
  expect(Object.fromEntries(licenses)).toEqual({ tool: 'MIT', 'a-lib': 'Zlib', cc: 'GPL-3.0-only' });
});

test('packages without a recipe have no facts', async () => {
  const { lock, store, entries } = stack;
  const node = [...lock.nodes.values()].find(({ name }) => name === 'cc');
  const packages = node === undefined ? [] : [{ node, tarball: (entries.get(node.hash) as Entry).tarball }];
  expect((await collectFacts(store, lock, packages)).size).toBe(0);
});
