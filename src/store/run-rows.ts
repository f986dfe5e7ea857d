import {
  jobIndex,
  jobPlan,
  type JobRun,
  type JobState,
  type PipelineEvent,
  type PipelineState,
} from '../pipeline/index.ts';
import type { Database } from './database.ts';
import { runFromRow } from './rows.ts';

interface Change {
  readonly after: PipelineState;
  /** What led to it. */
  readonly event: PipelineEvent;
  readonly at: string;
}

/** Writes the row of the attempt that a job has come to, and ends the one before; gives the row as it is now. */
export function writeRun(database: Database, change: Change, job: JobState): JobRun {
  const { after, at } = change;
  const row = database.get(
    `INSERT INTO job_runs (pipeline, job, name, attempt, makes, status, queued_at, started_at, finished_at, failure_reason, exit_code, runner)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (pipeline, job, attempt) DO UPDATE SET status = excluded.status,
       queued_at = COALESCE(excluded.queued_at, queued_at), started_at = COALESCE(excluded.started_at, started_at),
       finished_at = excluded.finished_at, failure_reason = excluded.failure_reason, exit_code = excluded.exit_code,
       runner = COALESCE(excluded.runner, runner)
     RETURNING *`,
    Number(after.id),
    indexOf(after, job.name),
    job.name,
    job.attempt,
    madeBy(after, job.name),
    job.status,
    job.status === 'pending' ? (job.queuedAt ?? at) : null,
    job.startedAt ?? null,
    job.finishedAt ?? null,
    job.failureReason ?? null,
    job.exitCode ?? null,
    job.runner ?? null,
  );
  if (job.attempt > 1) closeEarlier(database, change, job);
  return runFromRow(row as NonNullable<typeof row>);
}

/** Ends a run that no event can reach, since its pipeline has no such job. */
export function closeRun(database: Database, id: string, at: string): JobRun {
  const row = database.get(
    `UPDATE job_runs SET status = 'failed', finished_at = ?, failure_reason = 'data_integrity_failure' WHERE id = ? RETURNING *`,
    at,
    Number(id),
  );
  return runFromRow(row as NonNullable<typeof row>);
}

function indexOf({ plan }: PipelineState, job: string): number {
  return jobIndex(plan, job) as number;
}

/** The package that a job makes, where it says so: what a job takes is remembered by it over all pipelines. */
export function madeBy({ plan }: PipelineState, job: string): string {
  return jobPlan(plan, job)?.variables.SPACK_JOB_SPEC_PKG_NAME?.value ?? job;
}

/** An attempt that was followed by another has failed, and its row says so, and why. */
function closeEarlier(database: Database, { after, event, at }: Change, job: JobState): void {
  const reason = event.type === 'job-finished' ? event.failureReason : 'runner_system_failure';
  const exitCode = event.type === 'job-finished' ? event.exitCode : undefined;
  database.run(
    `UPDATE job_runs SET status = 'failed', finished_at = COALESCE(finished_at, ?), failure_reason = ?, exit_code = ?
      WHERE pipeline = ? AND job = ? AND attempt < ? AND status NOT IN ('success', 'failed', 'canceled', 'skipped')`,
    at,
    reason ?? null,
    exitCode ?? null,
    Number(after.id),
    indexOf(after, job.name),
    job.attempt,
  );
}
