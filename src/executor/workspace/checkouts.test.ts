import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { dummyShell } from '../../../test/support/dummy-shell.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import type { JobResponse } from '../../protocol/index.ts';
import { Checkouts } from './checkouts.ts';
import { copyTree } from './tree-copy.ts';

let folder: string;
let url: string;
let sha: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  const origin = join(folder, 'origin');
  const git = (...words: string[]) => execFileSync('git', ['-C', origin, ...words], { encoding: 'utf8' }).trim();
  execFileSync('git', ['init', '--quiet', origin]);
  writeFileSync(join(origin, 'file'), 'text');
  git('add', '.');
  git('-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'first');
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  url = `file://${origin}`;
  sha = git('rev-parse', 'HEAD');
});

interface Wanted {
  readonly pipeline?: number;
  readonly variables?: JobResponse['variables'];
}

function jobOf({ pipeline = 7, variables = [] }: Wanted = {}): JobResponse {
  const refspecs = [`+${sha}:refs/pipelines/${pipeline}`];
  return sketchJob({ id: pipeline, script: [], variables, gitInfo: { repo_url: url, sha, refspecs, depth: 1 } });
}

function open(limits: { readonly maxBytes?: number; readonly maxCount?: number } = {}) {
  const checkouts = new Checkouts({ folder: join(folder, 'kept'), maxBytes: 1e9, maxCount: 20, ...limits });
  let started = 0;
  /** Really runs git, and counts how often. */
  const shellIn = (project: string) =>
    dummyShell(({ commands, environment }) => {
      started += 1;
      execFileSync('sh', ['-ec', commands.join('\n')], { cwd: project, env: { ...environment } });
    });
  const request = (job: JobResponse) => ({
    job,
    environment: { PATH: process.env['PATH'] ?? '' },
    shellIn,
    signal: new AbortController().signal,
  });
  const lay = (job: JobResponse, project: string) =>
    checkouts
      .lay(request(job), (tree) => copyTree(tree, project))
      .then(async (isLaid) => {
        if (isLaid) await checkouts.personalize(project, job);
        return isLaid;
      });
  return { checkouts, lay, started: () => started };
}

describe('a commit', () => {
  test('is checked out once for many jobs, each of which has a repository with its own ref', async () => {
    const { lay, started } = open();
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    expect(await Promise.all([lay(jobOf({ pipeline: 7 }), first), lay(jobOf({ pipeline: 8 }), second)])).toEqual([
      true,
      true,
    ]);
    expect(started()).toBe(1);
    const git = (...words: string[]) => execFileSync('git', ['-C', second, ...words], { encoding: 'utf8' }).trim();
    expect(git('rev-parse', 'HEAD', 'refs/pipelines/8')).toBe(`${sha}\n${sha}`);
    expect(git('for-each-ref', '--format=%(refname)')).toBe('refs/pipelines/8');
    expect(git('status', '--short')).toBe('');
    expect(git('remote', 'get-url', 'origin')).toBe(url);
  });

  test('is copied without the credentials of any job, and each job adds its own', async () => {
    const { checkouts } = open();
    const project = join(folder, 'project');
    mkdirSync(join(project, '.git'), { recursive: true });
    writeFileSync(join(project, '.git/config'), '[core]\n');
    const gitInfo = { repo_url: 'http://ci:s3cret@127.0.0.1:1/lab.git', sha, refspecs: [`+${sha}:refs/pipelines/9`] };
    await checkouts.personalize(project, sketchJob({ id: 9, script: [], gitInfo }));
    const basic = Buffer.from('ci:s3cret').toString('base64');
    expect(readFileSync(join(project, '.git/config'), 'utf8')).toBe(
      `[core]\n[http "http://127.0.0.1:1/"]\n\textraHeader = Authorization: Basic ${basic}\n`,
    );
  });

  test.each([
    ['sets a variable of git', { variables: [{ key: 'GIT_CONFIG_COUNT', value: '1' }] }],
    ['wants submodules', { variables: [{ key: 'GIT_SUBMODULE_STRATEGY', value: 'normal' }] }],
  ])('is not shared with a job that %s', async (_, wanted) => {
    const { lay, started } = open();
    expect(await lay(jobOf(wanted), join(folder, 'project'))).toBe(false);
    expect(started()).toBe(0);
  });

  test('is tried again after a failure', async () => {
    const { lay, started } = open();
    const { repo_url: right } = jobOf().git_info;
    url = `file://${folder}/absent`;
    expect(await lay(jobOf(), join(folder, 'one'))).toBe(false);
    expect(await lay(jobOf(), join(folder, 'two'))).toBe(false);
    expect(started()).toBe(2);
    expect(right).toContain('origin');
    expect(readdirSync(join(folder, 'kept'))).toEqual([]);
  });

  test('gives way to another one where there are too many, and all are gone at the end', async () => {
    const { checkouts, lay } = open({ maxCount: 1 });
    await lay(jobOf(), join(folder, 'one'));
    url = url.replace('file://', 'file:///.');
    await lay(jobOf(), join(folder, 'two'));
    expect(readdirSync(join(folder, 'kept'))).toHaveLength(1);
    await checkouts.close();
    expect(existsSync(join(folder, 'kept'))).toBe(false);
  });
});
