import { describe, expect, test } from 'vitest';
import { readPipeline } from '../../gitlab/index.ts';
import { createPipeline } from './create-pipeline.ts';
import type { Effect } from './effect.ts';
import type { PipelineEvent } from './event.ts';
import { outstandingEffects } from './outstanding-effects.ts';
import type { PipelineState } from './pipeline-state.ts';
import { transition } from './transition.ts';

const at = '2026-01-01T00:00:00.000Z';

/** A pipeline that events are thrown at. */
class Run {
  state: PipelineState;
  effects: readonly Effect[] = [];

  constructor(yaml: string) {
    const { plan, diagnostics } = readPipeline(yaml, 'ci.yml', { variables: {}, source: 'push' });
    if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
    this.state = createPipeline('1', plan);
    this.send({ type: 'started', at });
  }

  send(event: PipelineEvent): this {
    ({ state: this.state, effects: this.effects } = transition(this.state, event));
    return this;
  }

  attempt(job: string): number {
    return this.state.jobs[job]?.attempt ?? 0;
  }

  assign(job: string): this {
    return this.send({ type: 'job-assigned', job, attempt: this.attempt(job), runner: 'r', at });
  }

  finish(
    job: string,
    outcome: 'success' | 'failed' | 'canceled',
    more: { failureReason?: string; exitCode?: number } = {},
  ): this {
    const failureReason = outcome === 'failed' ? 'script_failure' : undefined;
    return this.assign(job).send({
      type: 'job-finished',
      job,
      attempt: this.attempt(job),
      outcome,
      failureReason,
      ...more,
      at,
    });
  }

  statuses(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.values(this.state.jobs).map((job) => [job.name, job.status]));
  }
}

const CHAIN = 'a: {script: x, needs: []}\nb: {script: x, needs: [a]}\nc: {script: x, needs: [b]}\n';
const STAGES =
  'stages: [s, t, u]\na: {stage: s, script: x}\nb: {stage: t, script: x}\nc: {stage: u, script: x, when: always}\nd: {stage: u, script: x, when: on_failure}\n';

describe('order', () => {
  test('jobs start when what they need has succeeded', () => {
    const run = new Run(CHAIN);
    expect(run.effects).toEqual([{ type: 'offer-job', job: 'a', attempt: 1 }]);
    expect(run.finish('a', 'success').effects).toEqual([
      { type: 'job-settled', job: 'a', status: 'success' },
      { type: 'offer-job', job: 'b', attempt: 1 },
    ]);
    run.finish('b', 'success').finish('c', 'success');
    expect(run.effects).toEqual([
      { type: 'job-settled', job: 'c', status: 'success' },
      { type: 'pipeline-finished', status: 'success' },
    ]);
    expect(run.state.status).toBe('success');
  });

  test('a failed job skips all that need it, also through others', () => {
    const run = new Run(CHAIN).finish('a', 'failed');
    expect(run.statuses()).toEqual({ a: 'failed', b: 'skipped', c: 'skipped' });
    expect(run.effects.at(-1)).toEqual({ type: 'pipeline-finished', status: 'failed' });
    expect(run.state.jobs['a']).toMatchObject({ failureReason: 'script_failure', finishedAt: at });
  });

  test('jobs without needs wait for all earlier stages; always and on_failure run after a failure', () => {
    const run = new Run(STAGES);
    expect(run.statuses()).toEqual({ a: 'pending', b: 'created', c: 'created', d: 'created' });
    run.finish('a', 'failed');
    expect(run.statuses()).toEqual({ a: 'failed', b: 'skipped', c: 'pending', d: 'pending' });
    run.finish('c', 'success').finish('d', 'success');
    expect(run.state.status).toBe('failed');
  });

  test('a failure that is allowed does not hold up what follows', () => {
    const run = new Run(
      'stages: [s, t]\na: {stage: s, script: x, allow_failure: {exit_codes: 7}}\nb: {stage: t, script: x}\n',
    );
    expect(run.finish('a', 'failed', { exitCode: 7 }).statuses()).toEqual({ a: 'failed', b: 'pending' });
    expect(run.finish('b', 'success').state.status).toBe('success');
    const other = new Run('a: {script: x, allow_failure: {exit_codes: 7}}').finish('a', 'failed', { exitCode: 8 });
    expect(other.state.status).toBe('failed');
  });

  test('a blocking manual job holds the pipeline until it is played', () => {
    const run = new Run(
      'stages: [s, t]\na: {stage: s, script: x, when: manual, allow_failure: false}\nb: {stage: t, script: x}\n',
    );
    expect(run.state.status).toBe('manual');
    run.send({ type: 'play', job: 'a', at });
    expect(run.effects).toEqual([{ type: 'offer-job', job: 'a', attempt: 1 }]);
    expect(run.finish('a', 'success').finish('b', 'success').state.status).toBe('success');
  });

  test('a delayed job is due later', () => {
    const run = new Run('a: {script: x, when: delayed, start_in: 5 minutes}');
    const due = { type: 'schedule-job', job: 'a', at: '2026-01-01T00:05:00.000Z' };
    expect(run.effects).toEqual([due]);
    expect(outstandingEffects(run.state)).toEqual([due]);
    expect(run.send({ type: 'play', job: 'a', at }).statuses()).toEqual({ a: 'pending' });
  });
});

