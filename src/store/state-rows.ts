import { createPipeline, isFinal, jobIndex, type JobState, type PipelineState } from '../pipeline/index.ts';
import type { PipelinePlan } from '../gitlab/index.ts';
import type { Database } from './database.ts';

/**
 * What of a state stands in the pipeline's own row. Jobs have rows of their own, so that an event writes what it
 * changes.
 */
type Head = Pick<PipelineState, 'status' | 'cancelReason'>;

/** The state as it was stored last; undefined if there is no such pipeline. */
export function readState(database: Database, pipeline: string): PipelineState | undefined {
  const id = Number(pipeline);
  const row = database.get(
    'SELECT pipelines.state, pipeline_plans.plan FROM pipelines JOIN pipeline_plans ON pipeline_plans.pipeline = pipelines.id WHERE id = ?',
    id,
  );
  if (row === undefined) return undefined;
  const fresh = createPipeline(pipeline, JSON.parse(String(row.plan)) as PipelinePlan);
  const changed = database
    .all('SELECT state FROM job_states WHERE pipeline = ?', id)
    .map(({ state }) => JSON.parse(String(state)) as JobState)
    .map((job) => [job.name, job] as const);
  const head = JSON.parse(String(row.state)) as Head;
  return { ...fresh, ...head, jobs: { ...fresh.jobs, ...Object.fromEntries(changed) } };
}

/** Stores the plan, which never changes. A job without a row of its own has not been touched. */
export function writePlan(database: Database, { id, plan }: PipelineState): void {
  database.run('INSERT INTO pipeline_plans (pipeline, plan) VALUES (?, ?)', Number(id), JSON.stringify(plan));
}

export function writeHead(database: Database, { id, status, cancelReason }: PipelineState, at: string): void {
  const finished = isFinal(status);
  const head: Head = cancelReason === undefined ? { status } : { status, cancelReason };
  database.run(
    'UPDATE pipelines SET status = ?, finished = ?, finished_at = ?, state = ? WHERE id = ?',
    status,
    finished ? 1 : 0,
    finished ? at : null,
    JSON.stringify(head),
    Number(id),
  );
}

export function writeJob(database: Database, { id, plan }: PipelineState, job: JobState): void {
  database.run(
    'INSERT INTO job_states (pipeline, job, state) VALUES (?, ?, ?) ON CONFLICT (pipeline, job) DO UPDATE SET state = excluded.state',
    Number(id),
    jobIndex(plan, job.name) as number,
    JSON.stringify(job),
  );
}
