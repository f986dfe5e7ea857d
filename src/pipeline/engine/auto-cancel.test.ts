import { describe, expect, test } from 'vitest';
import { readPipeline, type AutoCancel } from '../../gitlab/index.ts';
import { createPipeline } from './create-pipeline.ts';
import { PipelineMachine } from './pipeline-machine.ts';
import { mayBeSuperseded } from './superseded.ts';

const at = '2026-01-01T00:00:00.000Z';

const YAML = `
stages: [a, b]
safe: { stage: a, script: x, interruptible: true }
firm: { stage: a, script: x }
shy: { stage: a, script: x, allow_failure: true }
later: { stage: b, script: x, interruptible: true }
`;

function start(autoCancel?: Partial<AutoCancel>): PipelineMachine {
  const { plan } = readPipeline(YAML, 'ci.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error('no plan');
  const full: AutoCancel = { onNewCommit: 'conservative', onJobFailure: 'none', ...autoCancel };
  const machine = new PipelineMachine(createPipeline('1', { ...plan, autoCancel: full }));
  machine.apply({ type: 'started', at });
  return machine;
}

function assign(machine: PipelineMachine, job: string): void {
  machine.apply({ type: 'job-assigned', job, attempt: 1, runner: 'r', at });
}

function fail(machine: PipelineMachine, job: string): void {
  assign(machine, job);
  machine.apply({ type: 'job-finished', job, attempt: 1, outcome: 'failed', failureReason: 'script_failure', at });
}

function statuses(machine: PipelineMachine): readonly string[] {
  return ['safe', 'firm', 'shy', 'later'].map((name) => machine.job(name)?.status ?? '');
}

describe('on_new_commit', () => {
  test('a pipeline of which nothing has begun that must not be interrupted ends whole', () => {
    const machine = start();
    assign(machine, 'safe');
    expect(mayBeSuperseded([machine])).toBe(true);
    machine.apply({ type: 'superseded', reason: 'newer commit', at });
    expect(statuses(machine)).toEqual(['canceling', 'canceled', 'canceled', 'canceled']);
    expect(machine.cancelReason).toBe('newer commit');
  });

  test('one job that has begun and must not be interrupted keeps the pipeline, even after its end', () => {
    const machine = start();
    assign(machine, 'firm');
    expect(mayBeSuperseded([machine])).toBe(false);
    machine.apply({ type: 'job-finished', job: 'firm', attempt: 1, outcome: 'success', at });
    machine.apply({ type: 'superseded', reason: 'newer commit', at });
    expect(statuses(machine)).toEqual(['pending', 'success', 'pending', 'created']);
  });

  test('`interruptible` ends only the jobs that say so', () => {
    const machine = start({ onNewCommit: 'interruptible' });
    assign(machine, 'firm');
    machine.apply({ type: 'superseded', reason: 'newer commit', at });
    expect(statuses(machine)).toEqual(['canceled', 'running', 'pending', 'canceled']);
  });

  test('`none` ends nothing', () => {
    const machine = start({ onNewCommit: 'none' });
    expect(machine.apply({ type: 'superseded', reason: 'newer commit', at })).toEqual([]);
    expect(machine.status).toBe('pending');
  });
});

describe('on_job_failure', () => {
  test('`all` ends the rest at the first failure that counts', () => {
    const machine = start({ onJobFailure: 'all' });
    fail(machine, 'shy');
    assign(machine, 'safe');
    expect(statuses(machine)).toEqual(['running', 'pending', 'failed', 'created']);
    fail(machine, 'firm');
    expect(statuses(machine)).toEqual(['canceling', 'failed', 'failed', 'canceled']);
  });

  test('without it the rest goes on', () => {
    const machine = start();
    fail(machine, 'firm');
    expect(statuses(machine)).toEqual(['pending', 'failed', 'pending', 'created']);
  });
});