describe('retry', () => {
  const RETRIED = 'a: {script: x, needs: [], retry: {max: 1, when: [script_failure]}}\nb: {script: x, needs: [a]}\n';

  test('is decided together with the failure, and dependents never see it', () => {
    const run = new Run(RETRIED).finish('a', 'failed');
    expect(run.effects).toEqual([{ type: 'offer-job', job: 'a', attempt: 2 }]);
    expect(run.state.jobs['a']).toEqual({ name: 'a', status: 'pending', attempt: 2, retriesUsed: 1, queuedAt: at });
    expect(run.finish('a', 'failed').statuses()).toEqual({ a: 'failed', b: 'skipped' });
  });

  test('covers the listed reasons and exit codes only, and never some reasons', () => {
    expect(new Run(RETRIED).finish('a', 'failed', { failureReason: 'runner_system_failure' }).statuses()['a']).toBe(
      'failed',
    );
    expect(
      new Run('a: {script: x, retry: 2}')
        .finish('a', 'failed', { failureReason: 'missing_dependency_failure' })
        .statuses()['a'],
    ).toBe('failed');
    expect(
      new Run('a: {script: x}').finish('a', 'failed', { failureReason: 'scheduler_failure' }).statuses()['a'],
    ).toBe('pending');
    expect(
      new Run('a: {script: x, retry: {max: 1, exit_codes: 3}}').finish('a', 'failed', { exitCode: 3 }).statuses()['a'],
    ).toBe('pending');
    expect(
      new Run('a: {script: x, retry: {max: 1, exit_codes: 3}}').finish('a', 'failed', { exitCode: 4 }).statuses()['a'],
    ).toBe('failed');
  });

  test('a vanished runner gives a new attempt that does not count', () => {
    const run = new Run(RETRIED).assign('a').send({ type: 'job-requeued', job: 'a', attempt: 1, at });
    expect(run.state.jobs['a']).toMatchObject({ status: 'pending', attempt: 2, retriesUsed: 0 });
    const before = run.state;
    expect(run.send({ type: 'job-finished', job: 'a', attempt: 1, outcome: 'success', at }).state).toBe(before);
  });

  test('of one job sets a finished pipeline running again and revives what was skipped', () => {
    const run = new Run(CHAIN).finish('a', 'failed').send({ type: 'retry', job: 'a', at });
    expect(run.statuses()).toEqual({ a: 'pending', b: 'created', c: 'created' });
    expect(run.state.status).toBe('pending');
    expect(run.finish('a', 'success').finish('b', 'success').finish('c', 'success').effects.at(-1)).toEqual({
      type: 'pipeline-finished',
      status: 'success',
    });
  });

  test('of all failed jobs lets each wait for its needs', () => {
    const run = new Run(CHAIN)
      .finish('a', 'success')
      .send({ type: 'cancel', reason: 'no', at })
      .send({ type: 'retry-failed', at });
    expect(run.statuses()).toEqual({ a: 'success', b: 'pending', c: 'created' });
    expect(run.state.cancelReason).toBeUndefined();
  });
});

