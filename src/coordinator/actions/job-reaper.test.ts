import { expect, test } from 'vitest';
import { embedded, openLab, type Lab } from '../../../test/support/coordinator.ts';
import { endStuckJobs } from './end-stuck-jobs.ts';
import { JobReaper } from './job-reaper.ts';

const second = 1000;
const configuration = `
quick: { script: x, timeout: 10 minutes }
patient: { script: x, timeout: 10 hours, retry: { max: 1, when: stuck_or_timeout_failure } }
`;

/** A pipeline both of whose jobs a runner has, and a reaper that has been there since. */
async function running(): Promise<{ lab: Lab; reaper: JobReaper; runs: readonly string[] }> {
  const lab = await openLab({ server: { limits: { runnerSilence: 3600 } } });
  const { event } = lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': configuration });
  await lab.happens(event);
  const reaper = new JobReaper(lab.coordinator);
  const jobs = [await lab.take(), await lab.take()];
  return { lab, reaper, runs: jobs.map((job) => job?.run.id ?? '') };
}

const reasons = (lab: Lab) =>
  lab.context.pipelines.runs('1').map(({ name, status, failureReason }) => [name, status, failureReason].join(' '));

test('a job that is past its timeout and the grace ends, and one whose runner speaks does not', async () => {
  const { lab, reaper, runs } = await running();
  lab.tick((600 + 200) * second);
  reaper.reap();
  expect(lab.jobs('1')).toEqual(['quick running', 'patient running']);
  for (const run of runs) reaper.contacted(run);
  lab.tick(200 * second);
  reaper.reap();
  expect(reasons(lab)).toEqual(['quick failed job_execution_timeout', 'patient running ']);
});

test('a job whose runner fell silent ends, and its own `retry` says whether it is tried again', async () => {
  const { lab, reaper, runs } = await running();
  reaper.contacted(runs[1] ?? '');
  lab.tick(3500 * second);
  reaper.contacted(runs[1] ?? '');
  lab.tick(3500 * second);
  reaper.reap();
  expect(reasons(lab)).toEqual(['quick failed job_execution_timeout', 'patient running ']);
  lab.tick(200 * second);
  reaper.reap();
  expect(reasons(lab).slice(1)).toEqual(['patient failed stuck_or_timeout_failure', 'patient pending ']);
  const again = (await lab.take())!;
  expect(again.run).toMatchObject({ name: 'patient', attempt: 2 });
  lab.tick(3700 * second);
  reaper.reap();
  expect(lab.jobs('1')).toEqual(['quick failed', 'patient failed']);
});

test('a clock that jumps by hours ends no job, and later ones have their whole time', async () => {
  const { lab, reaper, runs } = await running();
  lab.tick(60 * second);
  reaper.reap();
  lab.jump(3 * 3600 * second);
  reaper.reap();
  endStuckJobs(lab.coordinator);
  expect(await lab.jobService.requestJob(embedded, {})).toBeUndefined();
  expect(lab.jobs('1')).toEqual(['quick running', 'patient running']);
  lab.tick(800 * second);
  for (const run of runs) reaper.contacted(run);
  reaper.reap();
  expect(lab.jobs('1')).toEqual(['quick running', 'patient running']);
  lab.tick(100 * second);
  reaper.reap();
  expect(reasons(lab)).toEqual(['quick failed job_execution_timeout', 'patient running ']);
});

test('a job that is being canceled, and whose runner has gone, ends as canceled', async () => {
  const { lab, reaper } = await running();
  lab.coordinator.driver.dispatch('1', { type: 'cancel', reason: 'enough', at: '2026-12-01T00:00:00.000Z' });
  expect(lab.jobs('1')).toEqual(['quick canceling', 'patient canceling']);
  lab.tick(3700 * second);
  reaper.reap();
  expect(lab.jobs('1')).toEqual(['quick canceled', 'patient canceled']);
});

test('the time in which the server was away is not held against a runner', async () => {
  const { lab } = await running();
  lab.tick(2 * 3600 * second);
  const reaper = new JobReaper(lab.coordinator);
  lab.tick(60 * second);
  reaper.reap();
  expect(reasons(lab)).toEqual(['quick failed job_execution_timeout', 'patient running ']);
});
