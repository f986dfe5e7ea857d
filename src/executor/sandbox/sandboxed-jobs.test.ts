import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { openRunnerBench, type RunnerBench } from '../../../test/support/runner-bench.ts';
import type { JobResponse } from '../../protocol/index.ts';
import { Jobserver } from '../jobserver/jobserver.ts';
import { sandboxAvailable } from './find-sandbox.ts';
import type { SandboxSettings } from './sandbox.ts';

const canRun = await sandboxAvailable();
if (!canRun) process.stderr.write('skipped: no sandbox works on this machine\n');

let bench: RunnerBench;
let home: string;
beforeEach(async () => {
  bench = await openRunnerBench();
  home = join(bench.folder, 'ada');
  mkdirSync(join(home, 'tools/bin'), { recursive: true });
  writeFileSync(join(home, 'tools/bin/greet'), '#!/bin/sh\necho "hello from a home"\n', { mode: 0o755 });
  writeFileSync(join(home, 'private'), 'planted secret\n');
});
afterEach(() => bench.close());

async function run(job: Partial<JobResponse> & { script: string[] }, settings: Partial<SandboxSettings> = {}) {
  bench.jobs.offer({ ...sketchJob({ id: 1, script: job.script }), ...job });
  await bench.startRunner({
    base: { PATH: '/usr/bin:/bin' },
    sandbox: { mode: 'always', hidden: [], readable: [], ...settings },
  });
  const { state } = await bench.jobs.finished(1);
  return { log: bench.jobs.log(1), state };
}

describe.skipIf(!canRun)('a job in a sandbox', () => {
  test('runs a program of a home that the operator named, and sees nothing beside it', async () => {
    const script = [`${home}/tools/bin/greet`, `cat ${home}/private || echo hidden`, `! touch ${home}/tools/bin/new`];
    const { log, state } = await run({ script }, { readable: [join(home, 'tools')] });
    expect(state).toBe('success');
    expect(log).toContain('hello from a home\n');
    expect(log).toContain('hidden\n');
    expect(log).not.toContain('planted secret');
  });

  test('takes tokens of the jobserver, and what it does not give back at its end is there for the next', async () => {
    const jobserver = new Jobserver({ tokens: 4 });
    const take = 'exec 8<>"$SLIPWAY_JOBSERVER"; timeout 600 head -c 3 <&8 >/dev/null && echo "took three"';
    for (const id of [1, 2]) bench.jobs.offer({ ...sketchJob({ id, script: [take] }), trust: 'protected' });
    await bench.startRunner({
      concurrency: 1,
      base: { PATH: '/usr/bin:/bin' },
      sandbox: { mode: 'always', hidden: [], readable: [] },
      jobserver,
    });
    for (const id of [1, 2]) {
      expect(await bench.jobs.finished(id)).toMatchObject({ state: 'success' });
      expect(bench.jobs.log(id)).toContain('took three\n');
    }
  });

  test('learns that the sandbox does not show a program which was not found', async () => {
    const { log } = await run({ script: ['/home/ada/tools/bin/greet'] });
    expect(log).toContain('hint: The sandbox does not show `/home/ada/tools/bin/greet`. It shows the system');
  });

  test('reads its variables of the type file', async () => {
    const variables = [{ key: 'KEY_FILE', value: 'content of the file\n', file: true }];
    const { log } = await run({ script: ['cat "$KEY_FILE"'], variables });
    expect(log).toContain('content of the file\n');
  });

  test('gets no such hint where the program is nowhere', async () => {
    const { log } = await run({ script: ['no-such-program'] });
    expect(log).toContain('exit code 127');
    expect(log).not.toContain('hint:');
  });

  test('reads what is prepared for it once it has its sources, and cannot write there', async () => {
    const prepared = join(bench.folder, 'prepared');
    mkdirSync(prepared);
    writeFileSync(join(prepared, 'index'), 'made by the operator\n');
    const script = ['cat "$PREPARED/index"', '! touch "$PREPARED/index"', '! touch "$PREPARED/new"'];
    const asked: string[] = [];
    const { log, state } = await run(
      { script },
      {
        prepare: async ({ job, print }) => {
          asked.push(job.job_info.name);
          print('Preparing');
          return { readable: [prepared], variables: { PREPARED: prepared } };
        },
      },
    );
    expect(state).toBe('success');
    expect(log).toMatch(/Preparing\n[^]*made by the operator\n/);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['protected', true],
    ['pull-request', false],
    ['untrusted', false],
  ] as const)('of trust `%s` shares a cache with others of its trust: %s', async (trust, isShared) => {
    const cache = join(bench.folder, 'cache');
    mkdirSync(cache);
    const script = ['mkdir -p "$SLIPWAY_CACHE" && touch "$SLIPWAY_CACHE/kept"', `touch ${cache}/direct || true`];
    expect((await run({ script, trust }, { caches: [cache] })).state).toBe('success');
    expect(existsSync(join(cache, 'kept'))).toBe(isShared);
    expect(existsSync(join(cache, 'direct'))).toBe(isShared);
  });
});