describe('a person', () => {
  test('gives variables to a manual job, which its later attempts have too', () => {
    const run = new Run('a: {script: x, when: manual, retry: 1}\n');
    run.send({ type: 'play', job: 'a', variables: { TO: 'lab' }, at });
    expect(run.state.jobs.a).toMatchObject({ status: 'pending', manualVariables: { TO: 'lab' } });
    run.finish('a', 'failed').finish('a', 'failed').send({ type: 'retry', job: 'a', at });
    expect(run.state.jobs.a).toMatchObject({ status: 'pending', attempt: 3, manualVariables: { TO: 'lab' } });
  });

  test('cancels one job: a running one stops first, what needs it does not run, the others go on', () => {
    const run = new Run(`${CHAIN}other: {script: x, needs: []}\n`)
      .assign('a')
      .send({ type: 'cancel-job', job: 'a', at });
    expect(run.effects).toContainEqual({ type: 'cancel-job', job: 'a', attempt: 1 });
    run.send({ type: 'job-finished', job: 'a', attempt: 1, outcome: 'failed', at });
    expect(run.statuses()).toEqual({ a: 'canceled', b: 'skipped', c: 'skipped', other: 'pending' });
    run.send({ type: 'cancel-job', job: 'other', at });
    expect([run.statuses().other, run.state.status]).toEqual(['canceled', 'canceled']);
    const { state } = run;
    expect(run.send({ type: 'cancel-job', job: 'other', at }).state).toBe(state);
  });
});

describe('cancel', () => {
  test('stops what waits at once and asks what runs to stop', () => {
    const run = new Run(CHAIN).assign('a').send({ type: 'cancel', reason: 'superseded', at });
    expect(run.statuses()).toEqual({ a: 'canceling', b: 'canceled', c: 'canceled' });
    expect(run.effects[0]).toEqual({ type: 'cancel-job', job: 'a', attempt: 1 });
    expect(outstandingEffects(run.state)).toEqual([{ type: 'cancel-job', job: 'a', attempt: 1 }]);
    expect(run.state).toMatchObject({ status: 'canceling', cancelReason: 'superseded' });
    run.finish('a', 'success');
    expect(run.effects.at(-1)).toEqual({ type: 'pipeline-finished', status: 'canceled' });
  });

  test('a job that is being cancelled and loses its runner is cancelled', () => {
    const run = new Run('a: {script: x, retry: 2}')
      .assign('a')
      .send({ type: 'cancel', reason: 'x', at })
      .send({ type: 'job-requeued', job: 'a', attempt: 1, at });
    expect(run.state.status).toBe('canceled');
  });
});

