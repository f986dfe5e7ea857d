import type { ArtifactRecord, JobRun, PipelineLedger, PipelineRecord, PipelineSubject } from '../coordinator/index.ts';
import type { PipelineEvent, PipelineState } from '../engine/index.ts';
import type { PipelinePlan } from '../gitlab/index.ts';
import { isFinal, transition } from '../engine/index.ts';
import type { Database } from './database.ts';
import { storeError } from './errors.ts';
import { artifactFromRow, pipelineFromRow, runFromRow } from './rows.ts';

/** Pipelines, their events and job runs in SQLite. The state of active pipelines is kept in memory as well. */
export function createPipelineLedger(database: Database): PipelineLedger {
  const states = new Map<string, PipelineState>();
  const history = jobHistory(database);

  function state(pipeline: string): PipelineState {
    const known = states.get(pipeline);
    if (known !== undefined) return known;
    const row = database.get('SELECT plan, state FROM pipelines WHERE id = ?', Number(pipeline));
    if (row === undefined) throw storeError('STORE_NO_PIPELINE', { id: pipeline });
    return { ...JSON.parse(String(row.state)), plan: JSON.parse(String(row.plan)) } as PipelineState;
  }

  function remember(next: PipelineState): void {
    if (isFinal(next.status)) states.delete(next.id);
    else states.set(next.id, next);
  }

  return {
    state,
    create: (subject, options) => {
      const created = database.transaction(() => {
        const id = insertPipeline(database, subject, options);
        const first = options.state(id);
        saveState(database, first, options.at);
        database.run('UPDATE pipelines SET plan = ? WHERE id = ?', JSON.stringify(first.plan), Number(id));
        if (options.inboxEvent !== undefined)
          database.run('UPDATE inbox SET done = 1 WHERE id = ?', Number(options.inboxEvent));
        return first;
      });
      remember(created);
      return requireRecord(database, created.id);
    },
    apply: (pipeline, event, at) => {
      const before = state(pipeline);
      const { state: after, effects } = transition(before, event);
      if (after === before) return { state: after, effects };
      database.transaction(() => {
        database.run(
          'INSERT INTO pipeline_events (pipeline, seq, at, event) VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM pipeline_events WHERE pipeline = ?), ?, ?)',
          Number(pipeline),
          Number(pipeline),
          at,
          JSON.stringify(event),
        );
        saveState(database, after, at);
        saveRuns(database, { before, after, event }, at);
      });
      remember(after);
      if (event.type === 'job-finished') history.changed();
      return { state: after, effects };
    },
    durations: history.durations,
    ...pipelineQueries(database),
    ...runQueries(database),
  };
}

function pipelineQueries(
  database: Database,
): Pick<PipelineLedger, 'record' | 'active' | 'list' | 'children' | 'setLock'> {
  return {
    record: (pipeline) => {
      const row = database.get('SELECT * FROM pipelines WHERE id = ?', Number(pipeline));
      return row === undefined ? undefined : pipelineFromRow(row);
    },
    active: () => database.all('SELECT * FROM pipelines WHERE finished = 0 ORDER BY id').map(pipelineFromRow),
    list: ({ stack, tree, request, limit = 1000 }): PipelineRecord[] =>
      database
        .all(
          `SELECT * FROM pipelines WHERE parent_pipeline IS NULL AND (?1 IS NULL OR stack = ?1) AND (?2 IS NULL OR tree = ?2)
             AND (?3 IS NULL OR request = ?3) ORDER BY id DESC LIMIT ?4`,
          stack ?? null,
          tree ?? null,
          request ?? null,
          limit,
        )
        .map(pipelineFromRow),
    children: (pipeline) =>
      database.all('SELECT * FROM pipelines WHERE parent_pipeline = ? ORDER BY id', pipeline).map(pipelineFromRow),
    setLock: (pipeline, lockDigest) =>
      database.run(
        'UPDATE pipelines SET lock_digest = ? WHERE id = ? AND lock_digest IS NULL',
        lockDigest,
        Number(pipeline),
      ),
  };
}

function runQueries(
  database: Database,
): Omit<
  PipelineLedger,
  'create' | 'apply' | 'state' | 'durations' | 'record' | 'active' | 'list' | 'children' | 'setLock'
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
    artifacts: (job): ArtifactRecord[] =>
      database.all('SELECT * FROM artifacts WHERE job = ?', Number(job)).map(artifactFromRow),
  };
}

/** What jobs took. The same map is given again until another job has ended, so that what was made of it can be kept. */
function jobHistory(database: Database): Pick<PipelineLedger, 'durations'> & { changed(): void } {
  let known: ReadonlyMap<string, number> | undefined;
  return {
    changed: () => (known = undefined),
    durations: () => (known ??= meanSeconds(database)),
  };
}

