import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { planFrom } from '../../test/support/plan.ts';
import type { PipelineLedger } from '../coordinator/index.ts';
import {
  createPipeline,
  transitionAll,
  type JobRun,
  type PipelineEvent,
  type PipelineState,
  type PipelineSubject,
} from '../pipeline/index.ts';
import { Database } from './database.ts';
import { createPackageHistory } from './package-history.ts';
import { createPipelineLedger } from './pipeline-ledger.ts';
import { raiseNumbers } from './raise-numbers.ts';

const plan = planFrom(`
stages: [build, test]
tide: { stage: build, script: make, retry: 1, variables: { SPACK_JOB_SPEC_PKG_NAME: libtide, SPACK_JOB_SPEC_PKG_VERSION: '1.0' } }
gauge: { stage: build, script: make, needs: [tide] }
check: { stage: test, script: make test }
`);
const subject: PipelineSubject = {
  stack: 'lab',
  source: 'push',
  refType: 'branch',
  ref: 'main',
  head: 'a1',
  base: 'a1',
  sha: 'a1',
  tree: 't1',
  trust: 'protected',
};

let path: string;
let database: Database;
let ledger: PipelineLedger;

beforeEach(async () => {
  path = join(await temporaryFolder(), 'slipway.db');
  reopen();
});
afterEach(() => database.close());

function reopen(): void {
  database = new Database(path);
  ledger = createPipelineLedger(database);
}

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const create = (change: Partial<PipelineSubject> = {}) =>
  ledger.create({ ...subject, ...change }, { at: at(0), state: (id) => createPipeline(id, plan) }).id;
const assigned = (job: string, attempt: number, second: number): PipelineEvent => ({
  type: 'job-assigned',
  job,
  attempt,
  runner: 'r',
  at: at(second),
});
const finished = (
  job: string,
  attempt: number,
  second: number,
  outcome: 'success' | 'failed' = 'success',
): PipelineEvent => ({
  type: 'job-finished',
  job,
  attempt,
  outcome,
  at: at(second),
});
const wholeRun: readonly PipelineEvent[] = [
  { type: 'started', at: at(1) },
  assigned('tide', 1, 2),
  finished('tide', 1, 3, 'failed'),
  assigned('tide', 2, 4),
  finished('tide', 2, 14),
  assigned('gauge', 1, 15),
  { type: 'job-requeued', job: 'gauge', attempt: 1, at: at(16) },
  assigned('gauge', 2, 17),
  finished('gauge', 2, 19),
  assigned('check', 1, 20),
  finished('check', 1, 21),
];

function play(id: string, events: readonly PipelineEvent[]): void {
  for (const event of events) ledger.apply(id, event, event.at);
}

const storedEvents = (id: string) =>
  database
    .all('SELECT event FROM pipeline_events WHERE pipeline = ? ORDER BY seq', Number(id))
    .map((row) => JSON.parse(String(row.event)) as PipelineEvent);

/** The state by itself: the ledger changes its own with the next event. */
function stateOf(from: PipelineLedger, pipeline: string): PipelineState {
  const { id, plan, jobs, status, cancelReason } = from.state(pipeline);
  return { id, plan, jobs, status, cancelReason };
}

