import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { findRuntime } from '../../src/executor/index.ts';
import { Jobserver } from '../../src/executor/jobserver/jobserver.ts';
import { defaultLimits } from '../../src/executor/limits/limit-guard.ts';
import { ContainerShell } from '../../src/executor/shells/container-shell.ts';
import type { ScriptUsage } from '../../src/executor/shells/job-shell.ts';
import { sketchJob } from '../support/memory-job-service.ts';
import { IMAGE, podmanLab, type PodmanLab } from '../support/podman-lab.ts';

const lab = podmanLab(process.getuid?.() === 0 ? 'root' : 'nobody');
afterAll(() => lab?.close());

/** Uses 200 MB and a second of processor time. */
const HOG = `perl -e '$x = "a" x (200_000_000 + $$ % 2); 1 while (times)[0] < 1'`;

let folder: string;
beforeEach(() => {
  if (lab !== undefined) folder = mkdtempSync(join(lab.folder, 'usage-'));
});

interface Trial {
  readonly memory?: number;
  readonly cores?: number;
  readonly user?: string;
  readonly tokens?: string;
}

/** Runs one script in a container. */
async function run(command: string, { memory, cores, user, tokens }: Trial = {}) {
  const { env } = lab as PodmanLab;
  const { runtime } = await findRuntime(env, ['podman']);
  if (runtime === undefined) throw new Error('podman was there before');
  const project = join(folder, 'project');
  mkdirSync(project);
  const image = { name: IMAGE, ...(user !== undefined && { executor_opts: { docker: { user } } }) };
  const shell = new ContainerShell({
    job: { ...sketchJob({ id: 1, script: [] }), image, services: [] },
    settings: {
      runtime,
      env,
      readable: [],
      writable: [],
      pullPolicies: ['never'],
      hasUserCredentials: false,
      limits: { ...defaultLimits, ...(memory !== undefined && { memory }), ...(cores !== undefined && { cores }) },
      network: 'host',
    },
    marker: 'ee000000000000001',
    project,
    parent: folder,
    folder,
    isColoured: false,
    grace: 500,
    ...(tokens !== undefined && { tokens }),
  });
  let output = '';
  let usage: ScriptUsage | undefined;
  const onOutput = (bytes: Buffer) => void (output += bytes.toString());
  const { signal } = new AbortController();
  const script = { commands: [command], isShown: false, environment: { HOME: '/tmp' }, onOutput, signal };
  const code = await shell.run({ ...script, onUsage: (used) => (usage = used) }).finally(() => shell.close());
  return { code, output, usage };
}

describe.skipIf(lab === undefined)('a job in a container', () => {
  test('is measured: memory at its peak, and processor time', async () => {
    const { code, usage, output } = await run(HOG);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(usage?.memory).toBeGreaterThan(200_000_000);
    expect(usage?.memory).toBeLessThan(300_000_000);
    expect(usage?.cpuSeconds).toBeGreaterThan(0.9);
  });

  test('is ended at its limit of memory, with a line in its log', async () => {
    const { code, usage, output } = await run(HOG, { memory: 100_000_000 });
    expect(code, output).not.toBe(0);
    expect(output).toContain('The job was ended at its limit of 100 MB of memory: it used ');
    expect(usage).toMatchObject({ outOfMemory: true });
  });

  test('has no more processor time than its limit of cores', async () => {
    const { output } = await run('cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us || :', { cores: 0.5 });
    expect(output).toMatch(/^50000\b/m);
  });

  test.each(['0', '1234'])('takes tokens of the jobserver as the user %s', async (user) => {
    const tokens = join(folder, 'tokens/pipe');
    mkdirSync(dirname(tokens), { mode: 0o700 });
    execFileSync('mkfifo', ['-m', '600', tokens]);
    const leave = new Jobserver({ tokens: 3 }).join('trusted', tokens);
    try {
      const script = 'exec 8<>"$SLIPWAY_JOBSERVER"; IFS= read -r -n 2 -u 8 taken; echo "took $taken"';
      const { code, output } = await run(script, { user, tokens });
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(output).toContain('took ++');
    } finally {
      leave();
    }
  });
});
