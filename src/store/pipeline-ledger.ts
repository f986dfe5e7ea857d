import type { PipelineLedger } from '../coordinator/index.ts';
import {
  PipelineMachine,
  type JobRun,
  type JobState,
  type PipelineEvent,
  type PipelineRecord,
  type PipelineState,
} from '../pipeline/index.ts';
import type { Database } from './database.ts';
import { storeError } from './errors.ts';
import { jobHistory } from './job-history.ts';
import { createPackageHistory } from './package-history.ts';
import { pipelineQueries } from './pipeline-queries.ts';
import { runQueries } from './run-queries.ts';
import { closeRun, madeIn, writeRun } from './run-rows.ts';
import { readState, writeHead, writeJob, writePlan } from './state-rows.ts';
import { StateCache } from './state-cache.ts';

/** Pipelines, their events and job runs in SQLite. The state of active pipelines is kept in memory as well. */
export function createPipelineLedger(database: Database): PipelineLedger {
  const states = new StateCache();
  const listeners: ((runs: readonly JobRun[]) => void)[] = [];
  const written = (runs: readonly JobRun[]) => listeners.forEach((listener) => listener(runs));
  const history = jobHistory(database);
  const packages = createPackageHistory(database);
  const queries = pipelineQueries(database);

  const changed = new Map<string, JobState>();
  const machineOf = (state: PipelineState) => new PipelineMachine(state, (job) => changed.set(job.name, job));

  function state(pipeline: string): PipelineMachine {
    const known = states.get(pipeline);
    if (known !== undefined) return known;
    const stored = readState(database, pipeline);
    if (stored === undefined) throw storeError('STORE_NO_PIPELINE', { id: pipeline });
    return states.keep(machineOf(stored));
  }

  /** Lets an event change the state in memory, and stores what it changed. */
  function applyTo(machine: PipelineMachine, event: PipelineEvent, at: string) {
    const { id, status, cancelReason } = machine;
    changed.clear();
    const effects = machine.apply(event);
    if (changed.size === 0 && machine.cancelReason === cancelReason) return { effects, runs: [] };
    const runs = database.transaction(() => {
      storeEvent(database, id, { event, at });
      if (machine.status !== status || machine.cancelReason !== cancelReason) writeHead(database, machine, at);
      const stored = [...changed.values()].map((job) => {
        writeJob(database, machine, job);
        return writeRun(database, { after: machine, event, at }, job);
      });
      recordDurations(machine, stored);
      return stored;
    });
    return { effects, runs };
  }

  /** Outsiders' jobs teach nothing: their authors decide how long they take. */
  function recordDurations(machine: PipelineMachine, runs: readonly JobRun[]): void {
    const ended = successes(machine, runs);
    if (ended.length === 0 || queries.record(machine.id)?.trust === 'untrusted') return;
    for (const measure of ended) packages.record({ ...measure, phase: 'job' });
  }

  return {
    state,
    create: (subject, options) => {
      const created = database.transaction(() => {
        const { at, inboxEvent } = options;
        const first = options.state(insertPipeline(database, subject, options));
        writeHead(database, first, at);
        writePlan(database, first);
        if (inboxEvent !== undefined) database.run('UPDATE inbox SET done = 1 WHERE id = ?', Number(inboxEvent));
        return first;
      });
      states.keep(machineOf(created));
      history.renew();
      return queries.record(created.id) as PipelineRecord;
    },
    apply: (pipeline, event, at) => {
      const machine = state(pipeline);
      try {
        const { effects, runs } = applyTo(machine, event, at);
        states.keep(machine);
        for (const { package: makes, seconds } of successes(machine, runs)) history.ran(makes, seconds);
        written(runs);
        return { effects };
      } catch (error) {
        // What is in memory is ahead of what was stored.
        states.forget(pipeline);
        throw error;
      }
    },
    durations: history.durations,
    watchRuns: (listener) => void listeners.push(listener),
    ...queries,
    ...runQueries(database, state),
    closeRun: (id, at) => written([closeRun(database, id, at)]),
  };
}

/** Returns what jobs made that have just succeeded, and how long they ran. */
function successes(state: PipelineState, runs: readonly JobRun[]) {
  return runs.flatMap(({ name, status, startedAt, finishedAt: at }) => {
    if (status !== 'success' || startedAt === undefined || at === undefined) return [];
    const seconds = (Date.parse(at) - Date.parse(startedAt)) / 1000;
    return [{ ...madeIn(state, name), seconds, at }];
  });
}

function storeEvent(database: Database, pipeline: string, { event, at }: { event: PipelineEvent; at: string }): void {
  const id = Number(pipeline);
  database.run(
    'INSERT INTO pipeline_events (pipeline, seq, at, event) VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM ' +
      'pipeline_events WHERE pipeline = ?), ?, ?)',
    id,
    id,
    at,
    JSON.stringify(event),
  );
}

function insertPipeline(database: Database, ...[subject, options]: Parameters<PipelineLedger['create']>): string {
  const { stack, source, refType, ref, head, base, sha, tree, trust, request, actor, beforeSha } = subject;
  return database.insert('pipelines', {
    stack,
    source,
    ref,
    head,
    base,
    sha,
    tree,
    trust,
    request,
    actor,
    ref_type: refType,
    before_sha: beforeSha,
    parent_pipeline: options.parent?.pipeline,
    parent_job: options.parent?.job,
    upstream_pipeline: options.upstream?.pipeline,
    upstream_job: options.upstream?.job,
    status: 'created',
    created_at: options.at,
  });
}
