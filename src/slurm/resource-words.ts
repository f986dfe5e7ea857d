import type { JobResources } from './resources.ts';
import type { SlurmSettings } from './settings.ts';

/** Returns the options of `sbatch` for the resources of a job. */
export function resourceWords(resources: JobResources, settings: SlurmSettings): readonly string[] {
  const { cpus, memory, minutes, nodes, tasks, gpus, partition, constraint } = resources;
  const { account, qos, options } = settings;
  return [
    `--cpus-per-task=${cpus}`,
    `--time=${minutes}`,
    `--nodes=${nodes}`,
    `--ntasks=${tasks}`,
    ...(memory === undefined ? [] : [`--mem=${memory}M`]),
    ...(gpus === 0 ? [] : [`--gpus-per-node=${gpus}`]),
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(constraint === undefined ? [] : [`--constraint=${constraint}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(qos === undefined ? [] : [`--qos=${qos}`]),
    ...options,
  ];
}

/** Returns the resources as people read them: `4 CPUs, 8192 MiB, 60 min, partition build`. */
export function describeResources({ cpus, memory, minutes, nodes, partition }: JobResources): string {
  return [
    ...(nodes === 1 ? [] : [`${nodes} nodes`]),
    `${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}`,
    ...(memory === undefined ? [] : [`${memory} MiB`]),
    `${minutes} min`,
    ...(partition === undefined ? [] : [`partition ${partition}`]),
  ].join(', ');
}
