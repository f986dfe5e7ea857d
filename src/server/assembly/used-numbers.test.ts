import { mkdir } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { gitRemote } from '../../../test/support/git-remote.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { dataFolder } from '../../coordinator/index.ts';
import { gitForge } from '../../forge/index.ts';
import { usedNumbers } from './used-numbers.ts';

test('ids that were used are found without the database', async () => {
  const remote = await gitRemote();
  onTestFinished(() => remote.dispose());
  const folder = dataFolder(remote.folder);
  const signed = { lab: { pipeline: 3, job: 40 }, other: { pipeline: 0, job: 0 } };
  const read = (stacks: readonly ('lab' | 'other')[]) =>
    usedNumbers(folder, {
      stacks,
      signing: { usedNumbers: async (stack) => signed[stack as 'lab'] },
      path: process.env['PATH'],
    });
  expect(await read(['other'])).toEqual({ pipeline: 0, job: 0 });
  expect(await read(['lab', 'other'])).toEqual({ pipeline: 3, job: 40 });
  const sha = await remote.commit('refs/heads/main', { a: '1' });
  const repository = folder.repository('other');
  const forge = gitForge({
    remote: remote.path,
    repository,
    defaultBranch: 'main',
    log: silentLogger,
    isProtected: () => false,
    numberFor: () => '1',
  });
  await forge.poll(new Map());
  for (const pipeline of ['9', '17']) await forge.keep(pipeline, sha);
  await mkdir(folder.job('112'), { recursive: true });
  await mkdir(folder.job('98'));
  expect(await read(['lab', 'other'])).toEqual({ pipeline: 17, job: 112 });
});
