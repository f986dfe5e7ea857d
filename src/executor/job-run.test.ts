import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { jobServiceApp, sketchJob, type MemoryJobService } from '../../test/support/memory-job-service.ts';
import { openRunnerBench, type RunnerBench } from '../../test/support/runner-bench.ts';
import { systemWait } from '../kit/index.ts';
import type { Fetch } from './exchange/api-client.ts';

let bench: RunnerBench;
let jobs: MemoryJobService;

beforeEach(async () => {
  bench = await openRunnerBench();
  jobs = bench.jobs;
});

afterEach(async () => {
  await bench.close();
});

/** Zombies, whose parent has not asked for them yet, run no more. */
function isRunning(pid: number): boolean {
  expect(pid).toBeGreaterThan(1);
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('the end of a job from outside', () => {
  const waitForever = 'echo "pid $$ waits"; tail -f /dev/null';
  const pidIn = (log: string) => Number(/pid (\d+) waits\n/.exec(log)?.[1]);

  test('a cancellation ends the script, and lets after_script and artifacts have their turn', async () => {
    jobs.offer(
      sketchJob({
        id: 30,
        script: ['echo half > half.txt', waitForever],
        afterScript: ['echo "status $CI_JOB_STATUS"'],
        artifacts: [{ paths: ['half.txt'], when: 'always' }],
      }),
    );
    const runner = await bench.startRunner();
    await jobs.logged(30, ' waits\n');
    jobs.cancel(30);
    await runner.touch(30);
    expect(await jobs.finished(30)).toMatchObject({ state: 'failed', failure_reason: 'job_canceled' });
    expect(jobs.log(30)).toContain('status canceled\n');
    expect(jobs.artifact(30)?.format).toBe('zip');
    expect(isRunning(pidIn(jobs.log(30)))).toBe(false);
  });

  test('a job that the server gave up is ended at once, with all its processes and no last word', async () => {
    jobs.offer(
      sketchJob({
        id: 31,
        script: ['setsid tail -f /dev/null & echo "stray $!"', waitForever],
        afterScript: ['echo never'],
      }),
    );
    const runner = await bench.startRunner();
    await jobs.logged(31, ' waits\n');
    const log = jobs.log(31);
    jobs.end(31);
    await runner.touch(31);
    await runner.stop({ graceful: true });
    expect(jobs.state(31)).toBe('canceled');
    expect(jobs.updates.map((update) => update.state)).not.toContain('failed');
    expect(isRunning(pidIn(log))).toBe(false);
    expect(isRunning(Number(/stray (\d+)\n/.exec(log)?.[1]))).toBe(false);
    expect(await bench.journal.list()).toEqual([]);
  });

  test('time that is up ends everything, without after_script', async () => {
    const timeout = 77;
    const wait = async (milliseconds: number, signal?: AbortSignal) => {
      if (milliseconds === timeout * 1000) await jobs.logged(32, ' waits\n');
      else await systemWait(milliseconds, signal);
    };
    jobs.offer(sketchJob({ id: 32, script: [waitForever], afterScript: ['echo never'], timeout }));
    await bench.startRunner({ wait });
    expect(await jobs.finished(32)).toMatchObject({ state: 'failed', failure_reason: 'job_execution_timeout' });
    expect(jobs.log(32)).toContain('execution took longer than 77 seconds');
    expect(jobs.log(32)).not.toContain('\nnever');
    expect(isRunning(pidIn(jobs.log(32)))).toBe(false);
  });

  test('a script that is past its own limit ends, and after_script has its turn', async () => {
    const wait = async (milliseconds: number, signal?: AbortSignal) => {
      if (milliseconds === 77_000) await jobs.logged(40, ' waits\n');
      else await systemWait(milliseconds, signal);
    };
    const variables = [{ key: 'RUNNER_SCRIPT_TIMEOUT', value: '1m17s' }];
    jobs.offer(sketchJob({ id: 40, script: [waitForever], afterScript: ['echo "status $CI_JOB_STATUS"'], variables }));
    await bench.startRunner({ wait });
    expect(await jobs.finished(40)).toMatchObject({ state: 'failed', failure_reason: 'job_execution_timeout' });
    expect(jobs.log(40)).toContain('status failed\n');
    expect(isRunning(pidIn(jobs.log(40)))).toBe(false);
  });

  test('a failure of after_script counts where the job says so', async () => {
    const job = { script: ['true'], afterScript: ['exit 4'] };
    jobs.offer(sketchJob({ id: 41, ...job }));
    jobs.offer(sketchJob({ id: 42, ...job, variables: [{ key: 'AFTER_SCRIPT_IGNORE_ERRORS', value: 'false' }] }));
    await bench.startRunner();
    expect(await jobs.finished(41)).toMatchObject({ state: 'success' });
    expect(await jobs.finished(42)).toMatchObject({ state: 'failed', failure_reason: 'script_failure', exit_code: 4 });
  });

  test('a runner that stops ends its jobs, names them, and keeps them in the journal', async () => {
    jobs.offer(sketchJob({ id: 33, script: [waitForever] }));
    const runner = await bench.startRunner();
    await jobs.logged(33, ' waits\n');
    expect(await runner.stop({ graceful: false })).toEqual(['33']);
    expect(jobs.updates.map((update) => update.state)).toEqual(['running']);
    expect((await bench.journal.list()).map((entry) => entry.jobId)).toEqual(['33']);
    expect(isRunning(pidIn(jobs.log(33)))).toBe(false);
  });

  test('a job is in the journal while it runs, with the process that started its shell', async () => {
    const file = join(bench.folder, 'journal', '35.json');
    jobs.offer(sketchJob({ id: 35, script: [`cat ${file}; echo; echo "parent $PPID"; kill -9 $$`] }));
    await bench.startRunner();
    expect(await jobs.finished(35)).toMatchObject({ state: 'failed', exit_code: 137 });
    const [, entry = '', pid] = /^(\{.*\})\nparent (\d+)$/m.exec(jobs.log(35)) ?? [];
    expect(JSON.parse(entry)).toMatchObject({ jobId: '35', leader: { pid: Number(pid) } });
  });

  test('a background process does not outlive its job', async () => {
    jobs.offer(sketchJob({ id: 34, script: ['tail -f /dev/null & echo "pid $! waits"'] }));
    await bench.startRunner();
    expect(await jobs.finished(34)).toMatchObject({ state: 'success' });
    expect(isRunning(pidIn(jobs.log(34)))).toBe(false);
  });
});

describe('the line to the server', () => {
  test('an answer that was lost does not double the log', async () => {
    const app = jobServiceApp(jobs, bench.folder);
    let losses = 2;
    const fetch: Fetch = async (request) => {
      const response = await app.fetch(request);
      if (request.method !== 'PATCH' || losses === 0) return response;
      losses -= 1;
      throw new Error('connection reset');
    };
    jobs.offer(sketchJob({ id: 40, script: ['echo one', 'echo two'] }));
    await bench.startRunner({ fetch });
    const update = await jobs.finished(40);
    expect(losses).toBe(0);
    expect(jobs.log(40).match(/\none\n/g)).toHaveLength(1);
    expect(update.output?.bytesize).toBe(jobs.logBytes(40).length);
  });

  test('a log that the server has lost a part of is sent again from there', async () => {
    const app = jobServiceApp(jobs, bench.folder);
    const fetch: Fetch = async (request) => {
      const isFinal =
        request.method === 'PUT' && ((await request.clone().json()) as { state: string }).state === 'success';
      if (isFinal && jobs.updates.length === 1) jobs.forgetLog(41, 10);
      return app.fetch(request);
    };
    jobs.offer(sketchJob({ id: 41, script: ['echo whole'] }));
    await bench.startRunner({ fetch });
    const update = await jobs.finished(41);
    expect(update.output?.bytesize).toBe(jobs.logBytes(41).length);
    expect(jobs.log(41)).toContain('whole\n');
  });

  test('silence is broken by a heartbeat', async () => {
    jobs.offer(
      sketchJob({
        id: 42,
        script: ['echo quiet; while [ ! -e "$CI_BUILDS_DIR/go" ]; do read -t 0.01 x < /dev/zero || :; done'],
      }),
    );
    await bench.startRunner({ heartbeat: 1 });
    await jobs.logged(42, 'quiet\n');
    const before = jobs.updates.length;
    jobs.offer(sketchJob({ id: 43, script: ['true'] }));
    await jobs.finished(43);
    await writeFile(join(bench.folder, 'work', '42', 'go'), '');
    await jobs.finished(42);
    expect(
      jobs.updates.slice(before).filter((update) => update.jobId === 42 && update.state === 'running').length,
    ).toBeGreaterThan(0);
  });
});
