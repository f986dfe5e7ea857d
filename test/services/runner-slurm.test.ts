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
    test('reports what a script used on its node, without its time in the queue', async () => {
      const { stack, runs } = lab();
      const large = 'x=$(head -c 60000000 /dev/zero | tr "\\0" x)';
      const sampled = 'until [ "$(cat /proc/$PPID/cwd/sampled 2>/dev/null || echo 0)" -gt 55000 ]; do :; done';
      const files = { '.gitlab-ci.yml': JSON.stringify({ measured: { script: [large, sampled] } }) };
      const sha = await stack.push('main', files);
      expect(await stack.finalStatus(sha)).toMatchObject({ state: 'success' });
      const phases = stack.server.coordinator.context.packages.phases('script');
      const used = phases.find((one) => one.package === 'measured');
      expect(used).toMatchObject({ method: 'sampled' });
      expect(used?.maxMemory).toBeGreaterThan(55_000 * 1024);
      expect(used?.cpuSeconds).toBeGreaterThan(0);
      const [{ startedAt = '', finishedAt = '' } = {}] = runs(sha);
      expect(used?.seconds).toBeLessThan((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
    });

    test('ends on Slurm what a killed runner has left, when it starts again', async () => {
      const { stack, cluster, seen } = lab();
      const sha = await stack.push('main', { '.gitlab-ci.yml': 'left: { script: [echo begun, sleep 600] }\n' });
      stack.server.wake(stackName);
      await seen(sha, 'left', 'begun');
      await kill();
      expect((await cluster.jobs()).join()).toContain('RUNNING');
      await launch(lab());
      await expect.poll(async () => (await cluster.jobs()).join()).not.toMatch(/RUNNING|PENDING/);
      const next = await stack.push('main', { '.gitlab-ci.yml': 'next: { script: [echo next] }\n' });
      expect(await stack.finalStatus(next)).toMatchObject({ state: 'success' });
    });
  },
});
