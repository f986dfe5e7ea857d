import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changedPaths, listFilesAt } from './changed-paths.ts';
import { gitCommand } from './git-command.ts';

let folder: string;
let first: string;
let second: string;

function git(...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  return execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8' }).trim();
}

async function commit(name: string): Promise<string> {
  await writeFile(join(folder, name), name);
  git('add', '.');
  git('commit', '-q', '-m', name);
  return git('rev-parse', 'HEAD');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'changed-'));
  git('init', '-q', '-b', 'main');
  first = await commit('a b.txt');
  second = await commit('c.txt');
  git('branch', 'old', first);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('changed paths', () => {
  const copy = () => gitCommand({ repository: join(folder, '.git') });

  test.each([['HEAD~1'], ['HEAD^'], ['old'], ['refs/heads/old'], ['origin/old']])('since %s', async (from) => {
    expect(await changedPaths(copy(), second, from)).toEqual(['c.txt']);
  });

  test('since a SHA', async () => {
    expect(await changedPaths(copy(), second, first)).toEqual(['c.txt']);
    expect(await changedPaths(copy(), second, second)).toEqual([]);
  });

  test.each([['HEAD~9'], ['none'], ['--all'], ['main..old'], ['main@{1}'], ['']])(
    'since %j are not known',
    async (from) => {
      expect(await changedPaths(copy(), second, from)).toBeUndefined();
    },
  );

  test('all files of a commit are listed', async () => {
    expect(await listFilesAt(copy(), second)).toEqual(['a b.txt', 'c.txt']);
    expect(await listFilesAt(copy(), first)).toEqual(['a b.txt']);
  });
});
