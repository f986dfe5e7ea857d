import type { PipelineLedger } from '../coordinator/index.ts';
import type { PipelineRecord } from '../pipeline/index.ts';
import type { Database } from './database.ts';
import { lockFromRow, pipelineFromRow } from './rows.ts';

/** All but the state, which may be large. */
export const pipelineColumns =
  'id, stack, source, ref_type, ref, head, base, sha, tree, trust, request, actor, before_sha, parent_pipeline, parent_job, status, lock_digest, created_at, finished_at';

export function pipelineQueries(
  database: Database,
): Pick<PipelineLedger, 'record' | 'active' | 'list' | 'children' | 'addLock' | 'locks'> {
  const select = `SELECT ${pipelineColumns} FROM pipelines`;
  return {
    record: (pipeline) => {
      const row = database.get(`${select} WHERE id = ?`, Number(pipeline));
      return row === undefined ? undefined : pipelineFromRow(row);
    },
    active: () => database.all(`${select} WHERE finished = 0 ORDER BY id`).map(pipelineFromRow),
    list: ({ stack, tree, request, limit = 1000 }): PipelineRecord[] =>
      database
        .all(
          `${select} WHERE parent_pipeline IS NULL AND (?1 IS NULL OR stack = ?1) AND (?2 IS NULL OR tree = ?2)
             AND (?3 IS NULL OR request = ?3) ORDER BY id DESC LIMIT ?4`,
          stack ?? null,
          tree ?? null,
          request ?? null,
          limit,
        )
        .map(pipelineFromRow),
    children: (pipeline) =>
      database.all(`${select} WHERE parent_pipeline = ? ORDER BY id`, pipeline).map(pipelineFromRow),
    addLock: (pipeline, { job, path, digest, inputs = null }) =>
      database.transaction(() => {
        const id = Number(pipeline);
        database.run('INSERT OR IGNORE INTO pipeline_locks VALUES (?, ?, ?, ?, ?)', id, job, path, digest, inputs);
        database.run('UPDATE pipelines SET lock_digest = ? WHERE id = ? AND lock_digest IS NULL', digest, id);
      }),
    locks: (pipeline) =>
      database
        .all('SELECT job, path, digest, inputs FROM pipeline_locks WHERE pipeline = ? ORDER BY rowid', Number(pipeline))
        .map(lockFromRow),
  };
}
