import { createPipeline, isFinal, jobIndex, type JobState, type PipelineState } from '../pipeline/index.ts';
import type { Database } from './database.ts';

interface StoredPipeline extends Pick<PipelineState, 'status' | 'cancelReason'> {
  readonly plan: string;
}

/** Returns the state as it was stored last; undefined if there is no such pipeline. */
export function readState(database: Database, pipeline: string): PipelineState | undefined {
  const id = Number(pipeline);
  const row = database.get<StoredPipeline>(
    'SELECT status, cancel_reason AS cancelReason, plan FROM pipelines JOIN pipeline_plans ON pipeline = id WHERE ' +
      'id = ?',
    id,
  );
  if (row === undefined) return undefined;
  const { plan, ...head } = row;
  const fresh = createPipeline(pipeline, JSON.parse(plan));
  const jobs: Record<string, JobState> = { ...fresh.jobs };
  for (const { state } of database.all<{ state: string }>('SELECT state FROM job_states WHERE pipeline = ?', id)) {
    const job = JSON.parse(state) as JobState;
    jobs[job.name] = job;
  }
  return { ...fresh, ...head, jobs };
}

/** Stores the plan, which never changes. A job without a row of its own has not been touched. */
export function writePlan(database: Database, { id, plan }: PipelineState): void {
  database.insert('pipeline_plans', { pipeline: Number(id), plan: JSON.stringify(plan) });
}

/** Stores what a pipeline's own row has of its state, so that an event writes only what it changes. */
export function writeHead(database: Database, { id, status, cancelReason }: PipelineState, at: string): void {
  const finished = isFinal(status);
  database.run(
    'UPDATE pipelines SET status = ?, cancel_reason = ?, finished = ?, finished_at = ? WHERE id = ?',
    status,
    cancelReason,
    Number(finished),
    finished ? at : undefined,
    Number(id),
  );
}

export function writeJob(database: Database, { id, plan }: PipelineState, job: JobState): void {
  const row = { pipeline: Number(id), job: jobIndex(plan, job.name), state: JSON.stringify(job) };
  database.replace('job_states', row);
}
