import { mkdtemp, readdir, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CustomStages } from '../support/custom-stages.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { SlurmCluster, type SlurmPrograms } from '../support/slurm-cluster.ts';

const [munged, slurmctld, slurmd, sbatch] = ['munged', 'slurmctld', 'slurmd', 'sbatch'].map((name) => findPart(name));
const PATIENCE = { timeout: 180_000, interval: 200 };
const isMissing = [munged, slurmctld, slurmd, sbatch].includes(undefined);

describe.skipIf(isMissing)('slipway slurm, driven as gitlab-runner drives it, on a real Slurm', () => {
  let folder: string;
  let cluster: SlurmCluster;
  let number = 0;

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-slurm-')));
    cluster = await SlurmCluster.start(join(folder, 'cluster'), { munged, slurmctld, slurmd } as SlurmPrograms);
    const settings = {
      folder: join(folder, 'shared'),
      partition: 'build',
      partitions: ['debug'],
      memory: '100M',
      maximum: { cpus: 3, memory: '4G' },
      sizes: { large: { cpus: 2, memory: '1G' } },
      poll: 0.1,
    };
    await writeFile(join(folder, 'slurm.yaml'), JSON.stringify(settings));
  });
  afterAll(async () => {
    await cluster?.close();
    await removeFolder(folder);
  });

  const jobWith = (variables: Readonly<Record<string, string>> = {}) =>
    CustomStages.create(
      { folder, config: join(folder, 'slurm.yaml'), slurmConf: cluster.config },
      { id: (number += 1), variables },
    );

  test('runs the scripts of a job on a node, and all else beside the runner', async () => {
    const job = await jobWith();
    const config = await job.call(['config']);
    expect(JSON.parse(config.stdout)).toMatchObject({ builds_dir: join(folder, 'shared', 'builds') });
    expect(await job.call(['prepare'])).toMatchObject({ status: 0 });
    const where = 'echo "on <$SLURM_JOB_ID> in <$SLURM_JOB_PARTITION>, <$CUSTOM_ENV_SECRET>"';
    const fetched = await job.run(where, { stage: 'get_sources' });
    expect(fetched).toMatchObject({ status: 0, stdout: 'on <> in <>, <>\n' });
    const built = await job.run(`${where}; echo to stderr >&2`);
    expect(built).toMatchObject({ status: 0, exitCode: '0' });
    expect(built.stdout).toMatch(/^on <\d+> in <build>, <>\nto stderr\n$/);
    expect(await job.call(['cleanup'])).toMatchObject({ status: 0 });
    expect(await readdir(join(folder, 'shared', 'jobs'))).toEqual([]);
  });

  test('passes on the exit status of a script, and shows its log while it runs', async () => {
    const job = await jobWith();
    await job.call(['prepare']);
    const failed = await job.run('echo begun; exit 7');
    expect(failed).toMatchObject({ status: 1, exitCode: '7', stdout: 'begun\n' });
    await job.call(['cleanup']);
  });

  test('requests what the variables of the job name, up to the maximum, and nothing that a script names', async () => {
    const variables = {
      KUBERNETES_CPU_REQUEST: '64',
      KUBERNETES_MEMORY_REQUEST: '2Gi',
      SLURM_PARTITION: 'debug',
      SBATCH_ACCOUNT: 'others',
      SCHEDULER_PARAMETERS: '--nodelist=others',
    };
    const job = await jobWith(variables);
    const prepared = await job.call(['prepare']);
    expect(prepared.stderr).toContain('KUBERNETES_CPU_REQUEST requests more than the 3 that this runner allows.');
    const script = '#SBATCH --mem=7000M\necho "$SLURM_CPUS_PER_TASK $SLURM_MEM_PER_NODE $SLURM_JOB_PARTITION"';
    expect((await job.run(script)).stdout).toBe('3 2048 debug\n');
    await job.call(['cleanup']);
    const large = await jobWith({ CI_JOB_SIZE: 'large' });
    expect((await large.run(script)).stdout).toBe('2 1024 build\n');
    await large.call(['cleanup']);
  });

  test('fails a job that requests what is not offered', async () => {
    const job = await jobWith({ SLURM_PARTITION: 'root --uid=0' });
    const refused = await job.call(['prepare']);
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stderr).toContain('Choose one of `build`, `debug`');
  });

  test('cancels the job at SIGTERM, and what another process left in the queue at its cleanup', async () => {
    const job = await jobWith();
    const canceled = await job.run('echo begun; sleep 600', { until: 'begun' });
    expect(canceled).toMatchObject({ status: 1, exitCode: undefined });
    await expect.poll(async () => (await cluster.jobs()).join()).not.toMatch(/RUNNING|PENDING/);
    await job.call(['cleanup']);
    const left = await jobWith();
    await left.call(['prepare']);
    const [entry] = await readdir(join(folder, 'shared', 'jobs'));
    await cluster.command('sbatch', `--job-name=${entry}`, '--output=/dev/null', '--wrap=sleep 600');
    await left.call(['cleanup']);
    await vi.waitFor(async () => expect(await cluster.jobs()).toContain(`${entry} build CANCELLED`), PATIENCE);
  });

  test('goes on while the controller restarts', async () => {
    const job = await jobWith();
    const go = join(folder, 'go');
    const running = job.run(`echo begun; until [ -e ${go} ]; do sleep 0.1; done; echo done`);
    await vi.waitFor(async () => expect((await cluster.jobs()).join()).toContain('RUNNING'), PATIENCE);
    await cluster.stopController();
    await writeFile(go, '');
    expect(await running).toMatchObject({ status: 0, stdout: 'begun\ndone\n' });
    const waiting = job.run('echo after', { stage: 'after_script' });
    await cluster.startController();
    expect(await waiting).toMatchObject({ status: 0, stdout: 'after\n' });
    await job.call(['cleanup']);
  });

  test('reports a system failure when the node fails', async () => {
    const job = await jobWith();
    const running = job.run('echo begun; sleep 600');
    await vi.waitFor(async () => expect((await cluster.jobs()).join()).toContain('RUNNING'), PATIENCE);
    await cluster.failNode();
    const lost = await running;
    expect(lost).toMatchObject({ status: 2, exitCode: undefined });
    expect(lost.stderr).toContain('NODE_FAIL');
    await cluster.startNode();
    expect(await job.run('echo again')).toMatchObject({ status: 0, stdout: 'again\n' });
    await job.call(['cleanup']);
  });
});
