import { expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import type { AssignedJob } from '../../pipeline/index.ts';

const usage = [
  { phase: 'rebuild', seconds: 30, cpuSeconds: 55, memory: 3e9, method: 'sampled', disk: 7e8 },
  { phase: 'build', seconds: 20, cpuSeconds: 38, memory: 2e9, method: 'sampled' },
];
const path = 'jobs_scratch_dir/logs/rebuild.json';
const result = JSON.stringify({ name: 'tide', done: 'pushed', usage });

const take = async (lab: Lab) => (await lab.take()) as AssignedJob;

/** Pushes the stack with a change, and takes the job that builds its first package. */
async function buildAgain(lab: Lab, change: string): Promise<AssignedJob> {
  await lab.happens(lab.push('main', { ...tinyStack, change }).event);
  await lab.work(await take(lab));
  return take(lab);
}

const measured = ({ context }: Lab, phase: string) => context.packages.phases(phase);

test('what a build used is known from the artifacts of its job, whatever its runner measures', async () => {
  const lab = await openLab();
  const job = await buildAgain(lab, 'one');
  await lab.leave(job, { [path]: result });
  await lab.finish(job);
  const known = { package: 'tide', runs: 1, method: 'sampled' };
  expect(measured(lab, 'rebuild')).toMatchObject([{ ...known, cpuSeconds: 55, maxMemory: 3e9, maxDisk: 7e8 }]);
  expect(measured(lab, 'build')).toMatchObject([{ ...known, cpuSeconds: 38, maxMemory: 2e9 }]);
  const next = await buildAgain(lab, 'two');
  expect(next.run.name).toBe('tide');
  expect(lab.coordinator.admission.needsOf(next.run).memory).toBeCloseTo(3e9 * 1.15);
});

test('nothing is known of a build that failed, or whose result cannot be read, and the job ends as it did', async () => {
  const lab = await openLab();
  const failed = await buildAgain(lab, 'one');
  await lab.leave(failed, { [path]: result });
  await lab.finish(failed, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
  const odd = await buildAgain(lab, 'two');
  await lab.leave(odd, { [path]: '{"usage": "much"}' });
  await lab.finish(odd);
  expect([failed, odd].map(({ run }) => lab.context.pipelines.run(run.id)?.status)).toEqual(['failed', 'success']);
  expect(measured(lab, 'rebuild')).toEqual([]);
});

test('a job that builds no package reports nothing by such a file', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  const generate = await take(lab);
  await lab.leave(generate, { ...lab.generated(), [path]: result });
  await lab.finish(generate);
  expect(lab.context.pipelines.run(generate.run.id)?.status).toBe('success');
  expect(measured(lab, 'rebuild')).toEqual([]);
});
