import type { JobState, PipelineStatus } from '../../engine/index.ts';
import { isFinal } from '../../engine/index.ts';
import type { LocalPipeline } from './local-pipeline.ts';

export interface JobSummary {
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

export interface RunSummary {
  /** `manual` also where only children wait for a person; `not_created` where no job is left to run. */
  readonly status: PipelineStatus | 'not_created';
  readonly jobs: readonly JobSummary[];
}

export function summarizeRun(pipeline: LocalPipeline): RunSummary {
  const { status } = pipeline.machine;
  const isWaiting = !isFinal(status) && hasManual(pipeline);
  return { status: isWaiting ? 'manual' : status, jobs: summarizeJobs(pipeline) };
}

function summarizeJobs(pipeline: LocalPipeline): readonly JobSummary[] {
  return pipeline.plan.jobs.map(({ name, stage }) => {
    const job = pipeline.machine.job(name) as JobState;
    const child = pipeline.children.get(name);
    return {
      name,
      stage,
      status: job.status,
      allowFailure: pipeline.isFailureAllowed(job),
      attempts: hasBegun(job) ? job.attempt : job.attempt - 1,
      exitCode: job.exitCode ?? null,
      ...(child === undefined ? {} : { jobs: summarizeJobs(child) }),
    };
  });
}

/** A trigger that found nothing to start has tried, and has no time at which it began. */
function hasBegun({ status, startedAt }: JobState): boolean {
  return startedAt !== undefined || status === 'failed';
}

function hasManual(pipeline: LocalPipeline): boolean {
  const isManual = pipeline.plan.jobs.some(({ name }) => pipeline.machine.job(name)?.status === 'manual');
  return isManual || [...pipeline.children.values()].some(hasManual);
}
