import { resolve } from 'node:path';
import { packageJobError } from '../errors.ts';
import { readJobEnvironment, type JobEnvironment } from '../job-environment.ts';
import type { PackageJobContext } from '../package-job-context.ts';

/** A job of a generated pipeline, by the variables that `spack ci rebuild` reads. Paths are absolute. */
export interface RebuildJob {
  readonly job: JobEnvironment;
  readonly hash: string;
  /** Folder of the lock, and of the environment as it was locked. */
  readonly concrete: string;
  readonly artifactsRoot: string;
  readonly logs: string;
  readonly tests: string;
  /** What it takes to run the job again, for `slipway reproduce` and `spack ci reproduce-build`. */
  readonly reproduction?: string;
  /** Build it even if it is on the mirror. */
  readonly always: boolean;
  readonly requiresSigning: boolean;
  readonly pipelineType?: string;
  readonly stackName?: string;
}

/** Reads the variables. Throws PACKAGE_JOB_VARIABLE_MISSING outside of such a job. */
export async function readRebuildJob({ env, cwd }: Pick<PackageJobContext, 'env' | 'cwd'>): Promise<RebuildJob> {
  const job = await readJobEnvironment(env, cwd);
  const hash = env['SPACK_JOB_SPEC_DAG_HASH'];
  if (hash === undefined) {
    const remedy = 'Run this in a job of a generated pipeline; `slipway run` runs the whole pipeline here.';
    throw packageJobError('PACKAGE_JOB_VARIABLE_MISSING', { variable: 'SPACK_JOB_SPEC_DAG_HASH', remedy });
  }
  const root = resolve(job.projectFolder, env['SPACK_ARTIFACTS_ROOT'] ?? 'jobs_scratch_dir');
  const folder = (variable: string, usual: string) => resolve(job.projectFolder, env[variable] ?? resolve(root, usual));
  return {
    job,
    hash,
    artifactsRoot: root,
    concrete: folder('SPACK_CONCRETE_ENV_DIR', 'concrete_environment'),
    logs: folder('SPACK_JOB_LOG_DIR', 'logs'),
    tests: folder('SPACK_JOB_TEST_DIR', 'tests'),
    reproduction: env['SPACK_JOB_REPRO_DIR'] === undefined ? undefined : folder('SPACK_JOB_REPRO_DIR', 'reproduction'),
    always: isTrue(env['SPACK_REBUILD_EVERYTHING']),
    requiresSigning: isTrue(env['SPACK_REQUIRE_SIGNING']),
    pipelineType: env['SPACK_PIPELINE_TYPE'],
    stackName: env['SPACK_CI_STACK_NAME'],
  };
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true';
}
