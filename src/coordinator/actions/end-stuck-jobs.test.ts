import { expect, test } from 'vitest';
import { embedded, openLab, type Lab } from '../../../test/support/coordinator.ts';
import { endStuckJobs } from './end-stuck-jobs.ts';

const minute = 60_000;
const configuration = `
big: { script: x, tags: [gpu, large] }
plain: { script: x }
after: { stage: deploy, script: x, tags: [gpu], when: always }
`;
const guarded = { ...embedded, id: 2, name: 'guarded', token: 'g', tags: ['gpu', 'large'], runUntagged: false };

async function begun(options: Parameters<typeof openLab>[0] = {}): Promise<Lab> {
  const lab = await openLab(options);
  const { event } = lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': configuration });
  await lab.happens(event);
  return lab;
}

/** Returns why a job waits, or why it failed. */
function reasonFor(lab: Lab, job: string): string | undefined {
  const { plan, jobs } = lab.context.pipelines.state('1');
  const state = jobs[job];
  if (state?.status === 'failed') return `${state.failureReason}: ${state.message}`;
  const record = lab.context.pipelines.record('1')!;
  return lab.context.runners.obstacle(
    record,
    plan.jobs.find(({ name }) => name === job)!,
  );
}

test('a job with tags that no runner has shows that at once, fails after an hour, and the pipeline goes on', async () => {
  const lab = await begun();
  expect(reasonFor(lab, 'big')).toBe('No runner has the tags `gpu`, `large`');
  expect(reasonFor(lab, 'plain')).toBeUndefined();
  lab.tick(59 * minute);
  endStuckJobs(lab.coordinator);
  expect(lab.jobs('1')).toEqual(['big pending', 'plain pending', 'after created']);
  await lab.finish((await lab.take())!);
  lab.tick(minute);
  endStuckJobs(lab.coordinator);
  expect(lab.jobs('1')).toEqual(['big failed', 'plain success', 'after pending']);
  expect(reasonFor(lab, 'big')).toBe('stuck_or_timeout_failure: No runner has the tags `gpu`, `large`');
});

test('the hour is counted over a restart of the server', async () => {
  const lab = await begun();
  lab.tick(40 * minute);
  await lab.reopen();
  endStuckJobs(lab.coordinator);
  expect(lab.jobs('1')[0]).toBe('big pending');
  lab.tick(20 * minute);
  endStuckJobs(lab.coordinator);
  expect(lab.jobs('1')[0]).toBe('big failed');
});

test('a runner that has been silent for two hours is no longer waited for, one that requests work is', async () => {
  const lab = await begun({ runners: [embedded, guarded] });
  expect(reasonFor(lab, 'big')).toBeUndefined();
  lab.tick(119 * minute);
  endStuckJobs(lab.coordinator);
  expect(lab.jobs('1')[0]).toBe('big pending');
  await lab.jobService.greet(embedded, {});
  lab.tick(2 * minute);
  expect(reasonFor(lab, 'big')).toMatch(/^There has been no contact from runner `guarded` since 2026-12-01T00:00:00/);
  expect(reasonFor(lab, 'plain')).toBeUndefined();
  endStuckJobs(lab.coordinator);
  expect(lab.jobs('1')).toEqual(['big failed', 'plain pending', 'after created']);
});

test('a clock that jumps by hours makes no runner absent and no job late', async () => {
  const lab = await begun({ runners: [embedded, guarded], server: { limits: { pendingJob: 2 * 3600 } } });
  lab.jump(180 * minute);
  endStuckJobs(lab.coordinator);
  expect(lab.jobs('1')).toEqual(['big pending', 'plain pending', 'after created']);
  expect(reasonFor(lab, 'big')).toBeUndefined();
});

test('a job that only waits its turn ends after a day, or whenever the configuration says', async () => {
  const lab = await begun({ runners: [embedded, guarded], server: { limits: { pendingJob: 3 * 3600 } } });
  lab.tick(179 * minute);
  await lab.jobService.greet(embedded, {});
  await lab.jobService.greet(guarded, {});
  endStuckJobs(lab.coordinator);
  expect(lab.jobs('1').slice(0, 2)).toEqual(['big pending', 'plain pending']);
  lab.tick(minute);
  endStuckJobs(lab.coordinator);
  expect(lab.jobs('1').slice(0, 2)).toEqual(['big failed', 'plain failed']);
  expect(reasonFor(lab, 'plain')).toBe('stuck_or_timeout_failure: No runner took it within 10800 seconds');
});
