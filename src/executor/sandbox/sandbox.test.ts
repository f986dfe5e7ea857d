import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { openRunnerBench, type RunnerBench } from '../../../test/support/runner-bench.ts';
import type { JobResponse } from '../../protocol/index.ts';
import { needsSandbox, sandboxAvailable, sandboxInvocation } from './sandbox.ts';

const canRun = await sandboxAvailable();
if (!canRun) process.stderr.write('skipped: sandboxes need user namespaces and util-linux\n');

const NOBODY = { uid: 65_534, gid: 65_534 };

describe.skipIf(!canRun)('a job in a sandbox', () => {
  let bench: RunnerBench;
  let hidden: string;

  beforeEach(async () => {
    bench = await openRunnerBench();
    hidden = join(bench.folder, 'keys');
    mkdirSync(hidden);
    writeFileSync(join(hidden, 'signing-key'), 'planted secret\n');
  });
  afterEach(() => bench.close());

  async function run(job: JobResponse): Promise<{ log: string; state: string }> {
    bench.jobs.offer(job);
    const sandbox = { mode: 'untrusted', hidden: [hidden], readable: [] } as const;
    await bench.startRunner({ sandbox });
    const { state } = await bench.jobs.finished(job.id);
    return { log: bench.jobs.log(job.id), state };
  }

  test('sees its own files, and neither what is hidden nor any other process', async () => {
    const script = [
      `cat ${hidden}/signing-key || echo no such file`,
      'ls /root /home /run/user',
      'echo "strangers: $(cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | grep -c ^VITEST)"',
      'echo "host: $PLANTED"',
      'echo own > file && cat file && echo "at $PWD"',
      'touch /etc/planted || echo read-only',
      '! touch ../after-script.sh',
    ].map((line) => `${line} || true`);
    const { log, state } = await run({ ...sketchJob({ id: 1, script }), trust: 'untrusted' });
    expect(state).toBe('success');
    expect(log).toContain('no such file');
    expect(log).not.toContain('planted secret');
    expect(log).toContain('strangers: 0\n');
    expect(log).toContain('read-only\n');
    expect(log).toMatch(/own\nat .*\/1\/project\n/);
  });

  test('may open its output by name', async () => {
    const script = ['echo by-stdout > /dev/stdout', 'echo by-stderr > /dev/stderr'];
    const { log, state } = await run({ ...sketchJob({ id: 9, script }), trust: 'untrusted' });
    expect(state).toBe('success');
    expect(log.match(/^by-\w+$/gm)).toEqual(['by-stdout', 'by-stderr']);
  });

  test('cannot act through its environment before the sandbox is there', async () => {
    const proof = join(bench.folder, 'proof');
    const script = [
      'mkdir bin',
      `for name in unshare sh mount mkdir; do printf '#!/bin/bash\\n/usr/bin/touch ${proof}\\n' > bin/$name; done`,
      '/usr/bin/chmod +x bin/*',
    ];
    const job = sketchJob({ id: 2, script, afterScript: ['echo afterwards'] });
    const PATH = { key: 'PATH', value: '$CI_PROJECT_DIR/bin:/usr/bin:/bin' };
    const { log } = await run({ ...job, variables: [...job.variables, PATH], trust: 'untrusted' });
    expect(log).toContain('afterwards\n');
    expect(existsSync(proof)).toBe(false);
  });

  test('keeps the exit status, and hears SIGTERM', async () => {
    const trap = "trap 'echo heard; exit 3' TERM; echo ready; sleep 1000 & wait";
    bench.jobs.offer({ ...sketchJob({ id: 3, script: [trap] }), trust: 'untrusted' });
    const runner = await bench.startRunner({ sandbox: { mode: 'untrusted', hidden: [], readable: [] } });
    await bench.jobs.logged(3, 'ready\n');
    bench.jobs.cancel(3);
    await runner.touch(3);
    await bench.jobs.finished(3);
    expect(bench.jobs.log(3)).toContain('heard\n');
    const { log } = await run({ ...sketchJob({ id: 4, script: ['exit 42'] }), trust: 'untrusted' });
    expect(log).toContain('exit code 42');
  });

  test.each([
    ['untrusted', { untrusted: true, 'pull-request': false, protected: false }],
    ['pull-requests', { untrusted: true, 'pull-request': true, protected: false }],
    ['always', { untrusted: true, 'pull-request': true, protected: true }],
  ] as const)('with `%s` these are in it', (mode, expected) => {
    for (const [trust, isInside] of Object.entries(expected)) {
      expect(needsSandbox({ trust: trust as keyof typeof expected }, mode), trust).toBe(isInside);
    }
  });

  test('a job that nobody vouches for is in a sandbox too, and one of the team is not', async () => {
    const script = [`cat ${hidden}/signing-key || true`];
    expect((await run(sketchJob({ id: 5, script }))).log).not.toContain('planted secret');
    expect((await run({ ...sketchJob({ id: 6, script }), trust: 'pull-request' })).log).toContain('planted secret');
  });

  test('a runner without sandboxes refuses the job of an outsider', async () => {
    bench.jobs.offer({ ...sketchJob({ id: 7, script: ['echo ran'] }), trust: 'untrusted' });
    await bench.startRunner();
    expect(await bench.jobs.finished(7)).toMatchObject({ failure_reason: 'runner_system_failure' });
    expect(bench.jobs.log(7)).toContain('this runner has no sandbox');
    expect(bench.jobs.log(7)).not.toContain('ran\n');
  });
});

describe.skipIf(!canRun || process.getuid?.() !== 0)('a sandbox that another user builds', () => {
  test('hides and protects just the same', async () => {
    const workspace = mkdtempSync(join(tmpdir(), 'slipway-nobody-'));
    try {
      const project = join(workspace, 'project');
      mkdirSync(project);
      for (const folder of [workspace, project, join(workspace, 'sandbox')]) {
        mkdirSync(folder, { recursive: true });
        chownSync(folder, NOBODY.uid, NOBODY.gid);
      }
      const command = [
        'sh',
        '-c',
        'id -u; ls /root | wc -l; unshare --user --map-root-user --mount true && touch made',
      ];
      const settings = { mode: 'always', hidden: [], readable: [] } as const;
      const invocation = await sandboxInvocation(settings, { workspace, writable: [project], owner: NOBODY }, command);
      const { program, arguments: words, environment } = invocation;
      const result = spawnSync(program, [...words], { ...NOBODY, env: environment, encoding: 'utf8' });
      expect(result).toMatchObject({ status: 0, stdout: '65534\n0\n' });
      expect(readFileSync(join(project, 'made'), 'utf8')).toBe('');
    } finally {
      rmSync(workspace, { recursive: true });
    }
  });
});
