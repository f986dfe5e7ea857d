/**
 * What runs inside the jobs of a generated pipeline: locking an environment and writing the pipeline of what must be
 * built, building one package and pushing it, and the reports of both. `plan` and `why` do the same without writing
 * anything; `mirrorSources` collects the sources of a lock. It reads a job's environment from its parameters, and
 * prints nothing besides the job's log.
 */
export { generate } from './generate/generate.ts';
export type { LockSelection } from './generate/choose-lock.ts';
export { makePart } from './generate/make-part.ts';
export type { PackageJobContext } from './package-job-context.ts';
export { readBuildTimes } from './plan/build-times.ts';
export { plan } from './plan/plan.ts';
export { why, type Explained, type ExplainedPackage } from './plan/why.ts';
export { mirrorSources, type MirroredPackage } from './mirror-sources.ts';
export { rebuild } from './rebuild/rebuild.ts';
