import type { PipelineRecord, PipelineState } from '../../pipeline/index.ts';
import { clip, summarizePipeline, withoutStop, type SummarizedJob } from '../../report/index.ts';
import { currentTime, type PipelineFiles, type PipelineRecords, type StatusReporting } from '../context.ts';
import { failedRun, failureLine } from '../jobs/failure-line.ts';
import { isExternal } from '../identities/is-external.ts';
import type { StatusRecord } from '../ports.ts';

export const statusContext = 'slipway';
/** Of pipelines that another CI system runs: they report themselves how they end. */
const externalContext = 'slipway/external';
export const imageContext = 'slipway/image';
export const previewContext = 'slipway/preview';

/** Returns the topmost pipeline of the family that a pipeline belongs to. */
export function rootOf(context: PipelineRecords, pipeline: string): PipelineRecord {
  let record = context.pipelines.record(pipeline);
  while (record?.parent !== undefined) record = context.pipelines.record(record.parent.pipeline);
  if (record === undefined) throw new Error(`pipeline ${pipeline} is not in the store`);
  return record;
}

/** Returns the script jobs of a pipeline and of its children, in order. */
function familyJobs(context: PipelineRecords, pipeline: string): readonly SummarizedJob[] {
  const state = context.pipelines.state(pipeline);
  const own = state.plan.jobs
    .filter((job) => job.kind === 'script')
    .map((job) => ({
      name: job.name,
      status: state.jobs[job.name]?.status ?? 'created',
      allowFailure: job.allowFailure === true,
    }));
  return [...own, ...currentChildren(state).flatMap((child) => familyJobs(context, child))];
}

/** Records the status that the pipeline's family has reached; the outbox posts it to the forge. */
export function reportPipeline(context: StatusReporting & PipelineFiles, pipeline: string): void {
  const root = rootOf(context, pipeline);
  if (isReplaced(context, root)) return;
  recordStatus(context, {
    stack: root.stack,
    sha: root.head,
    context: isExternal(root) ? externalContext : statusContext,
    ...describePipeline(context, root.id),
  });
}

/** Returns the status that a topmost pipeline's family has reached. */
export function describePipeline(
  context: PipelineFiles,
  root: string,
): Pick<NewStatus, 'state' | 'description' | 'page'> {
  const state = context.pipelines.state(root);
  const jobs = familyJobs(context, root);
  const explained = state.status === 'failed' ? withReason(jobs, failureLine(context, root)) : jobs;
  return {
    ...summarizePipeline(state.status, explained, reasonOf(state)),
    page: pageOf(context, root, explained),
  };
}

/** Returns the page that shows more: the log of the one job that failed, else the pipeline. */
function pageOf(context: PipelineRecords, root: string, jobs: readonly SummarizedJob[]): string {
  const isFailed = context.pipelines.state(root).status === 'failed';
  const failed = jobs.filter(({ status, allowFailure }) => status === 'failed' && !allowFailure);
  const run = isFailed && failed.length === 1 ? failedRun(context, root) : undefined;
  return run === undefined ? `pipelines/${root}` : `jobs/${run}`;
}

/** Returns whether the same head has a newer pipeline: the request was reopened, or its base changed. */
function isReplaced({ pipelines }: PipelineRecords, { stack, request, head, id }: PipelineRecord): boolean {
  if (request === undefined) return false;
  const [newest] = pipelines.list({ stack, request, limit: 1 });
  return newest !== undefined && newest.id !== id && newest.head === head;
}

interface NewStatus extends Omit<StatusRecord, 'url' | 'at'> {
  /** Path of the server's page that it links to. */
  readonly page: string;
}

/** Records a status, unless it equals the last one of its commit and context. */
export function recordStatus(context: StatusReporting, { page, ...status }: NewStatus): void {
  const { stack, sha, state } = status;
  const whole = withoutStop(status.description);
  const description = clip(whole);
  const detail = status.detail ?? (description === whole ? undefined : status.description);
  const url = `${context.baseUrl()}/${page}`;
  if (context.ledger.saveStatus({ ...status, description, detail, url, at: currentTime(context) }))
    context.log.info({ stack, sha, state, description }, 'status');
}

function withReason(jobs: readonly SummarizedJob[], reason: string | undefined): readonly SummarizedJob[] {
  const first = jobs.findIndex(({ status, allowFailure }) => status === 'failed' && !allowFailure);
  return reason === undefined ? jobs : jobs.map((job, index) => (index === first ? { ...job, reason } : job));
}

function currentChildren(state: PipelineState): readonly string[] {
  return Object.values(state.jobs).flatMap((job) => (job.child === undefined ? [] : [job.child]));
}

function reasonOf(state: PipelineState): string | undefined {
  if (state.cancelReason !== undefined) return state.cancelReason;
  const trigger = state.plan.jobs.find(
    (job) => job.kind === 'trigger' && state.jobs[job.name]?.failureReason !== undefined,
  );
  return trigger === undefined ? undefined : state.jobs[trigger.name]?.failureReason;
}