function meanSeconds(database: Database): ReadonlyMap<string, number> {
  const rows = database.all(
    `SELECT makes, AVG((julianday(finished_at) - julianday(started_at)) * 86400.0) AS seconds
       FROM job_runs WHERE status = 'success' AND started_at IS NOT NULL GROUP BY makes`,
  );
  return new Map(rows.map((row) => [String(row.makes), Number(row.seconds)]));
}

function insertPipeline(
  database: Database,
  subject: PipelineSubject,
  options: Parameters<PipelineLedger['create']>[1],
): string {
  return database.insert(
    `INSERT INTO pipelines (stack, source, ref_type, ref, head, base, sha, tree, trust, request, parent_pipeline, parent_job,
       status, created_at, plan, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'created', ?, '{}', '{}') RETURNING id`,
    subject.stack,
    subject.source,
    subject.refType,
    subject.ref,
    subject.head,
    subject.base,
    subject.sha,
    subject.tree,
    subject.trust,
    subject.request ?? null,
    options.parent?.pipeline ?? null,
    options.parent?.job ?? null,
    options.at,
  );
}

interface Change {
  readonly before: PipelineState;
  readonly after: PipelineState;
  /** What led from one to the other. */
  readonly event: PipelineEvent;
}

/** The plan never changes, so it is not written again with every event. */
function saveState(database: Database, { plan: _plan, ...state }: PipelineState, at: string): void {
  const finished = isFinal(state.status);
  database.run(
    'UPDATE pipelines SET status = ?, finished = ?, finished_at = ?, state = ? WHERE id = ?',
    state.status,
    finished ? 1 : 0,
    finished ? at : null,
    JSON.stringify(state),
    Number(state.id),
  );
}

function saveRuns(database: Database, change: Change, at: string): void {
  const { before, after } = change;
  const makes = packagesOf(after.plan);
  for (const job of Object.values(after.jobs)) {
    if (before.jobs[job.name] === job) continue;
    database.run(
      `INSERT INTO job_runs (pipeline, name, attempt, makes, status, queued_at, started_at, finished_at, failure_reason, exit_code)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (pipeline, name, attempt) DO UPDATE SET status = excluded.status,
         queued_at = COALESCE(excluded.queued_at, queued_at), started_at = COALESCE(excluded.started_at, started_at),
         finished_at = COALESCE(excluded.finished_at, finished_at), failure_reason = excluded.failure_reason, exit_code = excluded.exit_code`,
      Number(after.id),
      job.name,
      job.attempt,
      makes.get(job.name) ?? job.name,
      job.status,
      job.status === 'pending' ? (job.queuedAt ?? at) : null,
      job.startedAt ?? null,
      job.finishedAt ?? null,
      job.failureReason ?? null,
      job.exitCode ?? null,
    );
  }
  closeSuperseded(database, change, at);
}

const packages = new WeakMap<PipelinePlan, ReadonlyMap<string, string>>();

/** The package that each job makes, where it says so: what a job takes is remembered by it over all pipelines. */
function packagesOf(plan: PipelinePlan): ReadonlyMap<string, string> {
  const known = packages.get(plan);
  if (known !== undefined) return known;
  const named = plan.jobs.flatMap(({ name, variables }) => {
    const made = variables.SPACK_JOB_SPEC_PKG_NAME?.value;
    return made === undefined ? [] : [[name, made] as const];
  });
  const found = new Map(named);
  packages.set(plan, found);
  return found;
}

/** An attempt that was followed by another has failed, and its row says so, and why. */
function closeSuperseded(database: Database, { before, after, event }: Change, at: string): void {
  const reason = event.type === 'job-finished' ? event.failureReason : 'runner_system_failure';
  const exitCode = event.type === 'job-finished' ? event.exitCode : undefined;
  for (const job of Object.values(after.jobs)) {
    const attempt = before.jobs[job.name]?.attempt;
    if (attempt === undefined || attempt >= job.attempt) continue;
    database.run(
      `UPDATE job_runs SET status = 'failed', finished_at = COALESCE(finished_at, ?), failure_reason = ?, exit_code = ?
        WHERE pipeline = ? AND name = ? AND attempt < ? AND status NOT IN ('success', 'failed', 'canceled', 'skipped')`,
      at,
      reason ?? null,
      exitCode ?? null,
      Number(after.id),
      job.name,
      job.attempt,
    );
  }
}

function requireRecord(database: Database, id: string): PipelineRecord {
  const row = database.get('SELECT * FROM pipelines WHERE id = ?', Number(id));
  if (row === undefined) throw storeError('STORE_NO_PIPELINE', { id });
  return pipelineFromRow(row);
}
