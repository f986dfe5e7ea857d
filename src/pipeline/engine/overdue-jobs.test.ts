import { expect, test } from 'vitest';
import { readPipeline } from '../../gitlab/index.ts';
import { createPipeline } from './create-pipeline.ts';
import { overdueJobs, type Patience } from './overdue-jobs.ts';
import { transitionAll } from './transition.ts';

const at = '2026-01-01T00:00:00.000Z';
const start = Date.parse(at);

function overdue(seconds: number, more: Partial<Patience> = {}): unknown {
  const yaml = 'short: {script: x, timeout: 10 minutes}\nlong: {script: x}\nidle: {script: x}\n';
  const { plan } = readPipeline(yaml, 'ci.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error('no plan');
  const assigned = (job: string) => ({ type: 'job-assigned', job, attempt: 1, runner: 'r', at }) as const;
  const { state } = transitionAll(createPipeline('1', plan), [
    { type: 'started', at },
    assigned('short'),
    assigned('long'),
  ]);
  const now = start + seconds * 1000;
  const passedSince = (moment: number) => now - moment;
  const limits = { defaultTimeout: 3600, grace: 60, silence: 1800 };
  const patience: Patience = { now, passedSince, silentFor: () => 0, ...limits, ...more };
  return overdueJobs(state, patience).map((event) => 'failureReason' in event && `${event.job} ${event.failureReason}`);
}

test('a job that runs past its timeout and the grace is ended, and no other', () => {
  expect(overdue(659)).toEqual([]);
  expect(overdue(661)).toEqual(['short job_execution_timeout']);
});

test('a job whose runner has fallen silent is ended, one that is heard of is not', () => {
  const heard = (seconds: number) => ({
    defaultTimeout: 7200,
    silentFor: (job: { name: string }) => (job.name === 'long' ? (seconds - 5) * 1000 : undefined),
  });
  expect(overdue(1804, heard(1804))).toEqual(['short job_execution_timeout']);
  expect(overdue(1806, heard(1806))).toEqual(['short job_execution_timeout', 'long stuck_or_timeout_failure']);
});