describe('a pipeline', () => {
  test('is after any event what a replay of its stored events makes of it, in memory and on disk', () => {
    const id = create();
    for (const event of wholeRun) {
      ledger.apply(id, event, event.at);
      const replayed = transitionAll(createPipeline(id, plan), storedEvents(id)).state;
      expect(stateOf(ledger, id)).toEqual(replayed);
      expect(stateOf(createPipelineLedger(database), id)).toEqual(JSON.parse(JSON.stringify(replayed)));
    }
    expect(storedEvents(id)).toEqual(wholeRun);
    expect(ledger.record(id)).toMatchObject({ status: 'success', finishedAt: at(21) });
    expect(ledger.active()).toEqual([]);
  });

  test('goes on after a restart as if there had been none', () => {
    const id = create();
    for (const event of wholeRun) {
      database.close();
      reopen();
      ledger.apply(id, event, event.at);
    }
    expect(ledger.record(id)?.status).toBe('success');
    expect(
      ledger
        .runs(id)
        .map(({ name, attempt, status }) => `${name} ${attempt} ${status}`)
        .toSorted(),
    ).toEqual(['check 1 success', 'gauge 1 failed', 'gauge 2 success', 'tide 1 failed', 'tide 2 success']);
  });

  test('stores nothing of an event that comes twice', () => {
    const id = create();
    play(id, wholeRun.slice(0, 2));
    play(id, wholeRun.slice(0, 2));
    expect(storedEvents(id)).toHaveLength(2);
  });

  test('keeps neither event nor state where the transaction fails', () => {
    const id = create();
    play(id, wholeRun.slice(0, 2));
    const before = JSON.parse(JSON.stringify(stateOf(ledger, id)));
    database.run("CREATE TRIGGER full BEFORE UPDATE ON job_runs BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    expect(() => ledger.apply(id, finished('tide', 1, 3), at(3))).toThrow('disk full');
    expect(storedEvents(id)).toHaveLength(2);
    expect(stateOf(ledger, id)).toEqual(before);
    expect(stateOf(createPipelineLedger(database), id)).toEqual(before);
    database.run('DROP TRIGGER full');
    ledger.apply(id, finished('tide', 1, 3), at(3));
    expect(ledger.state(id).jobs.tide?.status).toBe('success');
  });

  test('is made together with the answer to the event that requested it, or not at all', () => {
    const pending = () => database.all('SELECT id FROM inbox WHERE done = 0').length;
    const inboxEvent = database.insert('inbox', { stack: 'lab', event: '{}', received_at: '' });
    const options = { at: at(0), inboxEvent };
    const broken = (): never => {
      throw new Error('no plan');
    };
    expect(() => ledger.create(subject, { ...options, state: broken })).toThrow('no plan');
    expect([ledger.list({}), pending()]).toEqual([[], 1]);
    ledger.create(subject, { ...options, state: (id) => createPipeline(id, plan) });
    expect([ledger.list({}).length, pending()]).toEqual([1, 0]);
  });

  test('that is not there is named', () => {
    expect(() => ledger.state('99')).toThrow(expect.objectContaining({ code: 'STORE_NO_PIPELINE' }));
    expect(ledger.record('99')).toBeUndefined();
  });

  test('keeps the locks of its jobs, the first one first, and what a job left first', () => {
    const id = create();
    const lock = (job: string, digest: string) => ({ job, path: 'spack.lock', digest });
    ledger.addLock(id, lock('b', 'first'));
    ledger.addLock(id, { ...lock('a', 'second'), inputs: 'what decided it' });
    ledger.addLock(id, lock('b', 'third'));
    expect(ledger.record(id)?.lockDigest).toBe('first');
    expect(ledger.locks(id)).toEqual([lock('b', 'first'), { ...lock('a', 'second'), inputs: 'what decided it' }]);
  });
});

describe('pipelines', () => {
  test('are listed newest first, by stack, tree and request, without children', () => {
    const [main, request, other] = [create(), create({ request: '7', tree: 't2' }), create({ stack: 'other' })];
    const child = ledger.create(subject, {
      at: at(0),
      state: (id) => createPipeline(id, plan),
      parent: { pipeline: main, job: 'check' },
    }).id;
    const ids = (filter: Parameters<PipelineLedger['list']>[0]) => ledger.list(filter).map(({ id }) => id);
    expect(ids({})).toEqual([other, request, main]);
    expect(ids({ stack: 'lab' })).toEqual([request, main]);
    expect(ids({ stack: 'lab', request: '7' })).toEqual([request]);
    expect(ids({ tree: 't1', limit: 1 })).toEqual([other]);
    expect(ledger.children(main).map(({ id, parent }) => [id, parent?.job])).toEqual([[child, 'check']]);
    expect(ledger.active()).toHaveLength(4);
  });
});

describe('job runs', () => {
  test('carry when they were queued, started and finished, and by whom they are run', () => {
    const id = create();
    play(id, wholeRun.slice(0, 4));
    const newest = ledger.latestRun(id, 'tide');
    expect(newest).toMatchObject({ attempt: 2, status: 'running', queuedAt: at(3), startedAt: at(4) });
    play(id, wholeRun.slice(4, 5));
    expect(ledger.run(newest?.id ?? '')).toMatchObject({
      status: 'success',
      runner: 'r',
      queuedAt: at(3),
      finishedAt: at(14),
    });
    expect(ledger.runsInStatus(['pending', 'failed']).map(({ name }) => name)).toEqual(['tide', 'gauge']);
  });

  test('record how long a package takes, over all pipelines, by the package’s name', () => {
    for (const seconds of [10, 20]) {
      const id = create();
      play(id, [wholeRun[0] as PipelineEvent, assigned('tide', 1, 2), finished('tide', 1, 2 + seconds)]);
    }
    expect([...ledger.durations()].map(([name, seconds]) => [name, Math.round(seconds)])).toEqual([['libtide', 15]]);
    const known = { package: 'libtide', version: '1.0', seconds: 15, maxSeconds: 20, runs: 2 };
    expect(createPackageHistory(database).phases('job')).toMatchObject([known]);
  });

  test('of outsiders leave the history of packages as it is', () => {
    play(create({ trust: 'untrusted' }), wholeRun);
    expect(createPackageHistory(database).phases('job')).toEqual([]);
  });

  test('give the same durations until another pipeline is made, and then what was learned since', () => {
    const id = create();
    const before = ledger.durations();
    play(id, wholeRun);
    expect(ledger.durations()).toBe(before);
    create();
    expect(new Map([...ledger.durations()].map(([name, seconds]) => [name, Math.round(seconds)]))).toEqual(
      new Map(Object.entries({ libtide: 10, gauge: 2, check: 1 })),
    );
    expect([...createPipelineLedger(database).durations().keys()].toSorted()).toEqual(['check', 'gauge', 'libtide']);
  });

  test('are reported as they are stored', () => {
    const ready = new Map<string, JobRun>();
    ledger.watchRuns((runs) => {
      for (const run of runs)
        if (run.status === 'pending') ready.set(run.id, run);
        else ready.delete(run.id);
    });
    const id = create();
    const seen = wholeRun.map((event) => {
      play(id, [event]);
      expect([...ready.values()]).toEqual(ledger.runsInStatus(['pending']));
      return Array.from(ready.values(), ({ name, attempt }) => `${name} ${attempt}`).join();
    });
    expect(seen).toEqual(['tide 1', '', 'tide 2', '', 'gauge 1', '', 'gauge 2', '', 'check 1', '', '']);
    ledger.apply(id, { type: 'retry', job: 'tide', at: at(99) }, at(99));
    for (const run of ready.values()) ledger.closeRun(run.id, at(100));
    expect(ready.size).toBe(0);
  });

  test('keep one artifact of each kind', () => {
    play(create(), wholeRun.slice(0, 1));
    const job = ledger.runsInStatus(['pending'])[0]?.id ?? '';
    const artifact = { job, type: 'archive', format: 'zip', file: 'jobs/1/archive.zip', size: 5 };
    ledger.addArtifact(artifact);
    ledger.addArtifact({ ...artifact, size: 6 });
    expect(ledger.artifacts(job)).toEqual([{ ...artifact, size: 6 }]);
  });
});

test('numbers that a lost database had given are not given again', () => {
  const runOf = (id: string) => {
    ledger.apply(id, { type: 'started', at: at(1) }, at(1));
    return ledger.runs(id).map((run) => run.id);
  };
  raiseNumbers(database, { pipeline: 41, job: 500 });
  const first = create();
  expect([first, runOf(first)]).toEqual(['42', ['501']]);
  raiseNumbers(database, { pipeline: 7, job: 7 });
  expect(create()).toBe('43');
});
