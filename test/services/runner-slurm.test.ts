import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programEntry } from '../../src/kit/package-root.ts';
import { stackName } from '../support/served-stack.ts';
import { runnerOnSlurm, type SlurmPlace } from '../support/slurm-contract.ts';

let child: ChildProcess;

async function launch({ stack, cluster, token }: SlurmPlace): Promise<void> {
  const at = (name: string) => join(stack.folder, name);
  await writeFile(at('token'), `${token}\n`, { mode: 0o600 });
  const words = ['--url', stack.server.url, '--token-file', at('token'), '--slurm', at('slurm.yaml')];
  const env = { PATH: process.env.PATH, HOME: stack.folder, SLURM_CONF: cluster.config };
  child = spawn(process.execPath, [programEntry(), 'runner', 'run', ...words], {
    cwd: stack.folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
}

async function kill(): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

runnerOnSlurm('slipway runner run --slurm', {
  start: async (place) => {
    await launch(place);
    return { stop: kill, jobs: join(place.stack.folder, 'shared', 'runner', 'slurm') };
  },
  more: (lab) => {
    test('ends on Slurm what a killed runner has left, when it starts again', async () => {
      const { stack, cluster, seen } = lab();
      const sha = await stack.push('main', { '.gitlab-ci.yml': 'left: { script: [echo begun, sleep 600] }\n' });
      stack.server.wake(stackName);
      await seen(sha, 'left', 'begun');
      await kill();
      expect((await cluster.jobs()).join()).toContain('RUNNING');
      await launch(lab());
      expect((await cluster.jobs()).join()).not.toMatch(/RUNNING|PENDING/);
      const next = await stack.push('main', { '.gitlab-ci.yml': 'next: { script: [echo next] }\n' });
      expect(await stack.finalStatus(next)).toMatchObject({ state: 'success' });
    });
  },
});
