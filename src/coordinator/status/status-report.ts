import type { FailureReport } from '../../protocol/index.ts';
import { ownChild } from '../report/own-child.ts';
import { isFinal, type PipelineRecord } from '../../pipeline/index.ts';
import { clip, statusLine, withoutStop, type CountedJob } from '../../report/index.ts';
import {
  currentTime,
  type CoordinatorContext,
  type PipelineFiles,
  type PipelineRecords,
  type StatusReporting,
  type Timed,
} from '../context.ts';
import { isExternal } from '../identities/is-external.ts';
import type { StatusRecord } from './status-ledger.ts';
import { failureOfPipeline, reasonOf, type FailureSources } from '../report/pipeline-failure.ts';
import { progressOf } from '../report/pipeline-progress.ts';

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
function familyJobs(context: PipelineRecords, pipeline: string): readonly CountedJob[] {
  const state = context.pipelines.state(pipeline);
  const own = state.plan.jobs
    .filter((job) => job.kind === 'script')
    .map((job) => ({
      name: job.name,
      status: state.jobs[job.name]?.status ?? 'created',
      allowFailure: job.allowFailure === true,
    }));
  const children = Object.values(state.jobs).flatMap((job) => ownChild(context, job) ?? []);
  return [...own, ...children.flatMap((child) => familyJobs(context, child))];
}

/** Records the status that the pipeline's family has reached; the outbox posts it to the forge. */
export function reportPipeline(context: StatusReporting & PipelineFiles, pipeline: string): void {
  const root = rootOf(context, pipeline);
  if (isReplaced(context, root)) return;
  recordStatus(context, {
    stack: root.stack,
    sha: root.head,
    context: isExternal(root) ? externalContext : statusContext,
    pipeline: root.id,
    ...describePipeline(context, root.id),
  });
}

/** Returns the status that a topmost pipeline's family has reached. */
export function describePipeline(
  context: FailureSources & Timed & Partial<Pick<CoordinatorContext, 'runners'>>,
  root: string,
): Pick<NewStatus, 'state' | 'outcome' | 'description' | 'page'> {
  const state = context.pipelines.state(root);
  const { status } = state;
  const failure = failureOfPipeline(context, root);
  const progress = isFinal(status) ? undefined : progressOf(context, root);
  const line = statusLine({ status, jobs: familyJobs(context, root), failure, progress, reason: reasonOf(state) });
  return { ...line, page: pageOf(root, failure) };
}

/** Returns the page that shows more: the log of the one job that failed, else the pipeline. */
function pageOf(root: string, { status, failures }: FailureReport): string {
  const failed = failures.flatMap(({ jobs }) => jobs).filter(({ allowFailure }) => !allowFailure);
  const [first] = failed;
  return status === 'failed' && first !== undefined && failed.length === 1 ? first.page : `pipelines/${root}`;
}

/**
 * Returns whether the same head has a newer pipeline: the request was reopened, its base changed, or a commit that a
 * merge queue had tested became the tip of a branch.
 */
function isReplaced({ pipelines }: PipelineRecords, record: PipelineRecord): boolean {
  const { stack, request, tree, refType, head, id } = record;
  if (request === undefined) return false;
  const others = pipelines.list(refType === 'merge-queue' ? { stack, tree } : { stack, request });
  return (others.find((one) => one.head === head)?.id ?? id) !== id;
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
