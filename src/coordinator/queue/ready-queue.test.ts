import { expect, test } from 'vitest';
import { embedded, openLab, type Lab } from '../../../test/support/coordinator.ts';
import { ReadyQueue } from './ready-queue.ts';

const arm = { ...embedded, name: 'arm', tags: ['arm'], runUntagged: false };

/** So many independent jobs, every third of them with a tag; the last but one is on a longer path. */
function pipelineOf(count: number): string {
  const job = (index: number) => {
    const tags = index % 3 === 0 ? ', tags: [arm]' : '';
    return `j${index}: { script: x${tags} }\n`;
  };
  const jobs = Array.from({ length: count }, (_, index) => job(index)).join('');
  return `stages: [test, deploy]\n${jobs}end: { stage: deploy, script: x, needs: [j${count - 2}] }\n`;
}

async function started(count: number): Promise<Lab> {
  const lab = await openLab();
  await lab.happens(lab.push('main', { '.gitlab-ci.yml': pipelineOf(count) }).event);
  return lab;
}

test('each runner gets what it may take: the longest path first, then as the jobs stand in the file', async () => {
  const lab = await started(9);
  const taken = [];
  for (let job = await lab.take(); job !== undefined; job = await lab.take()) taken.push(job.run.name);
  expect(taken).toEqual(['j7', 'j1', 'j2', 'j4', 'j5', 'j8']);
  expect((await lab.take(arm))?.run.name).toBe('j0');
  lab.coordinator.driver.dispatch('1', { type: 'cancel-job', job: 'j3', at: lab.coordinator.driver.now });
  expect((await lab.take(arm))?.run.name).toBe('j6');
  expect(await lab.take(arm)).toBeUndefined();
});

test('a job that is tried again waits again, and what waited is known after a restart', async () => {
  const lab = await started(3);
  const first = (await lab.take())!;
  await lab.finish(first, { state: 'failed', failure_reason: 'runner_system_failure' });
  lab.coordinator.driver.dispatch('1', { type: 'retry', job: first.run.name, at: lab.coordinator.driver.now });
  await lab.reopen();
  const again = [(await lab.take())!, (await lab.take())!];
  expect(again.map(({ run }) => `${run.name} ${run.attempt}`).toSorted()).toEqual(['j1 2', 'j2 1']);
  expect([...lab.coordinator.ready.pipelines()]).toEqual(['1']);
  await lab.take(arm);
  expect(lab.coordinator.ready.pipelines().size).toBe(0);
});

test('a look at many jobs costs as much as a look at few', async () => {
  const looks = [];
  for (const count of [30, 600]) {
    const lab = await started(count);
    const { pipelines, packages } = lab.context;
    let read = 0;
    const counted = { ...pipelines, state: (id: string) => ((read += 1), pipelines.state(id)) };
    const ready = new ReadyQueue({ packages, pipelines: counted }, () => {});
    const sizes = ready.groups().map(({ jobs }) => jobs.size);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([count / 3, count - count / 3]);
    read = 0;
    expect(ready.groups()).toHaveLength(2);
    looks.push(read);
  }
  expect(looks).toEqual([0, 0]);
});
