import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalRunner, type LocalRunnerOptions } from './local-runner.ts';
import { systemWait, type Wait } from '../kit/index.ts';
import { sketchJob, type JobSketch } from '../../test/support/memory-job-service.ts';

let folder: string;
let workingCopy: string;
let runner: LocalRunner | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-local-'));
  workingCopy = join(folder, 'copy');
  mkdirSync(workingCopy);
});

afterEach(async () => {
  await runner?.close();
  runner = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: Partial<LocalRunnerOptions> = {}): Promise<LocalRunner> {
  const base = { PATH: process.env.PATH, HOME: folder, SECRET_OF_SERVER: 'x' };
  runner = await LocalRunner.open({
    workingCopy,
    temporary: folder,
    isInPlace: false,
    concurrency: 2,
    base,
    isColoured: false,
    ...options,
  });
  return runner;
}

let ids = 0;

async function run(
  script: readonly string[],
  more: Partial<JobSketch> & { readonly signal?: AbortSignal; readonly onText?: (text: string) => void } = {},
) {
  const { signal = new AbortController().signal, onText, ...rest } = more;
  const id = (ids += 1);
  let output = '';
  const onOutput = (bytes: Buffer) => {
    output += bytes.toString();
    onText?.(output);
  };
  const job = sketchJob({ id, script, ...rest });
  const ran = await (runner ?? (await open())).run(job, { signal, onOutput });
  return { ...ran, output, id };
}

const raw = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([key, value]) => ({ key, value, raw: true }));

const preGetSources = (...script: readonly string[]) => [{ name: 'pre_get_sources_script', script }];

const dotenv = (path: string) => ({ artifact_type: 'dotenv', paths: [path], when: 'always' }) as const;

