import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gitRemote, type GitRemote } from '../../test/support/git-remote.ts';
import { pushDownstream } from './downstream.ts';

let remote: GitRemote;
beforeEach(async () => {
  remote = await gitRemote();
  await remote.commit('refs/heads/main', { 'spack.yaml': 'spack: {}\n' });
});
afterEach(() => remote.dispose());

/** Lets the remote answer a push with these lines of a shell script. */
async function answer(script: string): Promise<void> {
  await mkdir(join(remote.path, 'hooks'), { recursive: true });
  await writeFile(join(remote.path, 'hooks/pre-receive'), `#!/bin/sh\n${script}\n`);
  await chmod(join(remote.path, 'hooks/pre-receive'), 0o755);
}

const push = () =>
  pushDownstream({
    project: join(remote.folder, 'work'),
    repository: remote.path,
    branch: 'slipway-main',
    files: new Map([['.gitlab-ci.yml', 'job: { script: [] }\n']]),
    message: 'Generated',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
  });

test('a push meets that of another pipeline, and is tried again', async () => {
  await answer('[ -e again ] && exit 0; touch again; echo "error: cannot lock ref" >&2; exit 1');
  expect(await push()).toBe((await remote.git('ls-remote', remote.path, 'slipway-main')).split('\t')[0]);
});

test('a push that is refused ends with what the remote says', async () => {
  await answer('echo "error: only on Sundays" >&2; exit 1');
  await expect(push()).rejects.toMatchObject({
    code: 'GENERATE_PUSH_FAILED',
    message: expect.stringMatching(/could not be pushed to .*: remote: error: only on Sundays; ! \[remote rejected\]/),
  });
});