describe('child pipelines', () => {
  const TRIGGER = (strategy: string) =>
    `g: {script: x}\nb:\n  stage: deploy\n  trigger: {include: [{artifact: p, job: g}]${strategy}}\nz: {stage: .post, script: x}\n`;

  function started(strategy: string): Run {
    return new Run(TRIGGER(strategy)).finish('g', 'success');
  }

  test('the job follows its child with strategy depend', () => {
    const run = started(', strategy: depend');
    expect(run.effects.at(-1)).toEqual({ type: 'start-child', job: 'b', attempt: 1 });
    expect(outstandingEffects(run.state)).toEqual([{ type: 'start-child', job: 'b', attempt: 1 }]);
    run.send({ type: 'child-created', job: 'b', attempt: 1, pipeline: '2', at });
    expect(run.statuses()['b']).toBe('running');
    run.send({ type: 'child-finished', job: 'b', pipeline: '2', status: 'success', at });
    expect(run.statuses()).toEqual({ g: 'success', b: 'success', z: 'pending' });
  });

  test.each([
    ['depend', 'skipped', 'failed'],
    ['mirror', 'skipped', 'skipped'],
    ['depend', 'canceled', 'canceled'],
    ['depend', 'failed', 'failed'],
  ] as const)('with %s, a %s child makes the job %s', (strategy, status, expected) => {
    const run = started(`, strategy: ${strategy}`).send({
      type: 'child-created',
      job: 'b',
      attempt: 1,
      pipeline: '2',
      at,
    });
    expect(run.send({ type: 'child-finished', job: 'b', pipeline: '2', status, at }).statuses()['b']).toBe(expected);
  });

  test('without a strategy the job ends when the child is there', () => {
    expect(started('').send({ type: 'child-created', job: 'b', attempt: 1, pipeline: '2', at }).statuses()['b']).toBe(
      'success',
    );
  });

  test('a child that cannot be made fails the job and says why', () => {
    const run = started(', strategy: depend').send({
      type: 'child-failed',
      job: 'b',
      attempt: 1,
      message: 'no file',
      at,
    });
    expect(run.state.jobs['b']).toMatchObject({
      status: 'failed',
      failureReason: 'downstream_pipeline_creation_failed',
      message: 'no file',
    });
    expect(run.state.status).toBe('failed');
  });

  test('cancelling goes into the child, and a child that came too late is cancelled', () => {
    const run = started(', strategy: depend')
      .send({ type: 'child-created', job: 'b', attempt: 1, pipeline: '2', at })
      .send({ type: 'cancel', reason: 'x', at });
    expect(run.effects).toContainEqual({ type: 'cancel-child', job: 'b', pipeline: '2' });
    expect(run.send({ type: 'child-finished', job: 'b', pipeline: '2', status: 'canceled', at }).state.status).toBe(
      'canceled',
    );
    const late = started(', strategy: depend').send({ type: 'cancel', reason: 'x', at });
    expect(late.send({ type: 'child-created', job: 'b', attempt: 1, pipeline: '3', at }).effects).toEqual([
      { type: 'cancel-child', job: 'b', pipeline: '3' },
    ]);
    expect(late.statuses()['b']).toBe('canceled');
  });

  test('a child that runs again sets the job and the pipeline running', () => {
    const run = started(', strategy: depend').send({ type: 'child-created', job: 'b', attempt: 1, pipeline: '2', at });
    run.send({ type: 'child-finished', job: 'b', pipeline: '2', status: 'failed', at });
    expect(run.state.status).toBe('failed');
    run.send({ type: 'child-resumed', job: 'b', pipeline: '2', at });
    expect(run.statuses()).toEqual({ g: 'success', b: 'running', z: 'created' });
    expect(run.state.status).toBe('running');
  });

  test('a job that was skipped with its child begins another attempt when what it waits for runs again', () => {
    const run = started(', strategy: mirror')
      .send({ type: 'child-created', job: 'b', attempt: 1, pipeline: '2', at })
      .send({ type: 'child-finished', job: 'b', pipeline: '2', status: 'skipped', at })
      .send({ type: 'retry', job: 'g', at });
    expect(run.state.jobs['b']).toEqual({ name: 'b', status: 'created', attempt: 2, retriesUsed: 0 });
    run.finish('g', 'success');
    expect(run.effects.at(-1)).toEqual({ type: 'start-child', job: 'b', attempt: 2 });
  });

  test('a child that ends otherwise without running decides its job again', () => {
    const run = started(', strategy: mirror').send({ type: 'child-created', job: 'b', attempt: 1, pipeline: '2', at });
    for (const status of ['success', 'skipped', 'failed', 'skipped'] as const)
      expect(run.send({ type: 'child-finished', job: 'b', pipeline: '2', status, at }).statuses()['b']).toBe(status);
    expect(run.state.jobs['b']?.failureReason).toBeUndefined();
  });

  test('an older child of a retried job says nothing any more', () => {
    const run = started(', strategy: depend').send({ type: 'child-created', job: 'b', attempt: 1, pipeline: '2', at });
    run
      .send({ type: 'child-finished', job: 'b', pipeline: '2', status: 'failed', at })
      .send({ type: 'retry', job: 'b', at });
    run.send({ type: 'child-created', job: 'b', attempt: 2, pipeline: '3', at });
    const before = run.state;
    expect(run.send({ type: 'child-finished', job: 'b', pipeline: '2', status: 'success', at }).state).toBe(before);
  });
});
