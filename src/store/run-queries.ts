import type { ArtifactRecord, JobRun, PipelineLedger } from '../coordinator/index.ts';
import type { Database } from './database.ts';
import { artifactFromRow, runFromRow } from './rows.ts';

export function runQueries(
  database: Database,
): Pick<
  PipelineLedger,
  'run' | 'runs' | 'latestRun' | 'runsInStatus' | 'setRunner' | 'addArtifact' | 'artifacts' | 'setTests' | 'tests'
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
          'SELECT * FROM job_runs WHERE pipeline = ? AND name = ? ORDER BY attempt DESC LIMIT 1',
          Number(pipeline),
          name,
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
    addArtifact: ({ job, type, format, file, size }) =>
      database.run(
        'INSERT OR REPLACE INTO artifacts (job, type, format, file, size) VALUES (?, ?, ?, ?, ?)',
        Number(job),
        type,
        format,
        file,
        size,
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
      database.all('SELECT * FROM artifacts WHERE job = ?', Number(job)).map(artifactFromRow),
  };
}
