import type { JobPlan } from '../../gitlab/index.ts';
import { jobPlan, type JobRun, type JobState, type PipelineState } from '../../pipeline/index.ts';
import type { Failure, FailureReport } from '../../protocol/index.ts';
import { failureReport, type FailedRun } from '../../report/index.ts';
import type { PipelineFiles, PipelineRecords, StatusReporting } from '../context.ts';
import { builtHash } from '../mirror/mirror-access.ts';
import { logFailure } from './log-failure.ts';
import { ownChild } from './own-child.ts';

export type FailureSources = PipelineFiles & Pick<StatusReporting, 'baseUrl'>;

/** Returns why a pipeline or its children failed, grouped by causes; without failures while nothing has failed. */
export function failureOfPipeline(context: FailureSources, id: string): FailureReport {
  const state = context.pipelines.state(id);
  return failureReport({
    id,
    status: state.status,
    failed: failedRuns(context, id),
    skipped: skippedJobs(context, id),
    reason: reasonOf(state),
    reproduce: reproduceCommand(context),
  });
}

/** Returns why one attempt at a job failed; undefined for one that did not. */
export function failureOfRun(context: FailureSources, run: JobRun): Failure | undefined {
  const { plan, jobs } = context.pipelines.state(run.pipeline);
  const job = jobPlan(plan, run.name);
  if (run.status !== 'failed' || job === undefined) return undefined;
  const newest = jobs[run.name];
  const message = newest?.attempt === run.attempt ? newest.message : undefined;
  const failed = [failedRun(context, { job, state: { ...run, message }, run })];
  const { failures } = failureReport({ ...run, failed, skipped: 0, reproduce: reproduceCommand(context) });
  return failures[0];
}

function reproduceCommand(context: FailureSources): (job: string) => string {
  const url = context.baseUrl();
  return (job) => `slipway reproduce ${job}${url === '' ? '' : ` --url ${url}`}`;
}

/** Why a pipeline as a whole ended so: it was canceled, or a trigger could not make its child. */
export function reasonOf({ cancelReason, plan, jobs }: PipelineState): string | undefined {
  if (cancelReason !== undefined) return cancelReason;
  const trigger = plan.jobs.find(({ kind, name }) => kind === 'trigger' && jobs[name]?.failureReason !== undefined);
  return trigger === undefined ? undefined : jobs[trigger.name]?.failureReason;
}

function failedRuns(context: PipelineFiles, pipeline: string): readonly FailedRun[] {
  const { plan, jobs } = context.pipelines.state(pipeline);
  return plan.jobs.flatMap((job) => {
    const state = jobs[job.name];
    const child = ownChild(context, state);
    if (child !== undefined) return failedRuns(context, child).map((run) => tied(run, job));
    if (state?.status !== 'failed') return [];
    const run = job.kind === 'script' ? context.pipelines.latestRun(pipeline, job.name) : undefined;
    return [{ ...failedRun(context, { job, state, run }), pipeline }];
  });
}

/** A failure in a child decides nothing if the trigger may fail. */
function tied(run: FailedRun, { allowFailure }: JobPlan): FailedRun {
  return allowFailure === true ? { ...run, allowFailure: true } : run;
}

interface FailedState {
  readonly job: JobPlan;
  readonly state: Pick<JobState, 'attempt' | 'exitCode' | 'failureReason' | 'message'>;
  /** Absent for a job that was never ready. */
  readonly run: JobRun | undefined;
}

function failedRun(context: PipelineFiles, { job, state, run }: FailedState): FailedRun {
  const { attempt, exitCode, failureReason, message } = state;
  return {
    id: run?.id ?? '',
    pipeline: run?.pipeline ?? '',
    name: job.name,
    attempt,
    exitCode,
    failureReason,
    message,
    allowFailure: job.allowFailure === true,
    package: builtPackage(job),
    log: run && logFailure(context, run.id),
    tests: run && context.pipelines.tests(run.id),
  };
}

/** Returns the package that a job builds, by its own variables. */
export function builtPackage(job: JobPlan): { name: string; version: string; hash: string } | undefined {
  const hash = builtHash(job);
  const name = job.variables.SPACK_JOB_SPEC_PKG_NAME?.value;
  const version = job.variables.SPACK_JOB_SPEC_PKG_VERSION?.value ?? '';
  return hash === undefined || name === undefined ? undefined : { name, version, hash };
}

function skippedJobs(context: PipelineRecords, pipeline: string): number {
  const { plan, jobs } = context.pipelines.state(pipeline);
  return plan.jobs.reduce((count, { kind, name }) => {
    const child = ownChild(context, jobs[name]);
    const own = kind === 'script' && jobs[name]?.status === 'skipped' ? 1 : 0;
    return count + own + (child === undefined ? 0 : skippedJobs(context, child));
  }, 0);
}
