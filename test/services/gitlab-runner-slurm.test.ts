import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { programEntry } from '../../src/kit/package-root.ts';
import { writeLauncher } from '../../src/executor/launcher.ts';
import { actOnPipeline } from '../../src/coordinator/index.ts';
import { FleetRunner } from '../support/fleet-runner.ts';
import { findPart } from '../support/part.ts';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';
import { SlurmCluster, type SlurmPrograms } from '../support/slurm-cluster.ts';
import { smallStack } from '../support/small-stack.ts';

const [program, munged, slurmctld, slurmd, sbatch] = ['gitlab-runner', 'munged', 'slurmctld', 'slurmd', 'sbatch'].map(
  (name) => findPart(name),
);
const isMissing = [program, munged, slurmctld, slurmd, sbatch].includes(undefined);
const TOKEN = 'glrt-a-cluster-0123456789';
const PATIENCE = { timeout: 60_000, interval: 200 };
const SUBMITTED = /Submitted job \d+ of Slurm/;

/** Writes the `config.toml` of a runner whose custom executor is the driver, and the settings of the driver. */
async function configure(stack: ServedStack, { runner, slurmConf }: { runner: FleetRunner; slurmConf: string }) {
  const at = (name: string) => join(stack.folder, name);
  const bin = await writeLauncher(at('bin'), { entry: programEntry(), cache: at('cache') });
  await writeFile(at('slurm.yaml'), JSON.stringify({ folder: at('shared'), memory: '500M', poll: 0.2 }));
  const driver = `#!/bin/sh\nexport SLURM_CONF='${slurmConf}' PATH='${bin}':"$PATH"\nexec '${bin}/slipway' slurm "$@"\n`;
  await writeFile(at('driver'), driver, { mode: 0o755 });
  // The scripts for artifacts call it by this name.
  await symlink(program as string, join(bin, 'gitlab-runner'));
  const stages = ['config', 'prepare', 'run', 'cleanup'].map(
    (name) =>
      `    ${name}_exec = "${at('driver')}"\n    ${name}_args = ["${name}", "--config", "${at('slurm.yaml')}"]\n`,
  );
  const environment = `environment = ["PATH=${bin}:${process.env.PATH}"]`;
  const runners = `[[runners]]\n  url = "${stack.server.url}"\n  token = "${TOKEN}"\n  executor = "custom"\n  ${environment}\n`;
  await mkdir(at('fleet'), { recursive: true });
  const text = `concurrent = 1\ncheck_interval = 1\n${runners}  [runners.custom]\n${stages.join('')}`;
  await writeFile(runner.config, text);
}

describe.skipIf(isMissing)(
  'an unmodified gitlab-runner whose custom executor is slipway slurm, on a real Slurm',
  () => {
    let stack: ServedStack;
    let cluster: SlurmCluster;
    let runner: FleetRunner;

    beforeAll(async () => {
      const runners = [{ name: 'cluster', token: { env: 'CLUSTER_TOKEN' } }];
      stack = await serveStack({ server: { runners }, env: { CLUSTER_TOKEN: TOKEN } });
      cluster = await SlurmCluster.start(join(stack.folder, 'cluster'), { munged, slurmctld, slurmd } as SlurmPrograms);
      const folder = join(stack.folder, 'fleet');
      runner = new FleetRunner({ program: program as string, folder, bin: join(stack.folder, 'bin') });
      await configure(stack, { runner, slurmConf: cluster.config });
      await runner.start();
    });
    afterAll(async () => {
      await runner?.stop('SIGKILL');
      await cluster?.close();
      await stack?.close();
    });

    /** Waits until the log of a job has a line. */
    const seen = (sha: string, job: string, line: string) =>
      vi.waitFor(async () => expect((await stack.jobs(sha)).get(job)?.log).toContain(`\n${line}`), PATIENCE);

    test('builds a stack of recipes, each script on a node', async () => {
      const built = await stack.push('main', smallStack);
      expect(await stack.finalStatus(built)).toMatchObject({ state: 'success' });
      const jobs = await stack.jobs(built);
      expect([...jobs.keys()].toSorted()).toEqual(
        expect.arrayContaining(['generate', 'leaf@1.0', 'other@1.0', 'tool@1.0']),
      );
      // The job that starts the child pipeline runs on the server.
      const logs = [...jobs.values()].map(({ log }) => log).filter((log) => log !== '');
      expect(logs.length).toBeGreaterThan(3);
      for (const log of logs) expect(log).toMatch(SUBMITTED);
      await vi.waitFor(async () => expect(await readdir(join(stack.folder, 'shared', 'jobs'))).toEqual([]), PATIENCE);
    });

    test('gives a job the memory and CPUs that its variables request, and its exit status to the server', async () => {
      const variables = '{ KUBERNETES_MEMORY_REQUEST: 1Gi, KUBERNETES_CPU_REQUEST: 1500m }';
      const script = '[echo "got $SLURM_MEM_PER_NODE and $SLURM_CPUS_PER_TASK", exit 7]';
      const sha = await stack.push('main', {
        '.gitlab-ci.yml': `job: { variables: ${variables}, script: ${script} }\n`,
      });
      expect(await stack.finalStatus(sha)).toMatchObject({ state: 'failure' });
      expect((await stack.jobs(sha)).get('job')?.log).toContain('\ngot 1024 and 2\n');
      const { pipelines } = stack.server.coordinator.context;
      const [run] = pipelines.runs(pipelines.list({ stack: stackName }).find((one) => one.head === sha)?.id ?? '');
      expect(run).toMatchObject({ status: 'failed', exitCode: 7, failureReason: 'script_failure' });
    });

    test('ends a canceled job on Slurm, and runs its after_script', async () => {
      const job = '{ script: [echo begun, sleep 600], after_script: [echo "after $CI_JOB_STATUS"] }';
      const sha = await stack.push('main', { '.gitlab-ci.yml': `long: ${job}\n` });
      const ended = stack.finalStatus(sha);
      await seen(sha, 'long', 'begun');
      const { pipelines } = stack.server.coordinator.context;
      const pipeline = pipelines.list({ stack: stackName }).find((one) => one.head === sha)?.id ?? '';
      actOnPipeline(stack.server.coordinator, pipeline, 'cancel');
      expect(await ended).toMatchObject({ state: 'error' });
      await seen(sha, 'long', 'after canceled');
      await vi.waitFor(async () => expect((await cluster.jobs()).join()).not.toMatch(/RUNNING|PENDING/), PATIENCE);
      expect((await cluster.jobs()).join()).toContain('CANCELLED');
    });

    test('retries a job whose node has failed, once the node is back', async () => {
      const script = `[echo begun, "[ -e ${stack.folder}/back ] || sleep 600"]`;
      const job = `{ script: ${script}, retry: { max: 1, when: runner_system_failure } }`;
      const sha = await stack.push('main', { '.gitlab-ci.yml': `job: ${job}\n` });
      const ended = stack.finalStatus(sha);
      await seen(sha, 'job', 'begun');
      await cluster.failNode();
      await writeFile(join(stack.folder, 'back'), '');
      await seen(sha, 'job', 'error: The job');
      await cluster.startNode();
      expect(await ended).toMatchObject({ state: 'success' });
      const { pipelines } = stack.server.coordinator.context;
      const runs = pipelines.runs(pipelines.list({ stack: stackName }).find((one) => one.head === sha)?.id ?? '');
      expect(runs.map(({ status, failureReason }) => `${status} ${failureReason}`)).toEqual([
        'failed runner_system_failure',
        'success undefined',
      ]);
    });
  },
);
