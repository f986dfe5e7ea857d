import type { EndedPipeline, TrendLedger } from '../coordinator/index.ts';
import type { Database } from './database.ts';

const DAY = 'substr(finished_at, 1, 10)';
const OF_RANGE = 'stack IN (SELECT value FROM json_each(?)) AND finished_at >= ? AND finished_at < ?';

/** Counts what ended when, in SQLite. */
export function createTrendLedger(database: Database): TrendLedger {
  return {
    isSaved: ({ pipeline, finishedAt }) => {
      const sql = 'SELECT 1 FROM ended_pipelines WHERE pipeline = ? AND finished_at = ?';
      return database.get(sql, Number(pipeline), finishedAt) !== undefined;
    },
    save: (ended) => database.replace('ended_pipelines', rowOf(ended)),
    jobs: ({ stacks, since, until }, by) =>
      database.all(
        `SELECT ${by} AS "of", measure, value, SUM(jobs) AS jobs FROM ended_jobs
         WHERE stack IN (SELECT value FROM json_each(?)) AND day >= ? AND day < ? GROUP BY 1, 2, 3`,
        JSON.stringify(stacks),
        since,
        until,
      ),
    pipelines: ({ stacks, since, until }, by) =>
      database.all(
        `SELECT ${by === 'day' ? DAY : by} AS "of", status, seconds, COUNT(*) AS pipelines, SUM(built) AS built,
           SUM(reused) AS reused, SUM(built_bytes) AS builtBytes, SUM(reused_bytes) AS reusedBytes
         FROM ended_pipelines WHERE ${OF_RANGE} GROUP BY 1, 2, 3`,
        JSON.stringify(stacks),
        since,
        until,
      ),
    failures: ({ stacks, since, until }) =>
      database.all(
        `SELECT ${DAY} AS day, each.key AS class, SUM(each.value) AS jobs
         FROM ended_pipelines, json_each(failures) AS each WHERE ${OF_RANGE} GROUP BY day, class`,
        JSON.stringify(stacks),
        since,
        until,
      ),
  };
}

function rowOf({ pipeline, finishedAt, builtBytes, reusedBytes, failures, ...row }: EndedPipeline) {
  return {
    ...row,
    pipeline: Number(pipeline),
    finished_at: finishedAt,
    built_bytes: builtBytes,
    reused_bytes: reusedBytes,
    failures: JSON.stringify(failures),
  };
}
