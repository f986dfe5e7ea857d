/**
 * `slipway run`: runs the pipeline of a working copy on this machine, without a server. It supplies the driver's ports
 * (a store in memory, the working copy, a queue with a number of jobs at once) and reports what happens. It knows no
 * keyword of GitLab's, and no argument of the command line besides its own options.
 */
export { prepareRun } from './prepare-run.ts';
export { listJobs, previewJobs, runLocally } from './run-locally.ts';
export { parseSecrets, parseVariables } from './run-arguments.ts';
export type { RunOptions } from './run-options.ts';
