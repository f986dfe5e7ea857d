import {
  jobIndex,
  jobPlan,
  type JobRun,
  type JobState,
  type PipelineEvent,
  type PipelineState,
} from '../pipeline/index.ts';
import { builtHash, madeBy } from '../coordinator/index.ts';
import type { Database } from './database.ts';
import { runColumns } from './rows.ts';

interface Change {
  readonly after: PipelineState;
  /** What led to it. */
  readonly event: PipelineEvent;
  readonly at: string;
}

/** Writes the row of a job's present attempt, and ends the one before. Returns the row. */
export function writeRun(database: Database, change: Change, job: JobState): JobRun {
  const { after, at } = change;
  const { name, attempt, status, queuedAt = at, startedAt, finishedAt, failureReason, exitCode, runner } = job;
  const run = database.get<JobRun>(
    `INSERT INTO job_runs (pipeline, job, name, attempt, makes, status, queued_at, started_at, finished_at,
       failure_reason, exit_code, runner, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (pipeline, job, attempt) DO UPDATE SET status = excluded.status,
       queued_at = COALESCE(excluded.queued_at, queued_at), started_at = COALESCE(excluded.started_at, started_at),
       finished_at = excluded.finished_at, failure_reason = excluded.failure_reason, exit_code = excluded.exit_code,
       runner = COALESCE(excluded.runner, runner)
     RETURNING ${runColumns}`,
    Number(after.id),
    jobIndex(after.plan, name),
    name,
    attempt,
    madeIn(after, name).package,
    status,
    status === 'pending' ? queuedAt : undefined,
    startedAt,
    finishedAt,
    failureReason,
    exitCode,
    runner,
    hashMadeBy(after, name),
  );
  if (attempt > 1) closeEarlier(database, change, job);
  return run as JobRun;
}

/** Ends a run that no event can reach, since its pipeline has no such job. */
export function closeRun(database: Database, id: string, at: string): JobRun {
  return database.get<JobRun>(
    `UPDATE job_runs SET status = 'failed', finished_at = ?, failure_reason = 'data_integrity_failure' WHERE id = ?
       RETURNING ${runColumns}`,
    at,
    Number(id),
  ) as JobRun;
}

/** Returns the package that a job makes, else its name: durations are kept by it over all pipelines. */
export function madeIn({ plan }: PipelineState, job: string): ReturnType<typeof madeBy> {
  const found = jobPlan(plan, job);
  return found === undefined ? { package: job, version: '' } : madeBy(found);
}

/** Returns the hash of the package that a job makes. */
function hashMadeBy({ plan }: PipelineState, job: string): string | undefined {
  const found = jobPlan(plan, job);
  return found && builtHash(found);
}

/** Marks an attempt that was followed by another as failed, with the reason. */
function closeEarlier(database: Database, { after, event, at }: Change, { name, attempt }: JobState): void {
  const ended = event.type === 'job-finished' ? event : { failureReason: 'runner_system_failure', exitCode: undefined };
  database.run(
    `UPDATE job_runs SET status = 'failed', finished_at = COALESCE(finished_at, ?), failure_reason = ?, exit_code = ?
      WHERE pipeline = ? AND job = ? AND attempt < ? AND status NOT IN ('success', 'failed', 'canceled', 'skipped')`,
    at,
    ended.failureReason,
    ended.exitCode,
    Number(after.id),
    jobIndex(after.plan, name),
    attempt,
  );
}
