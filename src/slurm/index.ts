/**
 * Runs the scripts of jobs on Slurm: for `slipway runner run`, and as a driver for the custom executor of gitlab-runner.
 * Sources, artifacts and caches stay on the host of the runner, in a folder that it shares with the nodes. It knows
 * nothing of pipelines or packages.
 */
export { CustomExecutor, customConfig } from './custom-executor.ts';
export { readCustomJob } from './custom-job.ts';
export { isFaultOfJob } from './errors.ts';
export { SlurmSettings, readSlurmSettings } from './settings.ts';
export { SlurmExecutor } from './slurm-executor.ts';
