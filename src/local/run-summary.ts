import { isFinal, type JobState, type PipelineStatus } from '../pipeline/index.ts';
import type { LocalPipeline } from './local-pipeline.ts';

interface JobSummary {
  readonly name: string;
  readonly stage: string;
  readonly status: string;
  /** Whether a failure of this job lets its pipeline succeed. */
  readonly allowFailure: boolean;
  /** Attempts that have begun. */
  readonly attempts: number;
  /** Of the last attempt's script; null where none has ended by itself. */
  readonly exitCode: number | null;
  /** Jobs of the child pipeline, where there is one. */
  readonly jobs?: readonly JobSummary[];
}

interface RunSummary {
  /** `manual` also where only children wait for a person; `not_created` where no job is left to run. */
  readonly status: PipelineStatus | 'not_created';
  readonly jobs: readonly JobSummary[];
}

export function summarizeRun(pipeline: LocalPipeline): RunSummary {
  const { status } = pipeline;
  const isWaiting = !isFinal(status) && manualJobs(pipeline).length > 0;
  return { status: isWaiting ? 'manual' : status, jobs: summarizeJobs(pipeline) };
}

function summarizeJobs(pipeline: LocalPipeline): readonly JobSummary[] {
  return pipeline.plan.jobs.map(({ name, stage }) => {
    const job = pipeline.job(name);
    const child = pipeline.childOf(name);
    return {
      name,
      stage,
      status: job.status,
      allowFailure: pipeline.isFailureAllowed(job),
      attempts: hasBegun(job) ? job.attempt : job.attempt - 1,
      exitCode: job.exitCode ?? null,
      jobs: child && summarizeJobs(child),
    };
  });
}

/** A trigger that found nothing to start has tried, and has no time at which it began. */
function hasBegun({ status, startedAt }: JobState): boolean {
  return startedAt !== undefined || status === 'failed';
}

/** Paths of the jobs that wait for a person and without which the pipeline cannot end. */
export function manualJobs(pipeline: LocalPipeline): readonly string[] {
  return tiedPaths(pipeline, (job, owner) => job.status === 'manual' && !owner.isFailureAllowed(job));
}

/** Paths of all jobs that a person may start. */
export function unplayedJobs(pipeline: LocalPipeline): readonly string[] {
  return tiedPaths(pipeline, (job) => job.status === 'manual');
}

/** Paths of the jobs whose failure counts for the whole run. */
export function failedJobs(pipeline: LocalPipeline): readonly string[] {
  return tiedPaths(pipeline, (job, owner) => job.status === 'failed' && !owner.isFailureAllowed(job));
}

/** Instead of a trigger those of its child, as far as the child's status is the trigger's (`strategy`). */
function tiedPaths(
  pipeline: LocalPipeline,
  isWanted: (job: JobState, owner: LocalPipeline) => boolean,
): readonly string[] {
  return pipeline.plan.jobs.flatMap(({ name, trigger }) => {
    const job = pipeline.job(name);
    const child = trigger?.strategy === undefined ? undefined : pipeline.childOf(name);
    const isOpen = !isFinal(job.status) || isWanted(job, pipeline);
    const below = child === undefined || !isOpen ? [] : tiedPaths(child, isWanted);
    return isWanted(job, pipeline) && below.length === 0 ? [pipeline.pathOf(name)] : below;
  });
}
