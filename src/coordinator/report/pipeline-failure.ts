import type { JobPlan } from '../../gitlab/index.ts';
import type { JobState, PipelineState } from '../../pipeline/index.ts';
import type { FailureReport } from '../../protocol/index.ts';
import { failureReport, type FailedRun } from '../../report/index.ts';
import type { PipelineFiles, PipelineRecords, StatusReporting } from '../context.ts';
import { builtHash } from '../jobs/mirror-access.ts';
import { logFailure } from './log-failure.ts';

export type FailureSources = PipelineFiles & Pick<StatusReporting, 'baseUrl'>;

/** Returns why a pipeline or its children failed, grouped by causes; without failures while nothing has failed. */
export function failureOfPipeline(context: FailureSources, id: string): FailureReport {
  const state = context.pipelines.state(id);
  const url = context.baseUrl();
  return failureReport({
    id,
    status: state.status,
    failed: failedRuns(context, id),
    skipped: skippedJobs(context, id),
    reason: reasonOf(state),
    reproduce: (job) => `slipway reproduce ${job}${url === '' ? '' : ` --url ${url}`}`,
  });
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
    const child = state?.child;
    if (child !== undefined) return failedRuns(context, child).map((run) => tied(run, job));
    return state?.status === 'failed' ? [failedRun(context, { pipeline, job, state })] : [];
  });
}

/** A failure in a child decides nothing if the trigger may fail. */
function tied(run: FailedRun, { allowFailure }: JobPlan): FailedRun {
  return allowFailure === true ? { ...run, allowFailure: true } : run;
}

interface FailedState {
  readonly pipeline: string;
  readonly job: JobPlan;
  readonly state: JobState;
}

function failedRun(context: PipelineFiles, { pipeline, job, state }: FailedState): FailedRun {
  const { attempt, exitCode, failureReason, message } = state;
  const run = job.kind === 'script' ? context.pipelines.latestRun(pipeline, job.name) : undefined;
  return {
    id: run?.id ?? '',
    pipeline,
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
    const child = jobs[name]?.child;
    const own = kind === 'script' && jobs[name]?.status === 'skipped' ? 1 : 0;
    return count + own + (child === undefined ? 0 : skippedJobs(context, child));
  }, 0);
}
