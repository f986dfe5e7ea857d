import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { makeSlotPipes, Slot } from '../shells/slot.ts';
import { SandboxedShell } from '../shells/sandboxed-shell.ts';
import { identifyProcess, systemWait, usageOf } from '../../kit/index.ts';
import { tryMechanism } from '../sandbox/find-sandbox.ts';
import { findControlGroups, JobGroups, type ControlGroups } from './control-groups.ts';
import { DiskUsage } from './disk-usage.ts';
import { describeReached, type JobLimits } from './job-limits.ts';
import { defaultLimits, LimitGuard } from './limit-guard.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-limits-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script below the guard, in a shell of its own. */
async function guarded(script: string, limits: Partial<JobLimits>, groups: ControlGroups) {
  const { code, message, output } = await measured(script, { limits, groups });
  return { code, message, output };
}

interface Measured {
  readonly limits?: Partial<JobLimits>;
  readonly groups: ControlGroups;
  /** Called after each look with the most memory that was seen. */
  readonly onLook?: (memory: number) => void;
}

async function measured(script: string, { limits = {}, groups, onLook = () => undefined }: Measured) {
  const slots = join(folder, 'slots');
  mkdirSync(slots);
  await makeSlotPipes(slots, [0]);
  const shell = { program: '/bin/bash', name: 'bash' } as const;
  const slot = new Slot(0, { folder: slots, shell, within: [], marker: 'aa', wait: systemWait, grace: 500 });
  slot.start({ PATH: '/usr/bin:/bin' });
  const all = { ...defaultLimits, ...limits };
  const name = `test-${process.pid}`;
  const wait: typeof systemWait = (...words) => {
    onLook(guard.usage.memory ?? 0);
    return systemWait(...words);
  };
  const guard = new LimitGuard({ name, limits: all, folder, group: () => slot.group, wait }, groups);
  slot.script.write(`${guard.entering}; ${script}`);
  let output = '';
  const run = {
    marker: 'aa1',
    onOutput: (bytes: Buffer) => (output += bytes.toString()),
    signal: new AbortController().signal,
  };
  const result = await guard.run(() => slot.run(run));
  await slot.close();
  return { ...result, output, usage: guard.usage };
}

const HOG = `exec perl -e '$x = "x" x 300_000_000; sleep 600'`;
const MANY = `exec perl -e 'for (1 .. 60) { my $p = fork; die "$!\\n" unless defined $p; last unless $p } sleep 600'`;
const groups = findControlGroups();
const hasGroups = groups.memory !== undefined && groups.processes !== undefined;
if (!hasGroups) process.stderr.write('skipped: control groups; this process cannot make any\n');

describe('a job that looks are taken at', () => {
  test('is ended when its processes have more memory than they may', async () => {
    const { code, message } = await guarded(HOG, { memory: 100_000_000 }, {});
    expect(code).toBe(137);
    expect(message).toMatch(
      /^error: The job was ended at its limit of 100 MB of memory: it used \d+ MB\. \[RUNNER_MEMORY_EXCEEDED\]\nhint: Raise `limits.memory`/,
    );
  });

  test('is ended when it has more processes than it may', async () => {
    const { code, message } = await guarded(MANY, { processes: 50 }, {});
    expect(code).toBe(137);
    expect(message).toMatch(/limit of 50 of processes and threads: it used \d\d\./);
  });

  test('is left alone below its limits', async () => {
    expect(await guarded('sleep 1.5; echo done', {}, {})).toEqual({ code: 0, output: 'done\n' });
  });

  test('has the largest of the samples as its peak of memory', async () => {
    const seen = join(folder, 'seen');
    const script = `exec perl -e '{ my $x = "x" x 200_000_000; select undef, undef, undef, 0.1 until -e "${seen}" }'`;
    const onLook = (memory: number) => memory > 150_000_000 && writeFileSync(seen, '');
    const { usage } = await measured(script, { groups: {}, onLook });
    expect(usage.method).toBe('sampled');
    expect(usage.memory).toBeGreaterThan(150_000_000);
    expect(usage.memory).toBeLessThan(500_000_000);
  });
});

describe.skipIf(!hasGroups)('a job in control groups', () => {
  test('is ended by the kernel when it needs more memory than it may have', async () => {
    const { code, message } = await guarded(HOG, { memory: 100_000_000 }, groups);
    expect(code).toBe(137);
    expect(message).toContain('ended at its limit of 100 MB of memory: it used 100 MB.');
  });

  test('has a peak of memory even if it is over at once, and the cache of files is no part of it', async () => {
    const script = `dd if=/dev/zero of=${folder}/file bs=1M count=300 2>/dev/null; exec perl -e '$x = "x" x 200_000_000'`;
    const { usage } = await measured(script, { groups });
    expect(usage.method).toBe('cgroup');
    expect(usage.memory).toBeGreaterThan(100_000_000);
    expect(usage.memory).toBeLessThan(450_000_000);
  });

  test('cannot start more processes than it may', async () => {
    const { code, message, output } = await guarded(MANY, { processes: 50 }, groups);
    expect(code).not.toBe(0);
    expect(output).toContain('Resource temporarily unavailable');
    expect(message).toContain('limit of 50 of processes and threads');
  });
});

