/**
 * Runs a job again on this machine: its commit, its script and its variables without secrets, and compares how it ends
 * with how it ended before. Prints nothing: the caller shows notes and output.
 */
export type { ContainerChoice } from './container.ts';
export { reproduceJob, shownFolder } from './reproduce-job.ts';
export { failureOf, type Verdict } from './verdict.ts';
