import type { JobPlan, PipelinePlan } from '../gitlab/index.ts';

/** The job that a child pipeline was made of. */
interface Generator {
  /** Id of its pipeline. */
  readonly pipeline: string;
  readonly job: string;
}

/**
 * Returns a child pipeline whose jobs get the lock that they read. `spack ci generate` names no need of the job that
 * generates unless it is called with `--artifacts-root`, as pipelines of the time before Spack 0.18 are not.
 */
export function withLockNeeds(plan: PipelinePlan, generator: Generator): PipelinePlan {
  const isWanting = ({ needs, variables }: JobPlan) =>
    needs !== undefined &&
    !needs.some(({ pipeline }) => pipeline !== undefined) &&
    variables.SPACK_JOB_SPEC_DAG_HASH !== undefined &&
    variables.SPACK_CONCRETE_ENV_DIR !== undefined;
  if (!plan.jobs.some(isWanting)) return plan;
  const need = { ...generator, artifacts: true, optional: false };
  const jobs = plan.jobs.map((job) => (isWanting(job) ? { ...job, needs: [...(job.needs ?? []), need] } : job));
  return { ...plan, jobs };
}
