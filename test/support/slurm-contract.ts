import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { actOnPipeline } from '../../src/coordinator/index.ts';
import type { JobRun } from '../../src/pipeline/index.ts';
import { findPart } from './part.ts';
import { serveStack, stackName, type ServedStack } from './served-stack.ts';
import { SlurmCluster, type SlurmPrograms } from './slurm-cluster.ts';
import { smallStack } from './small-stack.ts';

const [munged, slurmctld, slurmd, sbatch] = ['munged', 'slurmctld', 'slurmd', 'sbatch'].map((name) => findPart(name));
const isMissing = [munged, slurmctld, slurmd, sbatch].includes(undefined);
const PATIENCE = { timeout: 180_000, interval: 200 };
const SUBMITTED = /Submitted job \d+ of Slurm/;

/** A runner under test, whose jobs run on a cluster. */
export interface RunnerOnSlurm {
  /** What may stop the runner at any moment. */
  stop(): Promise<void>;
  /** Folder that is empty when no job runs. */
  readonly jobs: string;
}

export interface SlurmPlace {
  readonly stack: ServedStack;
  readonly cluster: SlurmCluster;
  /** Of the runner. */
  readonly token: string;
}

interface ContractParts {
  readonly start: (place: SlurmPlace) => Promise<RunnerOnSlurm>;
  /** Defines further tests of this runner. */
  readonly more?: (lab: () => SlurmLab) => void;
}

/** What tests of a runner on Slurm share. */
export interface SlurmLab extends SlurmPlace {
  /** Waits until the log of a job has a line. */
  readonly seen: (sha: string, job: string, line: string) => Promise<void>;
  /** All attempts at the jobs of a commit. */
  readonly runs: (sha: string) => readonly JobRun[];
  readonly pipeline: (sha: string) => string;
}

/** Whatever takes jobs and runs their scripts on a real Slurm behaves in these ways. */
export function runnerOnSlurm(name: string, { start, more }: ContractParts): void {
  describe.skipIf(isMissing)(`${name}, on a real Slurm`, () => {
    let lab: SlurmLab;
    let runner: RunnerOnSlurm;

    beforeAll(async () => {
      lab = await openLab();
      runner = await start(lab);
    });
    afterAll(async () => {
      await runner?.stop();
      await lab?.cluster.close();
      await lab?.stack.close();
    });

    test('builds a stack of recipes, each script on a node', async () => {
      const { stack } = lab;
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
      await vi.waitFor(async () => expect(await readdir(runner.jobs)).toEqual([]), PATIENCE);
    });

    test('gives a job the memory and CPUs that its variables request, and its exit status to the server', async () => {
      const { stack } = lab;
      const variables = '{ KUBERNETES_MEMORY_REQUEST: 1Gi, KUBERNETES_CPU_REQUEST: 1500m }';
      const script = '[echo "got $SLURM_MEM_PER_NODE and $SLURM_CPUS_PER_TASK", exit 7]';
      const sha = await stack.push('main', {
        '.gitlab-ci.yml': `job: { variables: ${variables}, script: ${script} }\n`,
      });
      expect(await stack.finalStatus(sha)).toMatchObject({ state: 'failure' });
      expect((await stack.jobs(sha)).get('job')?.log).toContain('\ngot 1024 and 2\n');
      expect(lab.runs(sha)[0]).toMatchObject({ status: 'failed', exitCode: 7, failureReason: 'script_failure' });
    });

    test('fails a job that requests what is not offered', async () => {
      const { stack } = lab;
      const job = '{ variables: { SLURM_PARTITION: secret }, script: [echo never] }';
      const sha = await stack.push('main', { '.gitlab-ci.yml': `job: ${job}\n` });
      expect(await stack.finalStatus(sha)).toMatchObject({ state: 'failure' });
      expect(lab.runs(sha)[0]).toMatchObject({ failureReason: 'script_failure' });
      expect((await stack.jobs(sha)).get('job')?.log).toContain('chooses `secret`');
    });

    test('ends a canceled job on Slurm, and runs its after_script', async () => {
      const { stack, cluster, seen } = lab;
      const job = '{ script: [echo begun, sleep 600], after_script: [echo "after $CI_JOB_STATUS"] }';
      const sha = await stack.push('main', { '.gitlab-ci.yml': `long: ${job}\n` });
      const ended = stack.finalStatus(sha);
      await seen(sha, 'long', 'begun');
      actOnPipeline(stack.server.coordinator, lab.pipeline(sha), 'cancel');
      expect(await ended).toMatchObject({ state: 'error' });
      await seen(sha, 'long', 'after canceled');
      await vi.waitFor(async () => expect((await cluster.jobs()).join()).not.toMatch(/RUNNING|PENDING/), PATIENCE);
      expect((await cluster.jobs()).join()).toContain('CANCELLED');
    });

    test('retries a job whose node has failed, once the node is back', async () => {
      const { stack, cluster, seen } = lab;
      const script = `[echo begun, "[ -e ${stack.folder}/back ] || sleep 600"]`;
      const job = `{ script: ${script}, retry: { max: 1, when: runner_system_failure } }`;
      const sha = await stack.push('main', { '.gitlab-ci.yml': `job: ${job}\n` });
      const ended = stack.finalStatus(sha);
      await seen(sha, 'job', 'begun');
      await cluster.failNode();
      await writeFile(join(stack.folder, 'back'), '');
      await vi.waitFor(() => expect(lab.runs(sha)[0]?.status).toBe('failed'), PATIENCE);
      await cluster.startNode();
      expect(await ended).toMatchObject({ state: 'success' });
      expect(lab.runs(sha).map(({ status, failureReason }) => `${status} ${failureReason}`)).toEqual([
        'failed runner_system_failure',
        'success undefined',
      ]);
    });

    more?.(() => lab);
  });
}

async function openLab(): Promise<SlurmLab> {
  const token = 'glrt-a-cluster-0123456789';
  const runners = [{ name: 'cluster', token: { env: 'CLUSTER_TOKEN' } }];
  const stack = await serveStack({ server: { runners }, env: { CLUSTER_TOKEN: token } });
  const cluster = await SlurmCluster.start(join(stack.folder, 'cluster'), {
    munged,
    slurmctld,
    slurmd,
  } as SlurmPrograms);
  await writeFile(
    join(stack.folder, 'slurm.yaml'),
    JSON.stringify({ folder: join(stack.folder, 'shared'), memory: '500M', poll: 0.2 }),
  );
  const { pipelines } = stack.server.coordinator.context;
  const pipeline = (sha: string) => pipelines.list({ stack: stackName }).find((one) => one.head === sha)?.id ?? '';
  return {
    stack,
    cluster,
    token,
    pipeline,
    runs: (sha) => pipelines.runs(pipeline(sha)),
    seen: (sha, job, line) =>
      vi.waitFor(async () => expect((await stack.jobs(sha)).get(job)?.log).toContain(`\n${line}`), PATIENCE),
  };
}
