import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { processesNaming } from '../support/processes-naming.ts';

const program = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url));

const hasSandbox = await sandboxAvailable();
if (!hasSandbox) process.stderr.write('skipped: `run --sandbox`; no sandbox works on this machine\n');

let folder: string;
let temporary: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-e2e-run-'));
  temporary = mkdtempSync(join(tmpdir(), 'slipway-e2e-temporary-'));
  execFileSync('git', ['init', '--quiet', folder]);
});

afterEach(() => {
  for (const one of [folder, temporary]) rmSync(one, { recursive: true, force: true });
});

function start(pipeline: string, words: readonly string[]) {
  writeFileSync(join(folder, '.gitlab-ci.yml'), pipeline);
  const env = {
    PATH: process.env.PATH,
    TMPDIR: temporary,
    SPACK_ROOT: '/the/spack',
    SPACK_PYTHON: '/the/python',
    SPACK_OTHER: 'no',
  };
  return spawn(process.execPath, [program, 'run', ...words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs to the end; `onOutput` hears of everything that has been printed so far. */
async function run(
  pipeline: string,
  words: readonly string[] = [],
  onOutput: (stdout: string, child: ReturnType<typeof start>) => void = () => {},
): Promise<Ended> {
  const child = start(pipeline, words);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => onOutput((stdout += chunk.toString()), child));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

interface Event {
  readonly event: string;
  readonly job?: string;
  readonly line?: string;
  readonly status?: string;
}

function events(stdout: string): readonly Event[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
}

function summary({ stdout }: Ended): { readonly jobs: readonly { readonly name: string; readonly status: string }[] } {
  return events(stdout).at(-1) as unknown as ReturnType<typeof summary>;
}

const FAMILY = `
stages: [make, use]
make:
  stage: make
  script:
    - |
      printf 'leaf:\\n  script: ["echo leaf $X", exit 3]\\n  allow_failure: { exit_codes: 3 }\\n' > child.yml
    - echo "NAME=from make" > report
  artifacts: { paths: [child.yml], reports: { dotenv: report } }
flaky: { stage: make, script: [exit 1], retry: 1, allow_failure: true }
child:
  stage: use
  variables: { X: $CI_JOB_STAGE/$NAME }
  trigger: { include: [{ artifact: child.yml, job: make }], strategy: depend }
use: { stage: use, needs: [make], script: [echo "$NAME", test ! -e report] }
ask: { stage: use, when: manual, script: echo asked }
`;

describe('slipway run', () => {
  test('prints events and a summary for machines, children in their trigger', async () => {
    const { status, stdout, stderr } = await run(FAMILY, ['--json']);
    const all = events(stdout);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(all.at(-1)).toEqual({
      event: 'summary',
      status: 'success',
      jobs: [
        { name: 'make', stage: 'make', status: 'success', allowFailure: false, attempts: 1, exitCode: 0 },
        { name: 'flaky', stage: 'make', status: 'failed', allowFailure: true, attempts: 2, exitCode: 1 },
        {
          name: 'child',
          stage: 'use',
          status: 'success',
          allowFailure: false,
          attempts: 1,
          exitCode: null,
          jobs: [{ name: 'leaf', stage: 'test', status: 'failed', allowFailure: true, attempts: 1, exitCode: 3 }],
        },
        { name: 'use', stage: 'use', status: 'success', allowFailure: false, attempts: 1, exitCode: 0 },
        { name: 'ask', stage: 'use', status: 'manual', allowFailure: true, attempts: 0, exitCode: null },
      ],
    });
    expect(all).toContainEqual({ event: 'job-log', job: 'child / leaf', line: 'leaf use/from make' });
    expect(all).toContainEqual({ event: 'job-log', job: 'use', line: 'from make' });
    const steps = all.filter((one) => one.event === 'job-status' && one.job === 'flaky').map((one) => one.status);
    expect(steps).toEqual(['pending', 'running', 'pending', 'running', 'failed']);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('prints lines after the names of their jobs for people, and a table', async () => {
    const yaml = 'a: { script: [echo one, "false"] }\nb: { script: echo two, needs: [a] }\n';
    const { status, stdout, stderr } = await run(yaml);
    const plain = stdout.replaceAll(/ +\d+\.\d s/g, ' 0.0 s');
    expect({ status, stdout: plain, stderr }).toMatchInlineSnapshot(`
      {
        "status": 1,
        "stderr": "error: The pipeline ended with status \`failed\`: \`a\` failed. [CLI_RUN_FAILED]
      ",
        "stdout": "a | $ echo one
      a | one
      a | $ false
      a failed: script_failure, exit code 1

      error: a failed: exit code 1

        a  failed 0.0 s
        b  skipped
      pipeline: failed (1 failed, 1 skipped)
      ",
      }
    `);
  });

  test('reports all faults of the configuration with their places, and runs nothing', async () => {
    const yaml = 'a:\n  script: touch left\n  retry: 7\nb: { script: x, needs: [c] }\n';
    const { status, stdout } = await run(yaml, ['--json', '--in-place']);
    expect(status).toBe(2);
    expect(events(stdout)).toMatchObject([
      { event: 'error', file: '.gitlab-ci.yml', line: 3 },
      { event: 'error', file: '.gitlab-ci.yml', line: 4 },
    ]);
    expect(readdirSync(folder)).toEqual(['.git', '.gitlab-ci.yml']);
  });

  test('informs jobs which Spack there is, and nothing else of the environment', async () => {
    const { stdout } = await run('a: { script: [\'echo "<$SPACK_ROOT|$SPACK_PYTHON|$SPACK_OTHER>"\'] }\n');
    expect(stdout).toContain('</the/spack|/the/python|>');
    const own = await run('variables: { SPACK_ROOT: /own }\na: { script: [\'echo "<$SPACK_ROOT>"\'] }\n');
    expect(own.stdout).toContain('</own>');
  });

  test('says so where rules leave no job', async () => {
    const yaml = 'a: { script: x, rules: [{ if: $DEPLOY }] }\n';
    const { status, stdout, stderr } = await run(yaml, ['--json']);
    expect(events(stdout)).toEqual([{ event: 'summary', status: 'not_created', jobs: [] }]);
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('CLI_RUN_NOT_CREATED') });
    expect((await run(yaml, ['--variable', 'DEPLOY=1'])).status).toBe(1);
    const listed = await run(yaml, ['--list']);
    expect(listed).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringMatching(/^No pipeline was created: ./),
    });
  });

  test('runs chosen jobs, with what they need if asked, and manual ones that are played', async () => {
    const names = (ended: Ended) => summary(ended).jobs.map((job) => `${job.name} ${job.status}`);
    expect(names(await run(FAMILY, ['ask', '--json']))).toEqual(['ask success']);
    expect(names(await run(FAMILY, ['--job', 'use', '--needs', '--json']))).toEqual(['make success', 'use success']);
    expect(names(await run(FAMILY, ['--play', 'ask', '--json']))).toContain('ask success');
    const { status, stderr } = await run(FAMILY, ['absent']);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('no job `absent`') });
  });

  test('that waits for a person has not failed, unless something else did', async () => {
    const ask = 'ask: { stage: build, script: x, rules: [{ when: manual }] }\nlater: { stage: test, script: x }\n';
    const note =
      'The pipeline waits for a person to start `ask`.\nhint: `--play <name>` starts such a job as soon as it may.\n';
    const waiting = await run(`first: { stage: build, script: echo one }\n${ask}`, ['--json']);
    expect({ status: waiting.status, stderr: waiting.stderr }).toEqual({ status: 0, stderr: note });
    expect(summary(waiting)).toMatchObject({ status: 'manual' });
    expect((await run('ask: { script: x, when: manual }\n')).status).toBe(0);
    const failed = await run(`first: { stage: build, script: "false" }\n${ask}`);
    expect({ status: failed.status, stderr: failed.stderr }).toEqual({
      status: 1,
      stderr: 'error: The pipeline ended with status `manual`: `first` failed. [CLI_RUN_FAILED]\n',
    });
  });

  test('has no colours in a pipe, whatever its jobs print', async () => {
    const { stdout } = await run(String.raw`a: { script: ["printf '\\033[31mred\\033[0m\\n'"] }` + '\n');
    expect(stdout).toContain('a | red\n');
    expect(stdout).not.toContain('\u001B');
  });

  test('lists and previews without running', async () => {
    const { stdout: list } = await run(FAMILY, ['--list']);
    expect(list.split('\n')).toContain('use\tuse\ton_success\tneeds: make');
    const { stdout: preview } = await run(FAMILY, ['--preview']);
    expect((await run(preview, ['--preview'])).stdout).toBe(preview);
  });

  test('lets jobs of one resource group run one after the other', async () => {
    const job = 'script: ["mkdir held", "sleep 0.05", "rmdir held"], resource_group: board';
    const yaml = ['a', 'b', 'c', 'd'].map((name) => `${name}: { ${job} }\n`).join('');
    expect((await run(yaml, ['--in-place', '--concurrency', '4'])).status).toBe(0);
  });

  test('stops at Ctrl-C: after_script has its say, and no process and no file is left', async () => {
    const yaml =
      'a: { script: ["echo begun; sleep 1000 & sleep 1000"], after_script: [echo after $CI_JOB_STATUS] }\nb: { stage: deploy, script: x }\n';
    let isAsked = false;
    const { status, stdout, stderr } = await run(yaml, ['--json'], (text, child) => {
      if (isAsked || !text.includes('"line":"begun"')) return;
      isAsked = child.kill('SIGINT');
    });
    expect({ status, stderr }).toEqual({ status: 130, stderr: 'interrupted\n' });
    expect(events(stdout)).toContainEqual({ event: 'job-log', job: 'a', line: 'after canceled' });
    expect(events(stdout).at(-1)).toMatchObject({
      status: 'canceled',
      jobs: [{ status: 'canceled' }, { status: 'canceled' }],
    });
    expect(readdirSync(temporary)).toEqual([]);
    // The program dismisses its watchdog, and does not wait for its end.
    await expect.poll(() => processesNaming(temporary)).toEqual([]);
  });

  test('ends at once at a second Ctrl-C, and leaves no process', async () => {
    const yaml =
      'a: { script: ["trap : TERM; echo begun; while :; do sleep 1000; done"], after_script: [echo after; sleep 1000] }\n';
    let count = 0;
    const { status } = await run(yaml, ['--json'], (text, child) => {
      if ((count === 0 && text.includes('"line":"begun"')) || (count === 1 && text.includes('"line":"after"'))) {
        count += 1;
        child.kill('SIGINT');
      }
    });
    expect(status).toBe(130);
    // The program kills its watchdog last, and does not wait for its end.
    await expect.poll(() => processesNaming(temporary)).toEqual([]);
  });

  test.each([
    ['in place', ['--in-place']],
    ['isolated', []],
  ])('leaves no process and no file when it is killed, with its jobs %s', async (_, words) => {
    const busy = 'echo begun; sleep 1000 & setsid sleep 1000 & trap "" TERM; while :; do sleep 1000; done';
    const yaml = `
child: { stage: build, script: [${JSON.stringify(busy)}], parallel: 2 }
parent: { stage: build, trigger: { include: child.yml } }
`;
    writeFileSync(join(folder, 'child.yml'), `grandchild: { script: [${JSON.stringify(busy)}] }\n`);
    let isKilled = false;
    await run(yaml, [...words, '--json', '--concurrency', '3'], (text, child) => {
      if (isKilled || text.split('"line":"begun"').length < 4) return;
      isKilled = child.kill('SIGKILL');
    });
    expect(isKilled).toBe(true);
    await expect.poll(() => processesNaming(temporary)).toEqual([]);
    await expect.poll(() => readdirSync(temporary)).toEqual([]);
  });

  test.skipIf(!hasSandbox)('shows a job nothing but its sources, with --sandbox', async () => {
    writeFileSync(join(temporary, 'private'), 'not for jobs\n');
    const script = [`cat file`, `ls ${temporary} || echo unseen`, 'echo made > made'];
    const yaml = `job: { script: ${JSON.stringify(script)}, artifacts: { paths: [made] } }\n`;
    writeFileSync(join(folder, 'file'), 'of the working copy\n');
    const outside = await run(yaml, ['--json']);
    expect(outside.stdout).toContain('"line":"private"');
    const inside = await run(yaml, ['--json', '--sandbox']);
    expect(inside).toMatchObject({ status: 0, stdout: expect.stringContaining('"line":"of the working copy"') });
    expect(inside.stdout).not.toContain('"line":"private"');
    expect(await run(yaml, ['--in-place', '--sandbox'])).toMatchObject({ status: 2 });
  });

  test('builds a stack of recipes that has no pipeline of its own', async () => {
    writeFileSync(join(folder, 'spack.yaml'), 'spack: { specs: [] }\n');
    const child = spawn(process.execPath, [program, 'run', '--list'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    await once(child, 'close');
    expect(stdout).toBe('generate\tgenerate\ton_success\nbuild\tbuild\ton_success\tneeds: generate\n');
  });
});
