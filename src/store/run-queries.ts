import type { ArtifactRecord, JobRun, PipelineLedger } from '../coordinator/index.ts';
import { jobIndex } from '../pipeline/index.ts';
import type { PipelineState } from '../pipeline/index.ts';
import type { Database } from './database.ts';
import { artifactFromRow, runFromRow } from './rows.ts';

export function runQueries(
  database: Database,
  stateOf: (pipeline: string) => PipelineState,
): Pick<
  PipelineLedger,
  | 'run'
  | 'runs'
  | 'latestRun'
  | 'runsInStatus'
  | 'setRunner'
  | 'addArtifact'
  | 'artifacts'
  | 'dueArtifacts'
  | 'artifactExpired'
  | 'expiredAmong'
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
    setRunner: (id, runner) => database.run('UPDATE job_runs SET runner = ? WHERE id = ?', runner, Number(id)),
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
    expiredAmong: (jobs) => {
      const row = database.get(
        `SELECT job FROM artifacts WHERE expired = 1 AND type = 'archive'
           AND job IN (SELECT CAST(value AS INTEGER) FROM json_each(?)) LIMIT 1`,
        JSON.stringify(jobs),
      );
      return row === undefined ? undefined : String(row.job);
    },
  };
}
