import { describe, expect, test } from 'vitest';
import { jobResources } from './resources.ts';
import { SlurmSettings } from './settings.ts';

const settings = SlurmSettings.parse({
  folder: '/shared',
  partition: 'build',
  partitions: ['debug'],
  constraints: ['gpu'],
  memory: '2G',
  sizes: { large: { cpus: 16, memory: '64G', partition: 'big' } },
  maximum: { cpus: 32, memory: '100G', minutes: 480 },
});
const of = (variables: Readonly<Record<string, string>>, timeout = 3600) =>
  jobResources({ variables, timeout }, settings);

describe('the resources of a job', () => {
  test('are the defaults where it requests none, and the time is its timeout up to the maximum', () => {
    expect(of({})).toMatchObject({ cpus: 1, memory: 2048, minutes: 60, nodes: 1, partition: 'build', warnings: [] });
    expect(of({}, 86_400)).toMatchObject({ minutes: 480, warnings: [] });
  });

  test('are those of Kubernetes where Spack names them, and of Slurm where both are named', () => {
    const spack = { KUBERNETES_CPU_REQUEST: '3500m', KUBERNETES_MEMORY_REQUEST: '16G', CI_JOB_SIZE: 'large' };
    expect(of(spack)).toMatchObject({ cpus: 4, memory: 15_259, partition: 'big' });
    expect(of({ ...spack, SLURM_CPUS_PER_TASK: '2', SLURM_MEM_PER_NODE: '500' })).toMatchObject({
      cpus: 2,
      memory: 500,
    });
  });

  test('come from the size that a tag of the runner names', () => {
    expect(of({ CI_RUNNER_TAGS: '["slurm", "large"]' })).toMatchObject({ cpus: 16, memory: 65_536 });
    expect(of({ CI_RUNNER_TAGS: 'toString' })).toMatchObject({ cpus: 1 });
  });

  test('are those of earlier runs, but not less than the default', () => {
    const learned = { SLIPWAY_EXPECTED_MEMORY: '9000', KUBERNETES_MEMORY_REQUEST: '4Gi' };
    expect(of(learned)).toMatchObject({ cpus: 1, memory: 9000 });
    expect(of({ ...learned, SLURM_MEM_PER_NODE: '3G' })).toMatchObject({ memory: 3072 });
    expect(of({ SLIPWAY_EXPECTED_MEMORY: '12' })).toMatchObject({ memory: 2048 });
    const busy = { SLIPWAY_EXPECTED_CPUS: '6' };
    expect(of(busy)).toMatchObject({ cpus: 6 });
    expect(of({ ...busy, KUBERNETES_CPU_REQUEST: '3' })).toMatchObject({ cpus: 3 });
    expect(of({ SLIPWAY_EXPECTED_CPUS: '900' })).toMatchObject({ cpus: 32, warnings: [expect.any(String)] });
  });

  test('are at most the maximum, with a warning', () => {
    expect(of({ SLURM_CPUS_PER_TASK: '64', SLURM_JOB_NUM_NODES: '9', SLURM_GPUS_PER_NODE: '1' })).toMatchObject({
      cpus: 32,
      nodes: 1,
      gpus: 0,
      warnings: [
        'SLURM_CPUS_PER_TASK requests more than the 32 that this runner allows.',
        'SLURM_JOB_NUM_NODES requests more than the 1 that this runner allows.',
        'SLURM_GPUS_PER_NODE requests more than the 0 that this runner allows.',
      ],
    });
  });

  test.each([
    ['90', 90],
    ['01:30:00', 90],
    ['0-2', 120],
    ['00:00:30', 1],
  ])('last for %s', (text, minutes) => {
    expect(of({ SLURM_TIMELIMIT: text }).minutes).toBe(minutes);
  });

  test.each([
    ['SLURM_CPUS_PER_TASK', '4 --partition=secret'],
    ['SLURM_CPUS_PER_TASK', '0'],
    ['SLURM_MEM_PER_NODE', '4 gigabytes'],
    ['KUBERNETES_MEMORY_REQUEST', '1e9'],
    ['KUBERNETES_CPU_REQUEST', '-1'],
    ['SLURM_TIMELIMIT', 'forever'],
    ['SLURM_PARTITION', 'secret'],
    ['SLURM_CONSTRAINT', 'gpu&secret'],
  ])('are refused where %s is `%s`', (variable, value) => {
    expect(() => of({ [variable]: value })).toThrow(`The variable ${variable}`);
  });
});