test('open files are limited, and a job cannot raise that', async () => {
  const script = 'ulimit -Hn; ulimit -n 300 2>/dev/null || echo refused';
  const { output } = await guarded(`exec setpriv --bounding-set=-all bash -c '${script}'`, { openFiles: 200 }, {});
  expect(output).toBe('200\nrefused\n');
});

test('what a folder has on the disk is read only when it may be too much', async () => {
  const disk = new DiskUsage(folder, 10_000_000);
  expect(await disk.excess()).toBeUndefined();
  writeFileSync(join(folder, 'large'), Buffer.alloc(30_000_000, 1), { flush: true });
  await expect.poll(() => disk.excess()).toBeGreaterThanOrEqual(30_000_000);
});

test('what a process and its children use is summed up', () => {
  const { memory, processes } = usageOf(process.pid);
  expect(memory).toBeGreaterThan(10_000_000);
  expect(processes).toBeGreaterThan(4);
});

test('in a delegated group of version 2 the server moves aside, and jobs have groups with limits', () => {
  const service = join(folder, 'slipway.service');
  mkdirSync(service);
  writeFileSync(join(service, 'cgroup.controllers'), 'cpu memory pids\n');
  writeFileSync(join(service, 'cgroup.procs'), '41\n42\n');
  const mounts = `30 23 0:26 / ${folder} rw,nosuid - cgroup2 cgroup2 rw\n`;
  const found = findControlGroups({ mounts, groups: '0::/slipway.service\n' });
  expect(found.memory).toEqual({ version: 2, folder: service });
  expect(readFileSync(join(service, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids');
  const job = new JobGroups(found, 'one', { ...defaultLimits, memory: 1000, processes: 7 });
  const own = join(service, readdirSync(service).find((name) => name.endsWith('-one')) ?? '');
  const read = (name: string) => readFileSync(join(own, name), 'utf8');
  expect([read('memory.max'), read('memory.oom.group'), read('pids.max')]).toEqual(['1000', '1', '7']);
  expect(job.entering).toBe(`echo 0 >'${own}/cgroup.procs' || exit 125`);
  expect(job.reached).toBeUndefined();
  writeFileSync(join(own, 'memory.events'), 'oom 1\noom_kill 2\n');
  writeFileSync(join(own, 'memory.peak'), '998\n');
  expect(job.reached).toEqual({ name: 'memory', used: 998 });
  expect(findControlGroups({ mounts, groups: '0::/user.slice/session-1.scope\n' })).toEqual({});
});

test.skipIf(!hasGroups)('groups that a killed server left are removed, and those of other servers are not', () => {
  const { folder: parent = '' } = groups.memory ?? {};
  const other = spawn('sleep', ['600']);
  const { startTime = '' } = identifyProcess(other.pid ?? 0) ?? {};
  const [running, left] = [startTime, String(Number(startTime) - 1)].map((time) =>
    join(parent, `slipway-job-${other.pid}-${time}-aa-1`),
  ) as [string, string];
  for (const path of [running, left]) mkdirSync(path);
  try {
    findControlGroups();
    expect([running, left].map((path) => existsSync(path))).toEqual([true, false]);
  } finally {
    other.kill();
    rmdirSync(running);
  }
});

test('the line for the log names limit, use and setting', () => {
  const limits = { ...defaultLimits, disk: 2_000_000_000 };
  expect(describeReached({ name: 'disk', used: 2_345_678_901 }, limits)).toBe(
    'error: The job was ended at its limit of 2 GB of disk: it used 2.35 GB. [RUNNER_DISK_EXCEEDED]\n' +
      "hint: Raise `limits.disk` of the runner in the server's configuration, or let the job use less.",
  );
});

const mechanism = await tryMechanism('bwrap');
test.skipIf(typeof mechanism === 'string')('a job in a sandbox is ended with a line in its log', async () => {
  if (typeof mechanism === 'string') return;
  const [slots, job] = [join(folder, 'slots'), join(folder, 'job')];
  for (const path of [slots, ...['project', 'home', 'tmp'].map((name) => join(job, name))])
    mkdirSync(path, { recursive: true });
  await makeSlotPipes(slots, [0]);
  const shell = { program: '/bin/bash', name: 'bash' } as const;
  const slot = new Slot(0, { folder: slots, shell, within: [], marker: 'bb', wait: systemWait, grace: 500 });
  slot.start({ PATH: '/usr/bin:/bin' });
  const limits = { ...defaultLimits, memory: 100_000_000 };
  const sandboxed = new SandboxedShell(
    { slot, marker: 'bb1', project: join(job, 'project'), isColoured: false },
    {
      job: sketchJob({ id: 1, script: [] }),
      folder: job,
      sandbox: { mode: 'always', mechanism, hidden: [], readable: [], limits },
    },
  );
  let output = '';
  const code = await sandboxed.run({
    commands: [HOG],
    isShown: false,
    environment: { PATH: '/usr/bin:/bin' },
    onOutput: (bytes) => (output += bytes.toString()),
    signal: new AbortController().signal,
  });
  await slot.close();
  expect(code).toBe(137);
  expect(output).toContain('The job was ended at its limit of 100 MB of memory: it used ');
});
