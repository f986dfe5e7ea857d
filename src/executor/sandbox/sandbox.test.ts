import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { openRunnerBench, type RunnerBench } from '../../../test/support/runner-bench.ts';
import type { JobResponse } from '../../protocol/index.ts';
import { sandboxAvailable } from './find-sandbox.ts';
import { needsSandbox } from './sandbox.ts';

const canRun = await sandboxAvailable();
if (!canRun) process.stderr.write('skipped: no sandbox works on this machine\n');

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
    const sandbox = { mode: 'always', hidden: [hidden], readable: [] } as const;
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
    const runner = await bench.startRunner({ grace: 60_000, sandbox: { mode: 'always', hidden: [], readable: [] } });
    await bench.jobs.logged(3, 'ready\n');
    bench.jobs.cancel(3);
    await runner.touch(3);
    await bench.jobs.finished(3);
    expect(bench.jobs.log(3)).toContain('heard\n');
    const { log } = await run({ ...sketchJob({ id: 4, script: ['exit 42'] }), trust: 'untrusted' });
    expect(log).toContain('exit code 42');
  });

  test('holds jobs of every trust, and with `never` none', async () => {
    for (const trust of ['untrusted', 'pull-request', 'protected'] as const)
      expect(needsSandbox({ trust }, 'always'), trust).toBe(true);
    for (const trust of ['pull-request', 'protected'] as const)
      expect(needsSandbox({ trust }, 'never'), trust).toBe(false);
    expect(() => needsSandbox({ trust: 'untrusted' }, 'never')).toThrow('no sandbox');
  });

  test('a runner without sandboxes refuses the job of an outsider', async () => {
    bench.jobs.offer({ ...sketchJob({ id: 7, script: ['echo ran'] }), trust: 'untrusted' });
    await bench.startRunner();
    expect(await bench.jobs.finished(7)).toMatchObject({ failure_reason: 'runner_system_failure' });
    expect(bench.jobs.log(7)).toContain('this runner has no sandbox');
    expect(bench.jobs.log(7)).not.toContain('ran\n');
  });
});
