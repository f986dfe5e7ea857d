import { SlipwayError } from '../../kit/index.ts';
import { attemptOf, recordLock, type Coordinator } from '../../coordinator/index.ts';
import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import type { JobUpdate } from '../../protocol/index.ts';
import { rejectInLog } from './rejected-log.ts';

/** A job that ran out of memory starts once more, whatever retries it has: the machine may have had too many jobs. */
function isRetriedForMemory({ attempt, status }: JobRun, { state, usage }: JobUpdate): boolean {
  const isKilled = usage?.some(({ outOfMemory }) => outOfMemory === true) ?? false;
  return state === 'failed' && isKilled && attempt === 1 && status === 'running';
}

/** Stores how the job ended. A lock among its artifacts is recorded first; an invalid one fails the job. */
export async function finishJob(
  { context, driver, promoter }: Coordinator,
  run: JobRun,
  update: JobUpdate,
): Promise<void> {
  const event = { type: 'job-finished', ...attemptOf(context, run) } as const;
  if (isRetriedForMemory(run, update)) {
    context.log.warn({ job: run.id, name: run.name }, 'job ran out of memory; it starts again when more is free');
    return driver.dispatch(run.pipeline, { ...event, type: 'job-requeued' });
  }
  if (update.state !== 'success')
    return driver.dispatch(run.pipeline, {
      ...event,
      outcome: run.status === 'canceling' ? 'canceled' : 'failed',
      failureReason: update.failure_reason ?? 'unknown_failure',
      exitCode: update.exit_code ?? undefined,
    });
  try {
    const record = context.pipelines.record(run.pipeline) as PipelineRecord;
    if (await recordLock(context, record, run)) promoter.begin(record);
    driver.dispatch(run.pipeline, { ...event, outcome: 'success' });
  } catch (error) {
    // An invalid lock is the job's fault. After a failure of disk or database the runner repeats the update.
    if (!(error instanceof SlipwayError)) throw error;
    context.log.warn({ job: run.id, error: error.message }, 'lock refused');
    await rejectInLog(context.folder.log(run.id), error);
    driver.dispatch(run.pipeline, { ...event, outcome: 'failed', failureReason: 'data_integrity_failure' });
  }
}
