import { expect, test } from 'vitest';
import { tinyLock } from '../../../test/support/mirror-package.ts';
import type { FileSource } from '../folder-files.ts';
import { stackRecipes } from './stack-recipes.ts';

const ofRepository = {
  'repo.yaml': 'repo: { namespace: root }\n',
  'packages/top/package.py': 'top',
  'docs/README.md': 'not a recipe',
  'ours/repo.yaml': 'repo: { namespace: lab }\n',
  'ours/packages/tide/package.py': 'tide',
  'ours/packages/tide/fix.patch': 'patch',
  'site/repos.yaml': 'repos: { theirs: ./spack_repo/theirs }\n',
  'site/spack_repo/theirs/repo.yaml': 'repo: { namespace: theirs, api: v2.0 }\n',
  'site/spack_repo/theirs/packages/ebb/package.py': 'ebb',
  'empty/README.md': 'no repository of recipes',
};

const files: FileSource = async (path) =>
  Object.entries(ofRepository).flatMap(([name, text]) => {
    const relative =
      path === '' ? name : name === path ? '' : name.startsWith(`${path}/`) && name.slice(path.length + 1);
    return relative === false ? [] : [{ path: relative, bytes: Buffer.from(text), executable: false }];
  });

async function carried(
  environment: object,
  version: string,
  { configuration = '/etc/spack/mirrors.yaml', folder }: { configuration?: string | false; folder?: string } = {},
) {
  const lock = { ...tinyLock(), spack: { version } };
  const mirror = { path: '/mirror', configuration };
  const entries = await stackRecipes({
    lock,
    files,
    mirror,
    folder,
    environment: JSON.stringify({ spack: environment }),
  });
  return new Map(entries.map((one) => [one.path, 'content' in one ? String(one.content) : '']));
}

const repos = (found: ReadonlyMap<string, string>) => JSON.parse(found.get('etc/spack/repos.yaml') ?? '{}') as unknown;

test('a stack’s own recipes come with all their files, and a configuration that names them', async () => {
  const found = await carried({ repos: ['$env/ours'] }, '0.23.0');
  expect([...found.keys()]).toEqual([
    'mirror/recipes/ours/repo.yaml',
    'mirror/recipes/ours/packages/tide/package.py',
    'mirror/recipes/ours/packages/tide/fix.patch',
    'etc/spack/repos.yaml',
  ]);
  expect(found.get('mirror/recipes/ours/packages/tide/package.py')).toBe('tide');
  expect(repos(found)).toEqual({ repos: ['/mirror/recipes/ours'] });
});

test('from Spack 1.0 on they have names, and included configuration counts', async () => {
  const found = await carried({ 'repos:': { mine: './ours/' }, include: ['site', { path: 'gone.yaml' }] }, '1.2.0');
  expect(repos(found)).toEqual({
    repos: { lab: '/mirror/recipes/ours', theirs: '/mirror/recipes/site/spack_repo/theirs' },
  });
  expect(found.get('mirror/recipes/site/spack_repo/theirs/packages/ebb/package.py')).toBe('ebb');
});

test('those of an environment in a folder are found from there', async () => {
  const found = await carried({ repos: ['../../ours'], include: ['../site'] }, '1.2.0', { folder: 'stacks/base' });
  expect([...found.keys()]).toContain('mirror/recipes/ours/packages/tide/package.py');
  expect(repos(found)).toEqual({ repos: { lab: '/mirror/recipes/ours' } });
});

test('of a repository of recipes at the root only the recipes come', async () => {
  const found = await carried({ repos: ['.'] }, '0.23.0');
  expect([...found.keys()]).toEqual([
    'mirror/recipes/repo.yaml',
    'mirror/recipes/packages/top/package.py',
    'etc/spack/repos.yaml',
  ]);
});

test('what is not in the stack’s repository, or has no recipes, is left out', async () => {
  const outside = ['/opt/repo', '../beside', '$spack/var/repo', '~/repo', 'https://example.org/r.git', 'empty', 'gone'];
  expect((await carried({ repos: outside }, '0.23.0')).size).toBe(0);
  expect((await carried({ repos: { far: { git: 'https://example.org/r.git' } } }, '1.2.0')).size).toBe(0);
  expect((await carried({}, '1.2.0')).size).toBe(0);
});

test('without a configuration the recipes alone are there', async () => {
  const found = await carried({ repos: ['ours'] }, '1.2.0', { configuration: false });
  expect([...found.keys()].every((path) => path.startsWith('mirror/recipes/ours/'))).toBe(true);
});
