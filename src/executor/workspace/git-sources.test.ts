import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { gitCommands } from './git-sources.ts';

test('the token of the job is in the repository, and in no argument of git', async () => {
  const project = await temporaryFolder();
  const gitInfo = { repo_url: 'http://gitlab-ci-token:s3cret@127.0.0.1:1/stacks/lab.git', sha: 'a'.repeat(40) };
  const commands = gitCommands(sketchJob({ id: 1, script: [], gitInfo }), project);
  expect(commands.filter((command) => command.startsWith('git ')).join('\n')).not.toContain('s3cret');
  const prepare = commands.filter((command) => !/git -c (?:advice|fetch)/.test(command));
  execFileSync('sh', ['-ec', prepare.join('\n')], { cwd: project });
  const git = (...words: string[]) => execFileSync('git', words, { cwd: project, encoding: 'utf8' }).trim();
  expect(git('remote', 'get-url', 'origin')).toBe('http://127.0.0.1:1/stacks/lab.git');
  expect(git('config', '--get-urlmatch', 'http.extraHeader', 'http://127.0.0.1:1/stacks/lab.git')).toBe(
    `Authorization: Basic ${Buffer.from('gitlab-ci-token:s3cret').toString('base64')}`,
  );
});
