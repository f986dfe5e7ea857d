import type { JobRun, PipelineEvent, PipelineRecord } from '../../pipeline/index.ts';
import { suggestion } from '../../kit/index.ts';
import { checkVariables } from '../changes/requested-pipeline.ts';
import { isExternal } from '../identities/is-external.ts';
import { currentTime, type Dispatcher, type ForgeRecords, type PipelineRecords, type Timed } from '../context.ts';
import { coordinatorError } from '../errors.ts';

/** What a person may do with one job. */
export type JobAction = 'retry' | 'play' | 'cancel';
/** What a person may do with a pipeline: its failed and canceled jobs once more, or no more of it. */
export type PipelineAction = 'retry' | 'cancel';

type Actions = Dispatcher<PipelineRecords & ForgeRecords & Timed>;

const CANCEL_REASON = 'canceled by a person';

/**
 * Carries out a person's action on a job, which is named by its pipeline and name: a manual one has no run, and so no
 * id, before it is started. Throws if the job is in no state for it. A pipeline that had ended runs again, and so do
 * those above it.
 */
export function actOnJob(
  { context, driver }: Actions,
  { pipeline, name }: Pick<JobRun, 'pipeline' | 'name'>,
  { action, variables = {} }: { action: JobAction; variables?: Readonly<Record<string, string>> },
): JobRun | undefined {
  const { pipelines } = context;
  const { jobs } = pipelines.state(pipeline);
  const before = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (before === undefined)
    throw coordinatorError('JOB_UNKNOWN', { job: name, pipeline }, { hint: suggestion(name, Object.keys(jobs)) });
  if (action !== 'cancel') requireOpen(context, pipeline);
  const at = currentTime(context);
  const isEmpty = Object.keys(variables).length === 0;
  const events: Record<JobAction, PipelineEvent> = {
    retry: { type: 'retry', job: name, at },
    play: { type: 'play', job: name, variables: isEmpty ? undefined : checkVariables(variables), at },
    cancel: { type: 'cancel-job', job: name, at },
  };
  driver.dispatch(pipeline, events[action]);
  if (pipelines.state(pipeline).jobs[name] === before)
    throw coordinatorError('JOB_ACTION_REFUSED', { action, job: name, pipeline, status: before.status });
  return pipelines.latestRun(pipeline, name);
}

/**
 * Carries out a person's action on a pipeline and its children. If the server ends in between, some of them are left:
 * repeat the call.
 */
export function actOnPipeline({ context, driver }: Actions, pipeline: string, action: PipelineAction): PipelineRecord {
  const { pipelines } = context;
  const { status } = pipelines.state(pipeline);
  const at = currentTime(context);
  if (action === 'retry') requireOpen(context, pipeline);
  const event: PipelineEvent =
    action === 'retry' ? { type: 'retry-failed', at } : { type: 'cancel', reason: CANCEL_REASON, at };
  const isChanged = lowestFirst(context, pipeline).map((id) => {
    const before = Object.values(pipelines.state(id).jobs);
    if (action === 'retry' || id === pipeline) driver.dispatch(id, event);
    return Object.values(pipelines.state(id).jobs).some((job, index) => job !== before[index]);
  });
  if (!isChanged.includes(true)) throw coordinatorError('PIPELINE_ACTION_REFUSED', { action, pipeline, status });
  return pipelines.record(pipeline) as PipelineRecord;
}

/** Children that still count, before the pipeline itself: a trigger job whose child runs again needs no new child. */
function lowestFirst(context: PipelineRecords, pipeline: string): readonly string[] {
  const children = Object.values(context.pipelines.state(pipeline).jobs).flatMap(({ child }) => child ?? []);
  return [...children.flatMap((child) => lowestFirst(context, child)), pipeline];
}

/** Refuses jobs that another CI system runs, and those of a closed request: what they push would stay on the mirror for ever. */
function requireOpen(context: PipelineRecords & ForgeRecords, pipeline: string): void {
  const record = context.pipelines.record(pipeline) as PipelineRecord;
  const { stack, request } = record;
  if (isExternal(record)) throw coordinatorError('EXTERNAL_ACTION_REFUSED', { pipeline });
  if (request === undefined) return;
  const state = context.ledger.request(stack, request)?.state ?? 'closed';
  if (state !== 'open') throw coordinatorError('REQUEST_NOT_OPEN', { stack, request, state });
}
