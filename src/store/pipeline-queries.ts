import type { PipelineFilter, PipelineLedger } from '../coordinator/index.ts';
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
    list: ({ stacks, limit = 1000, ...filter }) => {
      if (stacks === undefined) return select(...matching({ ...filter, limit }));
      // A stack's own are read by an index, in their order. Of several stacks at once SQLite would read all.
      const found = stacks.flatMap((stack) => select(...matching({ ...filter, stack, limit })));
      return found.toSorted((a, b) => Number(b.id) - Number(a.id)).slice(0, limit);
    },
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

/** Returns the condition of a filter and its values. Only what is asked for is in it, so that SQLite chooses an index. */
function matching({ stack, tree, request, lock, before, limit }: PipelineFilter): [string, ...(string | number)[]] {
  const asked = [
    ['stack = ?', stack],
    ['tree = ?', tree],
    ['request = ?', request],
    ['pipelines.id < ?', before === undefined ? undefined : Number(before)],
    ["id IN (SELECT pipeline FROM pipeline_locks WHERE digest GLOB ? || '*')", lock],
  ] as const;
  const given = asked.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]));
  const where = ['parent_pipeline IS NULL', ...given.map(({ condition }) => condition)].join(' AND ');
  return [`${where} ORDER BY pipelines.id DESC LIMIT ?`, ...given.map(({ value }) => value), limit ?? -1];
}