/** Zombies do not count. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).syscall === 'open' && !existsSync('/proc');
  }
}

describe('a job', () => {
  test('shows its commands and what they print, both streams in order, and ends as its script does', async () => {
    const { outcome, output } = await run([
      'echo one; echo two >&2',
      'echo three > /dev/stderr',
      'exit 7',
      'echo never',
    ]);
    expect(outcome).toMatchObject({ state: 'failed', reason: 'script_failure', exitCode: 7 });
    expect(output.split('\n')).toEqual([
      '$ echo one; echo two >&2',
      'one',
      'two',
      '$ echo three > /dev/stderr',
      'three',
      '$ exit 7',
      '',
    ]);
  });

  test('fails with any part of a pipe, and with the first command that fails', async () => {
    expect((await run(['false | true', 'true'])).outcome).toMatchObject({ state: 'failed', exitCode: 1 });
    expect((await run(['kill -9 $$'])).outcome).toMatchObject({ state: 'failed', exitCode: 137 });
  });

  test('has its variables and little else, and nothing from the environment of its user', async () => {
    const variables = [
      ...raw({ S: 'shared', T: 'shared too' }),
      { key: 'A', value: "it's $B" },
      { key: 'NONE', value: '[$UNKNOWN]' },
      ...raw({ RAW: '$B', B: 'b\nc', S: 'own' }),
    ];
    const script = ['echo "$A|$RAW|$NONE|$S|$T|${SECRET_OF_SERVER-none}|$CI_JOB_STATUS"'];
    const { output } = await run(script, { variables });
    expect(output).toContain("it's b\nc|$B|[]|own|shared too|none|running");
  });

  test('has no variables of the job before it', async () => {
    await run(['true'], { variables: raw({ ONE: '1', BOTH: '1' }) });
    const { output } = await run(['echo "${ONE-none}|$BOTH|$TWO"'], { variables: raw({ TWO: '2', BOTH: '2' }) });
    expect(output).toContain('none|2|2');
  });

  test('may be long, and its shells may leave the script file to the next one', async () => {
    const long = Array.from({ length: 5000 }, (_, index) => `: a line of a long script, number ${index}`);
    await run([...long, 'true']);
    expect((await run(['echo short'])).output).toBe('$ echo short\nshort\n');
  });

  test('leaves no process of its group behind, and those that fled end with the run', async () => {
    const local = await open();
    const { output } = await run([
      'sleep 1000 & echo "left $!"',
      'setsid sleep 1000 > /dev/null 2>&1 < /dev/null & echo "fled $!"',
    ]);
    const [left, fled] = ['left', 'fled'].map((word) => Number(new RegExp(`^${word} (\\d+)$`, 'm').exec(output)?.[1]));
    await expect.poll(() => isAlive(left as number)).toBe(false);
    await local.close();
    runner = undefined;
    await expect.poll(() => isAlive(fled as number)).toBe(false);
    expect(readdirSync(folder)).toEqual(['copy']);
  });
});

describe('an end before its time', () => {
  test('by cancellation stops the script, and lets after_script run', async () => {
    const controller = new AbortController();
    const onText = (text: string) => text.includes('begun') && controller.abort();
    const afterScript = ['echo "after $CI_JOB_STATUS"'];
    const script = ['echo begun; sleep 1000'];
    const { outcome, output } = await run(script, { afterScript, signal: controller.signal, onText });
    expect(outcome).toMatchObject({ state: 'failed', reason: 'job_canceled' });
    expect(output).toContain('after canceled');
  });

  test('by cancellation reaches processes that do not heed SIGTERM', async () => {
    await open({ grace: 0 });
    const controller = new AbortController();
    const onText = (text: string) => text.includes('begun') && controller.abort();
    const script = ['trap "" TERM; echo begun; while :; do sleep 1000; done'];
    const { outcome } = await run(script, { signal: controller.signal, onText });
    expect(outcome).toMatchObject({ state: 'failed', reason: 'job_canceled' });
  });

  test('by its timeout stops all of it', async () => {
    let fire = () => {};
    const begun = new Promise<void>((resolve) => (fire = resolve));
    const wait: Wait = (milliseconds, signal) => (milliseconds === 60_000 ? begun : systemWait(milliseconds, signal));
    await open({ wait });
    const onText = (text: string) => text.includes('begun') && fire();
    const script = ['echo begun; sleep 1000'];
    const { outcome, output } = await run(script, { afterScript: ['echo after'], timeout: 60, onText });
    expect(outcome).toMatchObject({ state: 'failed', reason: 'job_execution_timeout' });
    expect(output).toContain('ERROR: Job failed: execution took longer than 60 seconds');
    expect(output).not.toContain('after');
  });

  test('at once reaches a shell that its keeper has not recorded yet, and no file is left', async () => {
    const local = await open();
    const output: string[] = [];
    const begun = new Promise<void>((resolve) => {
      const onText = (text: string) => {
        output.push(text);
        if (/^begun \d+$/m.test(text)) resolve();
      };
      void run(['echo "begun $$"; while :; do sleep 1000; done'], { onText }).catch(() => undefined);
    });
    await begun;
    writeFileSync(join(local.root, 'slots', '0.sh.groups'), '');
    local.killAll();
    const pid = Number(/^begun (\d+)$/m.exec(output.join(''))?.[1]);
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(existsSync(local.root)).toBe(false);
  });

  test('before it has begun starts nothing', async () => {
    const { outcome, output } = await run(['echo begun'], { signal: AbortSignal.abort() });
    expect({ outcome, output }).toMatchObject({ outcome: { reason: 'job_canceled' }, output: '' });
  });
});

function git(...words: readonly string[]): void {
  execFileSync('git', ['-C', workingCopy, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...words]);
}

/** A repository with a committed, a changed, an untracked and an ignored file, and so many more. */
function makeRepository(more = 0): void {
  git('init', '--quiet');
  for (const name of ['committed', 'changed', '.gitignore']) writeFileSync(join(workingCopy, name), 'ignored\n');
  mkdirSync(join(workingCopy, 'many'));
  for (let index = 0; index < more; index += 1) writeFileSync(join(workingCopy, 'many', `${index}`), `${index}`);
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  writeFileSync(join(workingCopy, 'changed'), 'changed\n');
  for (const name of ['untracked', 'ignored']) writeFileSync(join(workingCopy, name), '');
}

