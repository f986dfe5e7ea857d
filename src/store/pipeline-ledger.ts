import type { PipelineLedger } from '../coordinator/index.ts';
import type {
  JobRun,
  JobState,
  PipelineEvent,
  PipelineRecord,
  PipelineState,
  PipelineSubject,
} from '../pipeline/index.ts';
import { transition } from '../pipeline/index.ts';
import type { Database } from './database.ts';
import { storeError } from './errors.ts';
import { jobHistory } from './job-history.ts';
import type { JobHistory } from './job-history.ts';
import { pipelineColumns, pipelineQueries } from './pipeline-queries.ts';
import { ReadyRuns } from './ready-runs.ts';
import { pipelineFromRow } from './rows.ts';
import { runQueries } from './run-queries.ts';
import { closeRun, madeBy, writeRun } from './run-rows.ts';
import { readState, writeHead, writeJob, writePlan } from './state-rows.ts';
import { StateCache } from './state-cache.ts';

/** Pipelines, their events and job runs in SQLite. The state of active pipelines is kept in memory as well. */
export function createPipelineLedger(database: Database): PipelineLedger {
  const states = new StateCache();
  const ready = new ReadyRuns(database);
  const history = jobHistory(database);

  function state(pipeline: string): PipelineState {
    const known = states.get(pipeline) ?? readState(database, pipeline);
    if (known === undefined) throw storeError('STORE_NO_PIPELINE', { id: pipeline });
    states.keep(known);
    return known;
  }

  return {
    state,
    create: (subject, options) => {
      const created = database.transaction(() => {
        const id = insertPipeline(database, subject, options);
        const first = options.state(id);
        writeHead(database, first, options.at);
        writePlan(database, first);
        if (options.inboxEvent !== undefined)
          database.run('UPDATE inbox SET done = 1 WHERE id = ?', Number(options.inboxEvent));
        return first;
      });
      states.keep(created);
      history.renew();
      return requireRecord(database, created.id);
    },
    apply: (pipeline, event, at) => {
      const before = state(pipeline);
      const changed = new Map<string, JobState>();
      const { state: after, effects } = transition(before, event, (job) => changed.set(job.name, job));
      if (after === before) return { state: after, effects };
      const change = { before, after, event, at };
      const runs = database.transaction(() => {
        storeEvent(database, pipeline, { event, at });
        if (before.status !== after.status || before.cancelReason !== after.cancelReason)
          writeHead(database, after, at);
        return [...changed.values()].map((job) => {
          writeJob(database, after, job);
          return writeRun(database, change, job);
        });
      });
      states.keep(after);
      ready.update(runs);
      learn(history, after, runs);
      return { state: after, effects };
    },
    durations: history.durations,
    readyRuns: () => ready.all(),
    ...pipelineQueries(database),
    ...runQueries(database, state),
    closeRun: (id, at) => ready.update([closeRun(database, id, at)]),
  };
}

function learn(history: JobHistory, state: PipelineState, runs: readonly JobRun[]): void {
  for (const { name, status, startedAt, finishedAt } of runs) {
    if (status !== 'success' || startedAt === undefined || finishedAt === undefined) continue;
    history.ran(madeBy(state, name), (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  }
}

function storeEvent(database: Database, pipeline: string, { event, at }: { event: PipelineEvent; at: string }): void {
  const id = Number(pipeline);
  database.run(
    'INSERT INTO pipeline_events (pipeline, seq, at, event) VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM pipeline_events WHERE pipeline = ?), ?, ?)',
    id,
    id,
    at,
    JSON.stringify(event),
  );
}

function insertPipeline(
  database: Database,
  subject: PipelineSubject,
  options: Parameters<PipelineLedger['create']>[1],
): string {
  return database.insert(
    `INSERT INTO pipelines (stack, source, ref_type, ref, head, base, sha, tree, trust, request, actor, before_sha,
       parent_pipeline, parent_job, status, created_at, plan, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'created', ?, '', '{}') RETURNING id`,
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
    subject.actor ?? null,
    subject.beforeSha ?? null,
    options.parent?.pipeline ?? null,
    options.parent?.job ?? null,
    options.at,
  );
}

function requireRecord(database: Database, id: string): PipelineRecord {
  const row = database.get(`SELECT ${pipelineColumns} FROM pipelines WHERE id = ?`, Number(id));
  if (row === undefined) throw storeError('STORE_NO_PIPELINE', { id });
  return pipelineFromRow(row);
}
