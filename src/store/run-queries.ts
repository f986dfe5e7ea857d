import type { ArtifactRecord, PipelineLedger } from '../coordinator/index.ts';
import { jobIndex, type JobOutput, type JobRun, type PipelineState } from '../pipeline/index.ts';
import type { Database } from './database.ts';
import { artifactFromRow, runFromRow } from './rows.ts';

/** What the newest attempts at some jobs left. */
const OUTPUTS = `SELECT job_runs.*,
    MAX(CASE WHEN artifacts.type = 'archive' AND artifacts.expired = 0 THEN artifacts.size END) AS archive_size,
    MAX(artifacts.type = 'dotenv' AND artifacts.expired = 0) AS has_dotenv,
    MAX(artifacts.type = 'archive' AND artifacts.expired = 1) AS is_expired
  FROM job_runs JOIN artifacts ON artifacts.job = job_runs.id
  WHERE job_runs.pipeline = ? AND job_runs.job IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM job_runs AS later WHERE later.pipeline = job_runs.pipeline
      AND later.job = job_runs.job AND later.attempt > job_runs.attempt)
  GROUP BY job_runs.id`;

export function runQueries(
  database: Database,
  stateOf: (pipeline: string) => PipelineState,
): Pick<
  PipelineLedger,
  | 'run'
  | 'runs'
  | 'latestRun'
  | 'runsInStatus'
  | 'addArtifact'
  | 'artifacts'
  | 'dueArtifacts'
  | 'artifactExpired'
  | 'outputs'
  | 'setTests'
  | 'tests'
> {
  const one = (row: ReturnType<Database['get']>): JobRun | undefined =>
    row === undefined ? undefined : runFromRow(row);
  return {
    run: (id) => one(database.get('SELECT * FROM job_runs WHERE id = ?', Number(id))),
    runs: (pipeline) =>
      database.all('SELECT * FROM job_runs WHERE pipeline = ? ORDER BY id', Number(pipeline)).map(runFromRow),
    latestRun: (pipeline, name) =>
      one(
        database.get(
          'SELECT * FROM job_runs WHERE pipeline = ? AND job = ? ORDER BY attempt DESC LIMIT 1',
          Number(pipeline),
          jobIndex(stateOf(pipeline).plan, name) ?? null,
        ),
      ),
    runsInStatus: (statuses) =>
      database
        .all(
          'SELECT * FROM job_runs WHERE status IN (SELECT value FROM json_each(?)) ORDER BY id',
          JSON.stringify(statuses),
        )
        .map(runFromRow),
    addArtifact: ({ job, type, format, file, size, expiresAt }) =>
      database.run(
        'INSERT OR REPLACE INTO artifacts (job, type, format, file, size, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
        Number(job),
        type,
        format,
        file,
        size,
        expiresAt ?? null,
      ),
    setTests: (job, tests) =>
      database.run(
        'INSERT OR REPLACE INTO test_reports (job, summary) VALUES (?, ?)',
        Number(job),
        JSON.stringify(tests),
      ),
    tests: (job) => {
      const row = database.get('SELECT summary FROM test_reports WHERE job = ?', Number(job));
      return row === undefined ? undefined : (JSON.parse(String(row.summary)) as ReturnType<PipelineLedger['tests']>);
    },
    artifacts: (job): ArtifactRecord[] =>
      database.all('SELECT * FROM artifacts WHERE job = ? AND expired = 0', Number(job)).map(artifactFromRow),
    dueArtifacts: (at) =>
      database
        .all('SELECT * FROM artifacts WHERE expired = 0 AND expires_at <= ? ORDER BY expires_at', at)
        .map(artifactFromRow),
    artifactExpired: ({ job, type }) =>
      database.run('UPDATE artifacts SET expired = 1 WHERE job = ? AND type = ?', Number(job), type),
    outputs: (pipeline, jobs) => {
      if (jobs.length === 0) return [];
      const { plan } = stateOf(pipeline);
      const indices = JSON.stringify(jobs.map((name) => jobIndex(plan, name)));
      const rows = database.all(OUTPUTS, Number(pipeline), indices).map(outputFromRow);
      const found = new Map(rows.map((output) => [output.run.name, output]));
      return jobs.flatMap((name) => found.get(name) ?? []);
    },
  };
}

function outputFromRow(row: Parameters<typeof runFromRow>[0]): JobOutput {
  return {
    run: runFromRow(row),
    ...(row.archive_size === null ? {} : { archive: { size: Number(row.archive_size) } }),
    hasDotenv: row.has_dotenv === 1,
    isExpired: row.is_expired === 1,
  };
}
