import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { jobServiceApp, sketchJob, type MemoryJobService } from '../../test/support/memory-job-service.ts';
import { openRunnerBench, type RunnerBench } from '../../test/support/runner-bench.ts';
import type { Journal } from './index.ts';

let bench: RunnerBench;
let jobs: MemoryJobService;

beforeEach(async () => {
  bench = await openRunnerBench();
  jobs = bench.jobs;
});

afterEach(async () => {
  await bench.close();
});

function makeRepository(name = 'origin'): { readonly repo_url: string; readonly sha: string } {
  const path = join(bench.folder, name);
  const git = (...words: string[]) => execFileSync('git', ['-C', path, ...words], { encoding: 'utf8' }).trim();
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', path]);
  execFileSync('sh', ['-c', 'echo "hello from the tree" > greeting.txt'], { cwd: path });
  git('add', '.');
  git('-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'first');
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  return { repo_url: `file://${path}`, sha: git('rev-parse', 'HEAD') };
}

test('a runner says why it runs no jobs of forks that name an image', async () => {
  const found = { runtime: { program: 'docker', version: '27', isRootless: true, limits: [] } } as const;
  const containers = { found, env: {}, isRequired: false, pullPolicies: ['always'] as const };
  await bench.startRunner({ containers });
  await expect.poll(() => jobs.requests[0]?.info?.image_obstacle).toContain('need rootless podman');
});

describe('a job', () => {
  test('gets its sources, runs its commands, shows them, and succeeds', async () => {
    const { repo_url, sha } = makeRepository();
    const gitInfo = { repo_url, sha, ref: 'main', refspecs: [`+${sha}:refs/pipelines/7`], depth: 20 };
    jobs.offer(
      sketchJob({
        id: 1,
        script: ['cat greeting.txt', 'export LATER=kept', 'echo "it is $LATER"', 'git log --oneline | wc -l'],
        gitInfo,
      }),
    );
    await bench.startRunner();
    const update = await jobs.finished(1);
    const log = jobs.log(1);
    expect(update).toMatchObject({ state: 'success' });
    expect(log).toContain('hello from the tree\n');
    expect(log).toContain('it is kept\n');
    expect(log).toContain('\u001B[32;1m$ cat greeting.txt\u001B[0;m\n');
    expect(log).toMatch(/section_start:\d+:get_sources\r/);
    expect(log).toMatch(/section_end:\d+:step_script\r/);
    expect(log).toContain('Job succeeded');
    const checksum = crc32(jobs.logBytes(1)).toString(16).padStart(8, '0');
    expect(update.output).toEqual({ checksum: `crc32:${checksum}`, bytesize: jobs.logBytes(1).length });
    expect(jobs.updates[0]).toEqual({ jobId: 1, state: 'running' });
  });

  test('ends at its first failing command, and after_script learns of it', async () => {
    jobs.offer(
      sketchJob({
        id: 2,
        script: ['echo before', '(exit 3)', 'echo never'],
        afterScript: ['echo "the job has $CI_JOB_STATUS"', 'false'],
      }),
    );
    await bench.startRunner();
    expect(await jobs.finished(2)).toMatchObject({ state: 'failed', failure_reason: 'script_failure', exit_code: 3 });
    expect(jobs.log(2)).not.toContain('\nnever');
    expect(jobs.log(2)).toContain('the job has failed\n');
    expect(jobs.log(2)).toContain('ERROR: Job failed: exit code 3');
  });

  test('reports what its scripts used', async () => {
    const busy = 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done';
    jobs.offer(sketchJob({ id: 4, script: [`bash -c '${busy}'`], afterScript: ['true'] }));
    await bench.startRunner();
    const { usage } = await jobs.finished(4);
    expect(usage).toMatchObject([{ phase: 'script', method: 'sampled' }, { phase: 'after_script' }]);
    expect(usage?.[0]?.cpuSeconds).toBeGreaterThanOrEqual(0.1);
    expect(usage?.[0]?.seconds).toBeGreaterThan(0);
  });

  test('fails when a command in the middle of a pipe fails', async () => {
    jobs.offer(sketchJob({ id: 3, script: ['false | cat'] }));
    await bench.startRunner();
    expect(await jobs.finished(3)).toMatchObject({ state: 'failed', exit_code: 1 });
  });

  test('gets submodules where it asks for them', async () => {
    const lib = makeRepository('lib');
    const { repo_url } = makeRepository();
    const path = repo_url.replace('file://', '');
    const git = (...words: readonly string[]) =>
      execFileSync('git', ['-C', path, '-c', 'protocol.file.allow=always', ...words], { encoding: 'utf8' }).trim();
    git('submodule', '--quiet', 'add', lib.repo_url, 'lib');
    git('-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'with lib');
    const sha = git('rev-parse', 'HEAD');
    const gitInfo = { repo_url, sha, ref: 'main', refspecs: [`+${sha}:refs/pipelines/7`], depth: 1 };
    const allowed = { key: 'GIT_ALLOW_PROTOCOL', value: 'file' };
    const wanted = { key: 'GIT_SUBMODULE_STRATEGY', value: 'recursive' };
    const script = ['cat lib/greeting.txt'];
    jobs.offer(sketchJob({ id: 43, script, gitInfo, variables: [allowed] }));
    jobs.offer(sketchJob({ id: 44, script, gitInfo, variables: [allowed, wanted] }));
    await bench.startRunner();
    expect(await jobs.finished(43)).toMatchObject({ state: 'failed' });
    expect(await jobs.finished(44)).toMatchObject({ state: 'success' });
    expect(jobs.log(44)).toContain('hello from the tree\n');
  });

  test('whose commit cannot be fetched is a failure of the system, and says so', async () => {
    const { repo_url } = makeRepository();
    const sha = 'f'.repeat(40);
    jobs.offer(
      sketchJob({
        id: 4,
        script: ['echo never'],
        gitInfo: { repo_url, sha, ref: 'main', refspecs: [`+${sha}:refs/pipelines/7`], depth: 1 },
      }),
    );
    await bench.startRunner();
    expect(await jobs.finished(4)).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
    expect(jobs.log(4)).toContain(`git could not get commit ${sha}`);
    expect(jobs.log(4)).not.toContain('step_script');
  });

  test('may open its output by name, for each of the two streams', async () => {
    const script = ['echo first', 'echo by-stdout > /dev/stdout', 'echo by-stderr >> /dev/stderr', 'echo last >&2'];
    jobs.offer(sketchJob({ id: 8, script }));
    await bench.startRunner();
    expect(await jobs.finished(8)).toMatchObject({ state: 'success' });
    expect(jobs.log(8).match(/^(first|by-stdout|by-stderr|last)$/gm)).toEqual([
      'first',
      'by-stdout',
      'by-stderr',
      'last',
    ]);
  });

  test('reads nothing from stdin and leaves no folder and no entry in the journal', async () => {
    jobs.offer(sketchJob({ id: 5, script: ['cat', 'echo done'] }));
    const runner = await bench.startRunner();
    expect(await jobs.finished(5)).toMatchObject({ state: 'success' });
    await runner.stop({ graceful: true });
    expect(await readdir(join(bench.folder, 'work'))).toEqual([]);
    expect(await bench.journal.list()).toEqual([]);
  });
});

describe('a disk that fails', () => {
  test('fails the job with the reason in its log, and the runner goes on', async () => {
    const broken: Journal = {
      ...bench.journal,
      record: (entry) =>
        entry.jobId === '50'
          ? Promise.reject(new Error('ENOSPC: no space left on device'))
          : bench.journal.record(entry),
    };
    jobs.offer(sketchJob({ id: 50, script: [`touch ${join(bench.folder, 'began')}`] }));
    await bench.startRunner({ journal: broken, concurrency: 1 });
    expect(await jobs.finished(50)).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
    expect(jobs.log(50)).toContain('ENOSPC: no space left on device');
    expect(readdirSync(bench.folder)).not.toContain('began');
    jobs.offer(sketchJob({ id: 51, script: ['true'] }));
    expect(await jobs.finished(51)).toMatchObject({ state: 'success' });
  });
});

describe('caches', () => {
  const cache = { key: 'k-$CI_JOB_STATUS', paths: ['deps'], fallback_keys: [] };
  const caches = () => ({ folder: join(bench.folder, 'caches'), maxBytes: 1e9 });

  test('are kept from job to job, as far as their policy and the outcome say, and never break a job', async () => {
    await bench.startRunner({ caches: caches() });
    const make = ['cat deps/a || mkdir deps; echo A > deps/a; touch -d 2001-02-03T04:05:06Z deps/a'];
    jobs.offer(sketchJob({ id: 60, script: make, cache: [cache] }));
    expect(await jobs.finished(60)).toMatchObject({ state: 'success' });
    expect(jobs.log(60)).toContain('Checking cache for k-running...\nNo cache found\n');
    expect(jobs.log(60)).toContain('deps: found 2 matching files and directories\nCreated cache\n');
    const read = ['cat deps/a; date -u -r deps/a +%Y', 'echo B > deps/a'];
    jobs.offer(sketchJob({ id: 61, script: read, cache: [{ ...cache, policy: 'pull' }] }));
    await jobs.finished(61);
    expect(jobs.log(61)).toContain('Successfully extracted cache');
    expect(jobs.log(61)).toContain('A\n2001\n');
    const fallback = { ...cache, key: 'none', fallback_keys: ['k-running'] };
    jobs.offer(sketchJob({ id: 62, script: ['cat deps/a', 'echo C > deps/a; exit 1'], cache: [fallback] }));
    await jobs.finished(62);
    expect(jobs.log(62)).toContain('\nA\n');
    expect(jobs.log(62)).not.toContain('Creating cache');
    const [archive = ''] = readdirSync(caches().folder);
    writeFileSync(join(caches().folder, archive), 'no archive');
    jobs.offer(sketchJob({ id: 63, script: ['ls -A'], cache: [cache] }));
    expect(await jobs.finished(63)).toMatchObject({ state: 'success' });
    expect(jobs.log(63)).toContain('WARNING: the cache is broken and was removed');
    expect(readdirSync(caches().folder)).toEqual([]);
  });

  test('of one project are not another’s', async () => {
    await bench.startRunner({ caches: caches() });
    jobs.offer(sketchJob({ id: 64, script: ['mkdir deps'], cache: [cache] }));
    await jobs.finished(64);
    const other = sketchJob({ id: 65, script: ['true'], cache: [cache] });
    jobs.offer({ ...other, job_info: { ...other.job_info, project_id: 2 } });
    await jobs.finished(65);
    expect(jobs.log(65)).toContain('No cache found');
  });

  test('and artifacts take what git does not track', async () => {
    await bench.startRunner({ caches: caches() });
    const script = ['git init -q . && echo a > tracked && git add tracked', 'mkdir out && echo b > out/b'];
    const all = { key: 'u', paths: [], untracked: true, fallback_keys: [] };
    jobs.offer(sketchJob({ id: 66, script, cache: [all], artifacts: [{ untracked: true }] }));
    expect(await jobs.finished(66)).toMatchObject({ state: 'success' });
    expect(jobs.log(66)).toContain('untracked: found 1 matching files and directories');
    expect(jobs.log(66)).toContain('untracked: found 1 matching artifact files and directories');
    jobs.offer(sketchJob({ id: 67, script: ['cat out/b; test ! -e tracked'], cache: [all], dependencies: [66] }));
    expect(await jobs.finished(67)).toMatchObject({ state: 'success' });
  });
});

describe('what a job asks for besides its script', () => {
  test('runs before its sources are there, in the same home', async () => {
    const hooks = [{ name: 'pre_get_sources_script', script: ['ls -A | wc -l', 'git config --global a.b early'] }];
    jobs.offer(sketchJob({ id: 70, script: ['git config a.b'], hooks }));
    await bench.startRunner();
    expect(await jobs.finished(70)).toMatchObject({ state: 'success' });
    expect(jobs.log(70)).toMatch(/0\n[^]*\nearly\n/);
    const failing = [{ name: 'pre_get_sources_script', script: ['exit 9'] }];
    jobs.offer(sketchJob({ id: 71, script: ['echo never'], afterScript: ['echo never'], hooks: failing }));
    expect(await jobs.finished(71)).toMatchObject({ state: 'failed', failure_reason: 'script_failure', exit_code: 9 });
    expect(jobs.log(71)).not.toContain('\nnever');
  });

  test('and is not there without containers is named in its log', async () => {
    const services = [{ name: 'postgres:16', alias: 'db' }, { name: 'redis' }];
    jobs.offer(sketchJob({ id: 72, script: ['true'], services, image: { name: 'alpine' } }));
    await bench.startRunner();
    expect(await jobs.finished(72)).toMatchObject({ state: 'success' });
    expect(jobs.log(72)).toContain('the image `alpine` is not used');
    expect(jobs.log(72)).toContain('services are not started: `db`, `redis`. Use a runner with containers');
  });
});

describe('artifacts', () => {
  test('are handed on to the jobs that depend on them', async () => {
    const artifacts = [{ paths: ['out', 'missing.txt'], exclude: ['out/**/*.tmp'], name: 'lock-$CI_JOB_STATUS' }];
    jobs.offer(
      sketchJob({
        id: 10,
        script: [
          'mkdir -p out/deep',
          'echo lock > out/deep/lock',
          'touch out/x.tmp',
          'ln -s deep/lock out/link',
          'ln -s /etc/passwd out/evil',
          'chmod +x out/deep/lock',
        ],
        artifacts,
      }),
    );
    await bench.startRunner();
    expect(await jobs.finished(10)).toMatchObject({ state: 'success' });
    expect(jobs.log(10)).toContain('out: found 5 matching artifact files and directories');
    expect(jobs.log(10)).toContain('WARNING: missing.txt: no matching files');
    expect(jobs.log(10)).toContain('not uploaded: out/evil: the link leads out of the project folder');
    jobs.offer(
      sketchJob({
        id: 11,
        script: ['cat out/link', 'test -x out/deep/lock', 'test ! -e out/x.tmp', 'test ! -L out/evil'],
        dependencies: [10],
      }),
    );
    expect(await jobs.finished(11)).toMatchObject({ state: 'success' });
    expect(jobs.log(11)).toContain('lock\n');
  });

  test('of a failed job are uploaded only where that is asked for', async () => {
    const artifacts = [
      { paths: ['log'], when: 'on_failure' as const },
      { paths: ['log'], artifact_type: 'junit', artifact_format: 'gzip' as const, when: 'always' as const },
      { paths: ['log'], artifact_type: 'dotenv', artifact_format: 'gzip' as const },
    ];
    jobs.offer(sketchJob({ id: 12, script: ['echo text > log', 'exit 1'], artifacts }));
    await bench.startRunner();
    expect(await jobs.finished(12)).toMatchObject({ state: 'failed', exit_code: 1 });
    expect(jobs.artifact(12)?.format).toBe('zip');
    expect(jobs.artifact(12, 'junit')?.format).toBe('gzip');
    expect(jobs.artifact(12, 'dotenv')).toBeUndefined();
  });

  test('that the server refuses fail a job that had succeeded', async () => {
    jobs.offer(sketchJob({ id: 13, script: ['head -c 5000 /dev/urandom > big'], artifacts: [{ paths: ['big'] }] }));
    await bench.startRunner({ fetch: jobServiceApp(jobs, bench.folder, { maxArtifactBytes: 1000 }).fetch });
    expect(await jobs.finished(13)).toMatchObject({ state: 'failed', failure_reason: 'script_failure' });
    expect(jobs.log(13)).toContain('The server refused the artifact `artifacts.zip` with status 413');
  });

  test('that cannot be had fail the job before its script', async () => {
    jobs.offer(sketchJob({ id: 14, script: ['true'] }));
    await bench.startRunner();
    await jobs.finished(14);
    jobs.offer(sketchJob({ id: 15, script: ['echo never'], dependencies: [14] }));
    expect(await jobs.finished(15)).toMatchObject({ state: 'failed', failure_reason: 'script_failure' });
    expect(jobs.log(15)).toContain(
      'The artifacts of job `job 14` cannot be downloaded: the server answered with status 404',
    );
  });
});

describe('the environment of a job', () => {
  test('has its variables and the little that programs need, and nothing of the server', async () => {
    const variables = [
      { key: 'GREETING', value: 'first' },
      { key: 'GREETING', value: 'hello $NAME$UNSET, $$5' },
      { key: 'NAME', value: 'world' },
      { key: 'RAW', value: '$NAME', raw: true },
      { key: 'KEY_FILE', value: 'content of the file\n', file: true },
    ];
    jobs.offer(
      sketchJob({
        id: 20,
        script: [
          'echo "NAMES $(env | cut -d= -f1 | sort | tr "\\n" " ")END"',
          'echo "$GREETING|$RAW"',
          'cat "$KEY_FILE"',
        ],
        variables,
      }),
    );
    await bench.startRunner({
      base: { PATH: process.env['PATH'], SLIPWAY_SIGNING_KEY: 'top secret', LANG: 'C.UTF-8' },
      path: '/opt/slipway-bin',
    });
    expect(await jobs.finished(20)).toMatchObject({ state: 'success' });
    const names = /^NAMES (.*) END$/m.exec(jobs.log(20))?.[1]?.split(' ') ?? [];
    // What the shell itself adds depends on the shell.
    expect(names.filter((name) => !['OLDPWD', 'PWD', 'SHLVL', '_'].includes(name))).toEqual([
      'CI_BUILDS_DIR',
      'CI_CONCURRENT_ID',
      'CI_CONCURRENT_PROJECT_ID',
      'CI_JOB_STATUS',
      'CI_JOB_TIMEOUT',
      'CI_PROJECT_DIR',
      'CI_RUNNER_EXECUTABLE_ARCH',
      'CI_RUNNER_REVISION',
      'CI_RUNNER_SHORT_TOKEN',
      'CI_RUNNER_VERSION',
      'CI_SERVER',
      'CI_SHARED_ENVIRONMENT',
      'GREETING',
      'HOME',
      'KEY_FILE',
      'LANG',
      'LOGNAME',
      'NAME',
      'PATH',
      'RAW',
      'SLIPWAY_JOB_MARKER',
      'TMPDIR',
      'USER',
    ]);
    expect(jobs.log(20)).toContain('hello world, $5|$NAME\n');
    expect(jobs.log(20)).toContain('content of the file\n');
    expect(jobs.log(20)).not.toContain('top secret');
  });

  test('shows no masked value in the log, however it is written', async () => {
    const variables = [{ key: 'TOKEN', value: 'hunter2-hunter2', masked: true }];
    jobs.offer(
      sketchJob({
        id: 21,
        script: [
          'printf "%s" "${TOKEN%-*}"; printf "%s\\n" "-${TOKEN#*-}"',
          'printf %s "$TOKEN" | base64',
          'set -x; : "$TOKEN"',
        ],
        variables,
      }),
    );
    await bench.startRunner();
    expect(await jobs.finished(21)).toMatchObject({ state: 'success' });
    expect(jobs.log(21)).not.toContain('hunter2-hunter2');
    expect(jobs.log(21)).not.toContain(Buffer.from('hunter2-hunter2').toString('base64'));
    expect(jobs.log(21)).toContain('[MASKED]');
  });
});
