import { beforeEach, describe, expect, test } from 'vitest';
import { readPipeline, type PipelinePlan } from '../../src/gitlab/index.ts';
import { createPipeline, type JobRun, type PipelineStore, type PipelineSubject } from '../../src/pipeline/index.ts';

const at = '2026-12-01T00:00:00.000Z';
const text = 'a: { script: x }\nb: { script: x, needs: [a] }\n';
const plan = readPipeline(text, 'ci.yml', { variables: {}, source: 'push' }).plan as PipelinePlan;
const sha = 'a'.repeat(40);
const subject: PipelineSubject = {
  stack: 'lab',
  source: 'push',
  refType: 'branch',
  ref: 'main',
  head: sha,
  base: sha,
  sha,
  tree: sha,
  trust: 'protected',
};

export interface StoreUnderTest {
  readonly store: PipelineStore;
  /** Records that a run left an archive. */
  addArchive(run: JobRun): void;
}

/** What every store of the driver must do. */
export function pipelineStoreContract(open: () => StoreUnderTest): void {
  let store: PipelineStore;
  let opened: StoreUnderTest;
  const create = (parent?: { pipeline: string; job: string }) =>
    store.create(subject, { at, state: (id) => createPipeline(id, plan), parent }).id;
  const assign = (pipeline: string, job: string, attempt = 1) =>
    store.apply(pipeline, { type: 'job-assigned', job, attempt, runner: 'r', at }, at);
  const finish = (pipeline: string, job: string, attempt = 1) =>
    store.apply(pipeline, { type: 'job-finished', job, attempt, outcome: 'success', at }, at);

  beforeEach(() => {
    opened = open();
    store = opened.store;
  });

  describe('a pipeline', () => {
    test('is created with a record and a state', () => {
      const id = create();
      expect(store.record(id)).toMatchObject({ ...subject, id, status: 'created', createdAt: at });
      expect(store.state(id)).toMatchObject({ id, status: 'created', jobs: { a: { status: 'created' } } });
      expect(store.record('99')).toBeUndefined();
    });

    test('changes with its events, whose effects are returned', () => {
      const id = create();
      const { effects } = store.apply(id, { type: 'started', at }, at);
      expect(effects).toMatchObject([{ type: 'offer-job', job: 'a', attempt: 1 }]);
      expect(store.state(id).jobs['a']?.status).toBe('pending');
      expect(store.record(id)?.status).toBe(store.state(id).status);
    });

    test('is active until it has ended, and knows its children', () => {
      const id = create();
      const child = create({ pipeline: id, job: 'a' });
      expect(store.children(id).map((one) => [one.id, one.parent])).toEqual([[child, { pipeline: id, job: 'a' }]]);
      expect(store.active().map((one) => one.id)).toEqual([id, child]);
      store.apply(child, { type: 'cancel', reason: 'enough', at }, at);
      expect(store.active().map((one) => one.id)).toEqual([id]);
      expect(store.state(child)).toMatchObject({ status: 'canceled', cancelReason: 'enough' });
    });
  });

  describe('a run', () => {
    test('is the newest attempt at a job', () => {
      const id = create();
      store.apply(id, { type: 'started', at }, at);
      assign(id, 'a');
      const first = store.latestRun(id, 'a');
      expect(first).toMatchObject({ pipeline: id, name: 'a', attempt: 1, status: 'running', startedAt: at });
      finish(id, 'a');
      store.apply(id, { type: 'retry', job: 'a', at }, at);
      assign(id, 'a', 2);
      const second = store.latestRun(id, 'a');
      expect(second).toMatchObject({ attempt: 2, status: 'running' });
      expect(second?.id).not.toBe(first?.id);
      expect(store.latestRun(id, 'no such job')).toBeUndefined();
    });

    test('that left an archive is among the outputs, in the order of the question', () => {
      const id = create();
      store.apply(id, { type: 'started', at }, at);
      expect(store.outputs(id, ['a', 'b'])).toEqual([]);
      for (const job of ['a', 'b']) {
        assign(id, job);
        opened.addArchive(store.latestRun(id, job) as JobRun);
        finish(id, job);
      }
      const outputs = store.outputs(id, ['b', 'a']);
      expect(outputs.map(({ run }) => run.name)).toEqual(['b', 'a']);
      expect(outputs[0]).toMatchObject({ archive: {}, hasDotenv: false, isExpired: false });
      expect(store.outputs(id, ['a']).map(({ run }) => run.name)).toEqual(['a']);
    });
  });
}
