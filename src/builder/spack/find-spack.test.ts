import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { fakeSpack } from '../../../test/support/fake-spack.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { findSpack } from './find-spack.ts';

let folder: string;
let lines: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  lines = [];
});

const git = (root: string, ...words: readonly string[]) => {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@localhost', '-c', 'init.defaultBranch=develop'];
  return execFileSync('git', [...identity, ...words], { cwd: root, encoding: 'utf8' }).trim();
};

/** A repository of something with the shape of Spack. */
async function spackRepository(): Promise<{ root: string; commit: string }> {
  const { root } = await fakeSpack(join(folder, 'upstream'));
  git(root, 'init', '--quiet');
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--message', 'Begin');
  git(root, 'tag', '--annotate', '--message', 'First', 'v1');
  return { root, commit: git(root, 'rev-parse', 'HEAD') };
}

const find = (env: Readonly<Record<string, string>>) => {
  const PATH = process.env.PATH ?? '';
  return findSpack({ env: { PATH, ...env }, cacheFolder: join(folder, 'cache'), log: (line) => lines.push(line) });
};

describe('findSpack', () => {
  test('takes the one that SPACK_ROOT names, with its version', async () => {
    const { root } = await fakeSpack(folder, { version: '1.2.0.dev0' });
    expect(await find({ SPACK_ROOT: root })).toMatchObject({ root, version: '1.2.0.dev0', isClone: false });
  });

  test('takes the one on PATH, where there is a link of that name', async () => {
    const { root } = await fakeSpack(folder);
    await mkdir(join(folder, 'bin'));
    await symlink(join(root, 'bin/spack'), join(folder, 'bin/spack'));
    expect(await find({ PATH: join(folder, 'bin') })).toMatchObject({ root });
  });

  test('a SPACK_ROOT without a Spack is an error', async () => {
    await expect(find({ SPACK_ROOT: folder })).rejects.toMatchObject({ code: 'SPACK_ROOT_WRONG' });
    await expect(find({ PATH: join(folder, 'bin') })).rejects.toMatchObject({ code: 'SPACK_NOT_FOUND' });
  });

  test('clones SPACK_REPO at SPACK_REF once for a commit, also for concurrent callers', async () => {
    const { root, commit } = await spackRepository();
    const searches = ['develop', 'v1', commit].map((SPACK_REF) => find({ SPACK_REPO: root, SPACK_REF }));
    const found = await Promise.all(searches);
    expect(new Set(found.map((one) => one.root)).size).toBe(1);
    expect(found[0]).toMatchObject({ commit, isClone: true, version: '0.23.0' });
    expect(existsSync(join(found[0]!.root, 'bin/spack'))).toBe(true);
    const left = await readdir(join(folder, 'cache/clones'));
    expect(left.toSorted()).toEqual([commit, `${commit}.lock`]);
  });

  test('clones by the configuration of git that the job has, beside the credentials of the address', async () => {
    const { root, commit } = await spackRepository();
    const configuration = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `url.${root}.insteadOf`,
      GIT_CONFIG_VALUE_0: 'https://git.example.org/spack.git',
    };
    for (const login of ['', 'ada:secret@']) {
      const SPACK_REPO = `https://${login}git.example.org/spack.git`;
      expect(await find({ ...configuration, SPACK_REPO, SPACK_REF: 'v1' })).toMatchObject({ commit, isClone: true });
    }
  });

  test('takes the branch of that very name, whatever others end with it', async () => {
    const { root, commit } = await spackRepository();
    git(root, 'checkout', '--quiet', '-b', 'backports/develop');
    git(root, 'commit', '--quiet', '--allow-empty', '--message', 'Another');
    git(root, 'tag', '--annotate', '--message', 'Another', 'rc/develop');
    expect(await find({ SPACK_REPO: root, SPACK_REF: 'develop' })).toMatchObject({ commit });
    expect(await find({ SPACK_REPO: root, SPACK_REF: 'refs/tags/v1' })).toMatchObject({ commit });
  });

  test('needs no clone of what SPACK_ROOT stands at', async () => {
    const { root, commit } = await spackRepository();
    expect(await find({ SPACK_ROOT: root, SPACK_REPO: root, SPACK_REF: commit })).toMatchObject({
      root,
      isClone: false,
    });
    expect(existsSync(join(folder, 'cache/clones'))).toBe(false);
  });

  test('names a repository that cannot be cloned without its credentials, and leaves nothing', async () => {
    const { root } = await spackRepository();
    await expect(find({ SPACK_REPO: root, SPACK_REF: 'v99' })).rejects.toMatchObject({ code: 'SPACK_CLONE_FAILED' });
    const secret = `file://me:secret@${join(folder, 'nowhere')}`;
    const failing = find({ SPACK_REPO: secret, SPACK_REF: 'v1' });
    await expect(failing).rejects.toThrow(/^(?!.*secret)Spack cannot be cloned/s);
  });

  test('names a program that is missing for the clone', async () => {
    const commit = 'a'.repeat(40);
    await expect(find({ SPACK_REPO: folder, SPACK_REF: commit, PATH: '/nonexistent' })).rejects.toThrow(
      '`flock`: it was not found',
    );
  });

  test('a clone that was cut off is made again', async () => {
    const { root, commit } = await spackRepository();
    await mkdir(join(folder, `cache/clones/${commit}.partial/bin`), { recursive: true });
    await writeFile(join(folder, `cache/clones/${commit}.partial/bin/spack`), 'half');
    expect(await find({ SPACK_REPO: root, SPACK_REF: commit })).toMatchObject({ commit });
    expect((await readdir(join(folder, 'cache/clones'))).some((name) => name.endsWith('.partial'))).toBe(false);
  });
});
