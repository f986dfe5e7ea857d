import type { PipelineLedger } from '../coordinator/index.ts';
import type { PipelineRecord } from '../pipeline/index.ts';
import type { Database } from './database.ts';
import { pipelineColumns, pipelineFromRow, type PipelineRow } from './rows.ts';

export function pipelineQueries(database: Database) {
  const select = (where: string, ...values: Parameters<Database['run']>[1][]): PipelineRecord[] =>
    database
      .all<PipelineRow>(`SELECT ${pipelineColumns} FROM pipelines WHERE ${where}`, ...values)
      .map(pipelineFromRow);
  return {
    record: (pipeline) => select('id = ?', Number(pipeline))[0],
    active: () => select('finished = 0 ORDER BY pipelines.id'),
    list: ({ stack, tree, request, lock, limit = 1000 }) =>
      select(
        `parent_pipeline IS NULL AND (?1 IS NULL OR stack = ?1) AND (?2 IS NULL OR tree = ?2)
           AND (?3 IS NULL OR request = ?3)
           AND (?5 IS NULL OR EXISTS (
             SELECT 1 FROM pipeline_locks WHERE pipeline = pipelines.id AND substr(digest, 1, length(?5)) = ?5))
           ORDER BY pipelines.id DESC LIMIT ?4`,
        stack,
        tree,
        request,
        limit,
        lock,
      ),
    createdSince: (stack, at) =>
      select('parent_pipeline IS NULL AND stack = ? AND created_at >= ? ORDER BY pipelines.id', stack, at),
    downstreams: (pipeline) => select('upstream_pipeline = ? ORDER BY pipelines.id', pipeline),
    children: (pipeline) => select('parent_pipeline = ? ORDER BY pipelines.id', pipeline),
    addLock: (pipeline, { job, path, digest, inputs }) =>
      database.transaction(() => {
        const id = Number(pipeline);
        database.insert('pipeline_locks', { pipeline: id, job, path, digest, inputs }, 'INSERT OR IGNORE');
        database.run('UPDATE pipelines SET lock_digest = ? WHERE id = ? AND lock_digest IS NULL', digest, id);
      }),
    locks: (pipeline) =>
      database.all(
        'SELECT job, path, digest, inputs FROM pipeline_locks WHERE pipeline = ? ORDER BY rowid',
        Number(pipeline),
      ),
  } satisfies Partial<PipelineLedger>;
}
