import type { ArtifactRecord, PipelineLedger } from '../coordinator/index.ts';
import { jobIndex, type JobOutput, type JobRun, type PipelineState } from '../pipeline/index.ts';
import type { Database } from './database.ts';
import { artifactColumns, runColumns } from './rows.ts';

/** What an attempt at a job left. */
const OUTPUT = `SELECT ${runColumns},
    (SELECT size FROM artifacts AS a WHERE a.job = job_runs.id AND type = 'archive' AND expired = 0) AS size,
    EXISTS (SELECT 1 FROM artifacts AS a WHERE a.job = job_runs.id AND type = 'dotenv' AND expired = 0) AS dotenv,
    EXISTS (SELECT 1 FROM artifacts AS a WHERE a.job = job_runs.id AND type = 'archive' AND expired = 1) AS expired
  FROM job_runs`;

/** What the newest attempts at some jobs left. */
const OUTPUTS = `${OUTPUT}
  WHERE pipeline = ? AND job IN (SELECT value FROM json_each(?))
    AND EXISTS (SELECT 1 FROM artifacts AS a WHERE a.job = job_runs.id)
    AND NOT EXISTS (SELECT 1 FROM job_runs AS later WHERE later.pipeline = job_runs.pipeline
      AND later.job = job_runs.job AND later.attempt > job_runs.attempt)`;

/** What the newest attempt at a job left in the newest pipeline of a branch or tag in which it succeeded. */
const SUCCESSFUL_OUTPUT = `${OUTPUT}
  WHERE id = (SELECT one.id FROM pipelines NOT INDEXED CROSS JOIN job_runs AS one ON one.pipeline = pipelines.id
    WHERE pipelines.stack = ?1 AND pipelines.ref = ?2 AND pipelines.ref_type IN ('branch', 'tag')
      AND pipelines.trust IN (SELECT value FROM json_each(?3)) AND one.name = ?4 AND one.status = 'success'
      AND NOT EXISTS (SELECT 1 FROM job_runs AS later WHERE later.pipeline = one.pipeline
        AND later.job = one.job AND later.attempt > one.attempt)
    ORDER BY pipelines.id DESC LIMIT 1)`;

/** The index has the names up to the first `@` or space. */
const NAMED = `substr(name, 1, min(instr(name || '@', '@'), instr(name || ' ', ' ')) - 1)
    = substr(?1, 1, min(instr(?1 || '@', '@'), instr(?1 || ' ', ' ')) - 1)
  AND (name = ?1 OR substr(name, 1, length(?1) + 1) IN (?1 || '@', ?1 || ' '))
  AND id < COALESCE(?2, 9e18)
  AND (?3 IS NULL OR EXISTS (
    SELECT 1 FROM pipelines WHERE pipelines.id = job_runs.pipeline AND stack IN (SELECT value FROM json_each(?3))))
  ORDER BY job_runs.id DESC LIMIT ?4`;

/** The newest runs of a package that are shown. */
const PACKAGE_RUNS = 50;

interface OutputRow extends JobRun {
  readonly size?: number;
  readonly dotenv: number;
  readonly expired: number;
}

export function runQueries(database: Database, stateOf: (pipeline: string) => PipelineState) {
  const runs = (where: string, ...values: Parameters<Database['run']>[1][]) =>
    database.all<JobRun>(`SELECT ${runColumns} FROM job_runs WHERE ${where}`, ...values);
  const artifacts = (where: string, value: string | number) =>
    database.all<ArtifactRecord>(`SELECT ${artifactColumns} FROM artifacts WHERE expired = 0 AND ${where}`, value);
  return {
    run: (id) => runs('id = ?', Number(id))[0],
    runs: (pipeline) => runs('pipeline = ? ORDER BY job_runs.id', Number(pipeline)),
    runsOfJobs: (pipeline, indices) =>
      runs('pipeline = ? AND job IN (SELECT value FROM json_each(?))', Number(pipeline), JSON.stringify(indices)),
    runsNamed: (name, { stacks, before, limit }) =>
      runs(NAMED, name, before === undefined ? undefined : Number(before), stacks && JSON.stringify(stacks), limit),
    latestRun: (pipeline, name) =>
      runs(
        'pipeline = ? AND job = ? ORDER BY attempt DESC LIMIT 1',
        Number(pipeline),
        jobIndex(stateOf(pipeline).plan, name),
      )[0],
    runsInStatus: (statuses) =>
      runs('status IN (SELECT value FROM json_each(?)) ORDER BY job_runs.id', JSON.stringify(statuses)),
    runsOfPackage: (stack, hash) =>
      runs(
        `hash = ? AND pipeline IN (SELECT pipelines.id FROM pipelines WHERE pipelines.stack = ?)
           ORDER BY job_runs.id DESC LIMIT ${PACKAGE_RUNS}`,
        hash,
        stack,
      ),
    runsEndedSince: (at) => runs('finished_at >= ? AND started_at IS NOT NULL ORDER BY job_runs.id', at),
    addArtifact: ({ job, type, format, file, size, expiresAt }) =>
      database.replace('artifacts', { job: Number(job), type, format, file, size, expires_at: expiresAt }),
    setTests: (job, tests) => database.replace('test_reports', { job: Number(job), summary: JSON.stringify(tests) }),
    tests: (job) => {
      const sql = 'SELECT summary FROM test_reports WHERE job = ?';
      const row = database.get<{ summary: string }>(sql, Number(job));
      return row && JSON.parse(row.summary);
    },
    artifacts: (job) => artifacts('job = ?', Number(job)),
    dueArtifacts: (at) => artifacts('expires_at <= ? ORDER BY expires_at', at),
    artifactExpired: ({ job, type }) =>
      database.run('UPDATE artifacts SET expired = 1 WHERE job = ? AND type = ?', Number(job), type),
    outputs: (pipeline, jobs) => {
      if (jobs.length === 0) return [];
      const { plan } = stateOf(pipeline);
      const indices = JSON.stringify(jobs.map((name) => jobIndex(plan, name)));
      const found = new Map(
        database.all<OutputRow>(OUTPUTS, Number(pipeline), indices).map((row) => [row.name, outputOf(row)]),
      );
      return jobs.flatMap((name) => found.get(name) ?? []);
    },
    successfulOutput: ({ stack, ref, job, trusts }) => {
      const row = database.get<OutputRow>(SUCCESSFUL_OUTPUT, stack, ref, JSON.stringify(trusts), job);
      return row && outputOf(row);
    },
  } satisfies Partial<PipelineLedger>;
}

function outputOf({ size, dotenv, expired, ...run }: OutputRow): JobOutput {
  const archive = size === undefined ? undefined : { size };
  return { run, archive, hasDotenv: dotenv === 1, isExpired: expired === 1 };
}
