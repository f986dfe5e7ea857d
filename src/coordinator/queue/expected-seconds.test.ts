import { expect, test } from 'vitest';
import type { JobPlan } from '../../gitlab/index.ts';
import type { PhaseHistory } from '../resources/package-history.ts';
import { expectedSeconds } from './expected-seconds.ts';

const ran = (name: string, seconds: number, version = '1.0', day = 1): PhaseHistory => {
  return { package: name, version, phase: 'job', seconds, maxSeconds: seconds, runs: 1, at: `2026-11-0${day}` };
};
const builds = (name: string, version = '1.0') => {
  const raw = (value: string) => ({ value, raw: true });
  const variables = { SPACK_JOB_SPEC_PKG_NAME: raw(name), SPACK_JOB_SPEC_PKG_VERSION: raw(version) };
  return { name: `${name} /abc`, variables } as unknown as JobPlan;
};
const secondsBy = (...history: readonly PhaseHistory[]) => {
  const estimate = expectedSeconds({ phases: (phase) => (phase === 'job' ? history : []) });
  return (job: JobPlan) => estimate(job).seconds;
};

test('the same version counts before others, and of others the newest', () => {
  const seconds = secondsBy(ran('gcc', 900, '13.0', 2), ran('gcc', 700, '12.0', 1), ran('gcc', 800, '14.0', 1));
  expect([seconds(builds('gcc', '12.0')), seconds(builds('gcc', '15.0'))]).toEqual([700, 900]);
});

test('an unknown package takes as long as the median of its kind, else of all', () => {
  const seconds = secondsBy(ran('py-a', 3), ran('py-b', 4), ran('py-c', 50), ran('gcc', 900), ran('zlib', 20));
  expect([seconds(builds('py-numpy')), seconds(builds('r-dplyr'))]).toEqual([4, 20]);
});

test('what is known of the same version is the surest', () => {
  const estimate = expectedSeconds({ phases: () => [ran('gcc', 900)] });
  const spreads = [builds('gcc'), builds('gcc', '2.0'), builds('zlib')].map((job) => estimate(job).spread);
  expect(spreads).toEqual([0.2, 0.4, 0.8]);
});

test('on a first run all jobs are expected to take equally long', () => {
  expect([secondsBy()(builds('gcc')), secondsBy()(builds('zlib'))]).toEqual([60, 60]);
});
