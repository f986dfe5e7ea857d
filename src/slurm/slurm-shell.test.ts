import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ScriptUsage } from '../executor/index.ts';
import { systemWait } from '../kit/index.ts';
import { Cluster } from './cluster.ts';
import { SlurmSettings } from './settings.ts';
import { SlurmShell } from './slurm-shell.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-shell-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a script where the commands of Slurm are these texts, and returns what it used. */
async function usageOf(script: string, commands: Readonly<Record<'sbatch' | 'squeue', string>>) {
  for (const [name, text] of Object.entries(commands)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(folder, name), 0o755);
  }
  const project = join(folder, 'project');
  await mkdir(project);
  const shell = new SlurmShell({
    cluster: new Cluster({ PATH: `${folder}:${process.env.PATH}` }),
    settings: SlurmSettings.parse({ folder, memory: '500M', poll: 0.005 }),
    name: 'job',
    folder: join(folder, 'job'),
    project,
    path: undefined,
    timeout: 3600,
    wait: systemWait,
  });
  const used: ScriptUsage[] = [];
  const given = { commands: [script], isShown: false, environment: {}, signal: new AbortController().signal };
  const code = await shell.run({ ...given, onOutput: () => {}, onUsage: (usage) => used.push(usage) });
  return { code, used };
}

test('a script that has ended is reported with its time and its use', async () => {
  const sbatch = 'for script; do :; done; (cd "$(dirname "$script")" && sh "$script") & echo 5';
  const { code, used } = await usageOf('exit 4', { sbatch, squeue: "echo 'RUNNING|None'" });
  expect(code).toBe(4);
  expect(used).toEqual([expect.objectContaining({ seconds: expect.any(Number), cpuSeconds: expect.any(Number) })]);
  expect(used[0]?.outOfMemory).toBeUndefined();
});

test('a job that Slurm ends at its memory limit is reported with all of its memory, so that it gets more', async () => {
  const { code, used } = await usageOf('true', { sbatch: 'echo 5', squeue: "echo 'OUT_OF_MEMORY|OutOfMemory'" });
  expect(code).toBe(137);
  expect(used).toMatchObject([{ memory: 500 * 2 ** 20, outOfMemory: true }]);
});

test('a job that Slurm ends at its time limit does not count as one that ran out of memory', async () => {
  const { code, used } = await usageOf('true', { sbatch: 'echo 5', squeue: "echo 'TIMEOUT|TimeLimit'" });
  expect(code).toBe(1);
  expect(used[0]?.outOfMemory).toBeUndefined();
});
