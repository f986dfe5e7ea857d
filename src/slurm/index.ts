/**
 * Runs the scripts of jobs on Slurm: a driver for the custom executor of gitlab-runner. Sources, artifacts and caches
 * stay on the host of the runner, in a folder that it shares with the nodes. It knows nothing of pipelines or packages.
 */
export { CustomExecutor, customConfig } from './custom-executor.ts';
export { readCustomJob } from './custom-job.ts';
export { SlurmSettings, readSlurmSettings } from './settings.ts';
