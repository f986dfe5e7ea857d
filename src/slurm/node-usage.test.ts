import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JobFolder } from './job-folder.ts';

const JOB = '987654321';
/** Ends when a sample has seen 60 MB, and uses processor time until then. */
const LARGE = `bash -c 'x=$(head -c 60000000 /dev/zero | tr "\\0" x)
until [ "$(cat sampled 2>/dev/null || echo 0)" -gt 55000 ]; do :; done'`;

describe('the measures of a script on a node', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'slipway-node-'));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  /** Runs a script as a node does, in a group of its own where one is given. */
  async function runOnNode(script: string, { shell = 'sh', groups = [] as readonly string[] } = {}) {
    const folder = await JobFolder.create(parent, { name: 'script', script, isMeasured: true });
    const entering = groups.map((group) => `echo 0 >'${group}/cgroup.procs'`);
    const text = [...entering, `exec ${shell} ./job.sh`].join('\n');
    const env = { PATH: process.env.PATH, SLURM_JOB_ID: JOB };
    const { status, stderr } = spawnSync('sh', ['-c', text], { cwd: folder.path, env, encoding: 'utf8' });
    return { status, stderr, folder, usage: await folder.usage() };
  }

  test.each(['sh', 'bash'])('are sampled where the job has no control group, by %s', async (shell) => {
    const { status, stderr, usage } = await runOnNode(`${LARGE}; exit 3`, { shell });
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect(usage.method).toBe('sampled');
    expect(usage.memory).toBeGreaterThan(55_000 * 1024);
    expect(usage.memory).toBeLessThan(300_000 * 1024);
    expect(usage.cpuSeconds).toBeGreaterThan(0);
    expect(usage.seconds).toBeGreaterThanOrEqual(0);
    expect(usage.outOfMemory).toBeUndefined();
  });

  test('are those of the kernel where Slurm made a group for the job, with a kill for lack of memory', async (context) => {
    const group = ownGroup();
    if (group === undefined) return context.skip('this process cannot make groups of version 1');
    const job = join(group, `job_${JOB}`);
    const step = join(job, 'step_batch');
    mkdirSync(step, { recursive: true });
    try {
      writeFileSync(join(step, 'memory.limit_in_bytes'), '100000000');
      const { usage, folder } = await runOnNode(`perl -e '$x = "x"; $x x= 40_000_000'`, { groups: [step] });
      expect(usage).toMatchObject({ method: 'cgroup' });
      expect(usage.memory).toBeGreaterThan(30_000_000);
      expect(usage.outOfMemory).toBeUndefined();
      expect(existsSync(join(folder.path, 'sampled'))).toBe(false);
      const killed = await runOnNode(`perl -e '$x = "x"; $x x= 200_000_000'`, { groups: [step] });
      expect(killed).toMatchObject({ status: 137, usage: { method: 'cgroup', outOfMemory: true } });
    } finally {
      for (const folder of [step, job, group]) rmdirSync(folder);
    }
  });

  test('are left out where the node wrote what is no amount', async () => {
    const { folder } = await runOnNode('true');
    writeFileSync(join(folder.path, 'sampled'), 'much');
    writeFileSync(join(folder.path, 'times'), '');
    expect(await folder.usage()).toEqual({ seconds: expect.any(Number), cpuSeconds: 0 });
    writeFileSync(join(folder.path, 'groups/memory.peak'), '-5\n');
    writeFileSync(join(folder.path, 'groups/cpu.stat'), 'usage_usec 2500000\n');
    expect(await folder.usage()).toMatchObject({ cpuSeconds: 2.5 });
  });
});

/** Makes a group below that of this process; undefined where it may not, or where the kernel has version 2 alone. */
function ownGroup(): string | undefined {
  const path = /^\d+:memory:(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  if (path === undefined) return undefined;
  const folder = join('/sys/fs/cgroup/memory', path, `slipway-test-${process.pid}`);
  try {
    mkdirSync(folder);
    return folder;
  } catch {
    return undefined;
  }
}