describe.each([
  ['copied', 0],
  ['laid over, where the machine can', 160],
])('a workspace that is %s', (_, files) => {
  test('has tracked files and folders whose names are not UTF-8', async () => {
    const raw = (...parts: readonly string[]) => Buffer.from([workingCopy, ...parts].join('/'), 'latin1');
    makeRepository(files);
    mkdirSync(raw('caf\u00e9'));
    writeFileSync(raw('caf\u00e9', 'na\u00efve'), 'inside\n');
    writeFileSync(raw('r\u00e9sum\u00e9'), 'beside\n');
    git('add', '.');
    git('commit', '--quiet', '-m', 'names');
    const script = ['cat caf*/na* r*sum*', 'git status --short'];
    const { outcome, output } = await run(script, { artifacts: [{ untracked: true }] });
    expect(outcome.state).toBe('success');
    expect(output).toContain('inside\nbeside\n$ git status --short\n\u001B[0;33mWARNING: untracked: no matching files');
  });

  test('has the files of the working copy as they are now, without those that git ignores, as a repository', async () => {
    makeRepository(files);
    const { output } = await run(['ls -1; cat changed', 'git log -1 --format=%s', 'git status --short']);
    expect(output).toContain(
      '$ ls -1; cat changed\nchanged\ncommitted\nmany\nuntracked\nchanged\n'.replace(files === 0 ? 'many\n' : '', ''),
    );
    expect(output).toContain('one\n$ git status --short\n M changed\n?? untracked\n');
  });

  test('is a repository also where the working copy is a shallow one', async () => {
    makeRepository(files);
    const shallow = join(folder, 'shallow');
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${workingCopy}`, shallow]);
    await open({ workingCopy: shallow });
    const { output } = await run([
      'git log --format=%s',
      'git status --short',
      'git rev-parse --is-shallow-repository',
    ]);
    expect(output.split('\n').filter((line) => !line.startsWith('$'))).toEqual(['one', 'true', '']);
  });

  test('has the files of submodules where that is asked for, and theirs', async () => {
    const git = (path: string, ...words: readonly string[]) =>
      execFileSync('git', ['-C', path, '-c', 'protocol.file.allow=always', ...words]);
    const repository = (name: string, holds?: string) => {
      const path = join(folder, name);
      mkdirSync(path, { recursive: true });
      git(path, 'init', '--quiet');
      writeFileSync(join(path, `${name}.txt`), `${name}\n`);
      if (holds !== undefined) git(path, 'submodule', '--quiet', 'add', join(folder, holds), holds);
      git(path, 'add', '.');
      git(path, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'first');
    };
    for (let index = 0; index < files; index += 1) writeFileSync(join(workingCopy, `${index}`), `${index}`);
    repository('deep');
    repository('lib', 'deep');
    repository('copy', 'lib');
    repository('more');
    git(workingCopy, 'submodule', '--quiet', 'add', join(folder, 'more'), 'more');
    git(workingCopy, 'submodule', '--quiet', 'update', '--init', '--recursive');
    git(workingCopy, 'submodule', '--quiet', 'deinit', '--force', 'more');
    writeFileSync(join(workingCopy, 'lib', 'new.txt'), 'not committed\n');
    const script = ['cat copy.txt lib/lib.txt lib/new.txt lib/deep/deep.txt 2>/dev/null || echo "no more"'];
    const strategy = (value: string) => ({ variables: raw({ GIT_SUBMODULE_STRATEGY: value }) });
    const said = async (more: Partial<JobSketch>) => (await run(script, more)).output.split('\n').slice(0, -1);
    const [shown = ''] = script.map((command) => `$ ${command}`);
    const warning = expect.stringContaining('the submodule more is not checked out here');
    expect(await said({})).toEqual([shown, 'copy', 'no more']);
    expect(await said(strategy('normal'))).toEqual([warning, shown, 'copy', 'lib', 'not committed', 'no more']);
    expect(await said(strategy('recursive'))).toEqual([warning, shown, 'copy', 'lib', 'not committed', 'deep']);
  });

  test('hands on what the artifacts say and nothing else', async () => {
    makeRepository(files);
    const script = [
      'mkdir out && echo data > out/file && ln -s file out/link && chmod 555 out',
      'echo no > out.txt; rm committed',
      'echo V=1 > report',
    ];
    const artifacts = [{ paths: ['out', '$NAME'], exclude: ['out/none'] }, dotenv('report')];
    const variables = raw({ NAME: 'absent' });
    const first = await run(script, { artifacts, variables });
    expect(first).toMatchObject({ outcome: { state: 'success' }, dotenv: { V: '1' } });
    expect(first.output).toContain('WARNING: absent: no matching files');
    const second = await run(['cat out/link; ls -a out.txt report committed 2>&1 || true'], {
      dependencies: [first.id],
    });
    expect(second.output).toContain('\ndata\n');
    expect(second.output).toMatch(/out\.txt.*No such file/);
    expect(second.output).toContain('\ncommitted\n');
    expect(existsSync(join(workingCopy, 'out'))).toBe(false);
  });

  test('keeps what git does not track where that is asked for, and nothing that was there before', async () => {
    makeRepository(files);
    const script = [
      'mkdir out && echo new > out/new; echo mine > ignored',
      'echo more >> untracked; echo no > gone.tmp',
    ];
    const first = await run(script, { artifacts: [{ untracked: true, exclude: ['*.tmp'] }] });
    expect(runner?.filesOf(first.id)?.paths).toEqual(['ignored', 'out/new']);
  });

  test('is empty while what comes before the sources runs, which keeps what that leaves', async () => {
    makeRepository(files);
    const hooks = preGetSources('ls -A | wc -l', 'echo early > early; git config --global early.name "$CI_JOB_STATUS"');
    const { output } = await run(['cat early committed; git config early.name'], { hooks });
    expect(output).toMatch(/^\$ ls -A \| wc -l\n0\n/);
    expect(output).toContain('\nearly\nignored\nrunning\n');
  });

  test('is not made use of where what comes before the sources fails', async () => {
    makeRepository(files);
    const more = { hooks: preGetSources('exit 9'), afterScript: ['echo after'] };
    const { outcome, output } = await run(['echo script'], more);
    expect(outcome).toMatchObject({ state: 'failed', reason: 'script_failure', exitCode: 9 });
    expect(output).toBe('$ exit 9\n');
  });

  test('has what the same key has kept, in this run and in the next', async () => {
    makeRepository(files);
    const caches = { folder: join(folder, 'caches'), maxBytes: 1e9 };
    await open({ caches });
    const cache = { key: '$KEY', fallback_keys: [], paths: ['deps', '$CI_PROJECT_DIR/one*'] };
    const variables = raw({ KEY: 'k' });
    const script = ['cat deps/a one.txt || mkdir deps && echo A > deps/a && echo 1 > one.txt'];
    const first = await run(script, { variables, cache: [cache] });
    expect(first.output).toContain('Checking cache for k...\nNo cache found\n');
    expect(first.output).toContain('deps: found 2 matching files and directories\n');
    const second = await run(['cat deps/a one.txt'], { variables, cache: [{ ...cache, policy: 'pull' }] });
    expect(second.output).toContain('Checking cache for k...\nSuccessfully extracted cache\n');
    expect(second.output).toContain('\nA\n1\n');
    expect(second.output).not.toContain('Creating cache');
    await runner?.close();
    await open({ caches });
    const third = await run(['cat deps/a'], { cache: [{ ...cache, key: 'other', fallback_keys: ['k'] }] });
    expect(third.output).toMatch(/other\.\.\.\nChecking cache for k\.\.\.\nSuccessfully[^]*\nA\n/);
    expect(existsSync(join(workingCopy, 'deps'))).toBe(false);
  });

  test('stays empty where the sources are not wanted', async () => {
    makeRepository(files);
    const { output } = await run(['ls -A | wc -l'], { variables: raw({ GIT_STRATEGY: 'none' }) });
    expect(output).toContain('\n0\n');
  });
});

describe('artifacts', () => {
  test('are kept as their `when` says', async () => {
    const artifacts = [{ paths: ['file'], when: 'on_failure' }] as const;
    const good = await run(['echo 1 > file'], { artifacts });
    const bad = await run(['echo 2 > file; false'], { artifacts });
    const { output } = await run(['cat file'], { dependencies: [good.id, bad.id] });
    expect(output).toContain('\n2\n');
    expect(runner?.filesOf(good.id)).toBeUndefined();
  });

  test('with a report that is none fail the job that seemed to succeed', async () => {
    const { outcome, output } = await run(['echo "no variable" > report'], {
      artifacts: [dotenv('report')],
    });
    expect(outcome).toMatchObject({ state: 'failed', reason: 'script_failure' });
    expect(output).toContain('ERROR: report: `no variable` is no `NAME=value`');
  });
});

test('a job that kills what starts the shells is the only one to fail', async () => {
  await open({ concurrency: 1 });
  const { outcome, output } = await run(['kill -9 $PPID; sleep 3600']);
  expect(outcome).toMatchObject({ state: 'failed', reason: 'runner_system_failure' });
  expect(output).toContain('has ended');
  expect(await run(['echo next'])).toMatchObject({ outcome: { state: 'success' }, output: '$ echo next\nnext\n' });
});

test('in place, all jobs work in the very folder, and the home stays that of its owner', async () => {
  await open({ isInPlace: true });
  await run(['echo "$HOME" > left']);
  const { output } = await run(['cat left; pwd']);
  expect(output).toContain(`\n${folder}\n`);
  expect(output).toContain(`\n${workingCopy}\n`);
});

test('two jobs run at once', async () => {
  await open({ isInPlace: true });
  const meet = (own: string, other: string) => [`mkfifo ${own}`, `until [ -p ${other} ]; do :; done`, 'echo met'];
  const both = await Promise.all([run(meet('a', 'b')), run(meet('b', 'a'))]);
  expect(both.map(({ outcome }) => outcome.state)).toEqual(['success', 'success']);
});
