import { expect, test } from 'vitest';
import { readPipeline } from '../../gitlab/index.ts';
import { createPipeline } from './create-pipeline.ts';
import { PipelineMachine } from './pipeline-machine.ts';
import { grantResources } from './resource-queue.ts';

const at = '2026-01-01T00:00:00.000Z';

function start(id: string, queuedAt: string): PipelineMachine {
  const yaml = 'one: {script: x, resource_group: board, retry: 1}\ntwo: {script: x, resource_group: board}\n';
  const { plan } = readPipeline(yaml, 'ci.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error('no plan');
  const machine = new PipelineMachine(createPipeline(id, plan));
  machine.apply({ type: 'started', at: queuedAt });
  return machine;
}

test('one job of a group runs at a time, over all pipelines, the one that waits longest first', () => {
  const [newer, older] = [start('2', '2026-01-02T00:00:00.000Z'), start('1', at)];
  const states = () => [newer, older];
  expect(older.job('one')?.status).toBe('waiting_for_resource');
  expect(grantResources(states())).toEqual([{ pipeline: '1', job: 'one', attempt: 1 }]);
  expect(older.apply({ type: 'resource-granted', job: 'one', attempt: 1, at })).toEqual([
    { type: 'offer-job', job: 'one', attempt: 1 },
  ]);
  expect(grantResources(states())).toEqual([]);
  older.apply({ type: 'job-assigned', job: 'one', attempt: 1, runner: 'r', at });
  const effects = older.apply({ type: 'job-finished', job: 'one', attempt: 1, outcome: 'success', at });
  expect(effects).toContainEqual({ type: 'release-resource', job: 'one', attempt: 1, group: 'board' });
  expect(grantResources(states())).toEqual([{ pipeline: '1', job: 'two', attempt: 1 }]);
});

test('a job that is tried again gives the resource back and waits for it like any other', () => {
  const machine = start('1', at);
  machine.apply({ type: 'resource-granted', job: 'one', attempt: 1, at });
  machine.apply({ type: 'job-assigned', job: 'one', attempt: 1, runner: 'r', at });
  const end = { job: 'one', attempt: 1, outcome: 'failed', failureReason: 'script_failure', at } as const;
  expect(machine.apply({ type: 'job-finished', ...end })).toEqual([
    { type: 'release-resource', job: 'one', attempt: 1, group: 'board' },
    { type: 'request-resource', job: 'one', attempt: 2, group: 'board' },
  ]);
  expect(machine.job('one')).toMatchObject({ status: 'waiting_for_resource', attempt: 2 });
});

test('a grant that comes late, or for an attempt that is over, changes nothing', () => {
  const machine = start('1', at);
  machine.apply({ type: 'cancel', reason: 'x', at });
  expect(machine.apply({ type: 'resource-granted', job: 'one', attempt: 1, at })).toEqual([]);
  expect(machine.status).toBe('canceled');
});
