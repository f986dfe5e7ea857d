import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, tinyLock } from '../../../test/support/mirror-package.ts';
import type { Builder } from '../../builder/index.ts';
import { lockAgainst } from './against.ts';

test('an environment of a commit has beside it what lay beside it there', async () => {
  const top = await temporaryFolder();
  const environment = join(top, 'stacks/lab');
  const [recipe, scope] = [join(top, 'recipes/tide.py'), join(top, 'site')];
  for (const folder of [environment, join(top, 'recipes'), scope]) await mkdir(folder, { recursive: true });
  await writeFile(join(environment, 'spack.yaml'), 'spack: { specs: [tide], repos: [../../recipes] }\n');
  await writeFile(recipe, 'of then');
  await writeFile(join(scope, 'packages.yaml'), 'of then, too');
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@localhost'];
  const git = (...words: readonly string[]) => execFileSync('git', [...identity, ...words], { cwd: top });
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Begin');
  await writeFile(recipe, 'of now');
  await writeFile(join(scope, 'packages.yaml'), 'of now');
  const seen: string[] = [];
  const builder: Pick<Builder, 'lock'> = {
    lock: async ({ environment: at, configScopes: [copied = ''] = [] }) => {
      for (const file of [join(at, '../../recipes/tide.py'), join(copied, 'packages.yaml')])
        seen.push(await readFile(file, 'utf8'));
      return tinyLock();
    },
  };
  const request = { against: 'HEAD', environment, configScopes: [scope], cwd: top, builder: async () => builder };
  expect((await lockAgainst(request)).roots).toEqual(tinyLock().roots);
  expect(seen).toEqual(['of then', 'of then, too']);
});

test('the reason that git gives for refusing a repository is reported', async () => {
  const environment = await temporaryFolder();
  const unused = { configScopes: [], builder: async () => ({}) as Builder };
  const refused = lockAgainst({ against: 'HEAD', environment, cwd: environment, ...unused });
  await expect(refused).rejects.toThrow(/^`HEAD` is neither a commit .+ \(git: fatal: not a git repository/);
});
