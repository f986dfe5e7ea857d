import { describe, expect, test } from 'vitest';
import type { RunStatus } from '../../protocol/index.ts';
import { failureReport, type FailedRun } from '../failure/failure-report.ts';
import { failureIn } from '../failure/failure-scan.ts';
import { statusLine, type CountedJob, type StatusLine } from './status-line.ts';

const job = (name: string, status: string, allowFailure = false): CountedJob => ({ name, status, allowFailure });

function summarize(
  status: RunStatus,
  jobs: readonly CountedJob[],
  logs: Readonly<Record<string, string>> = {},
): StatusLine {
  const runs = jobs.filter((one) => one.status === 'failed');
  const failed = runs.map(({ name, allowFailure }, index): FailedRun => {
    return {
      id: String(index),
      pipeline: '1',
      name,
      attempt: 1,
      exitCode: 1,
      allowFailure,
      log: failureIn(logs[name] ?? ''),
    };
  });
  const skipped = jobs.filter((one) => one.status === 'skipped').length;
  return statusLine({
    status,
    jobs,
    failure: failureReport({ id: '1', status, failed, skipped, reproduce: (id) => id }),
  });
}

test('a running pipeline says how far it is, in packages where it builds some', () => {
  const jobs = [job('a', 'success'), job('b', 'running'), job('c', 'created')];
  expect(summarize('running', jobs)).toEqual({ state: 'pending', description: '1 of 3 jobs done' });
  const failure = { status: 'running', headline: '', failures: [], skipped: 0 } as const;
  const line = (progress: { build: number; built: number; left?: number }) =>
    statusLine({ status: 'running', jobs, failure: { ...failure, failures: [] }, progress }).description;
  expect(line({ build: 7, built: 3, left: 700 })).toBe('3 of 7 packages built, about 12 min left');
  expect(line({ build: 7, built: 0 })).toBe('0 of 7 packages built');
  expect(line({ build: 7, built: 7 })).toBe('1 of 3 jobs done');
});

test('a failed pipeline names the first failing job and counts what it kept from running', () => {
  const jobs = [job('libtide@1.2 /abcdefg', 'failed'), job('b', 'skipped'), job('c', 'failed')];
  const logs = { 'libtide@1.2 /abcdefg': 'x.c:1: error: a', c: 'y.c:1: error: b' };
  expect(summarize('failed', jobs, logs)).toEqual({
    state: 'failure',
    description: 'libtide@1.2 failed: x.c:1: error: a (1 more failed, 1 skipped)',
  });
});

test('a job that may fail is not named as the culprit', () => {
  const summary = summarize('running', [job('lint', 'failed', true), job('b', 'running')]);
  expect(summary).toEqual({ state: 'pending', description: '1 of 2 jobs done' });
});

test('a canceled pipeline says why', () => {
  const failure = { status: 'canceled', headline: '', failures: [], skipped: 0 } as const;
  expect(
    statusLine({
      status: 'canceled',
      jobs: [],
      failure: { ...failure, failures: [] },
      reason: 'superseded by pipeline 4',
    }).description,
  ).toBe('Canceled: superseded by pipeline 4');
});

describe('a failure', () => {
  const name = 'hdf5@1.14.5 /abcdefg %gcc@12.2.0 arch=linux-debian12-x86_64_v3 Spack Tutorial';

  test('says where and why, and is never longer than GitHub takes', () => {
    const log =
      'error: Package `hdf5@1.14.5` failed in phase `cmake` [configure]: CMake Error at x. [SPACK_BUILD_FAILED]';
    expect(summarize('failed', [job(name, 'failed')], { [name]: log }).description).toBe(
      'hdf5@1.14.5 failed in phase `cmake` [configure]: CMake Error at x',
    );
    expect(summarize('failed', [job('x'.repeat(300), 'failed')]).description).toHaveLength(140);
  });

  test('cuts the reason, and not how much it concerns', () => {
    const jobs = [job(name, 'failed'), job('b', 'failed'), job('c', 'skipped')];
    const logs = { [name]: `error: ${'x'.repeat(300)}` };
    const { description } = summarize('failed', jobs, logs);
    expect(description).toMatch(/^hdf5@1\.14\.5 failed: x+… \(1 more failed, 1 skipped\)$/);
    expect(description).toHaveLength(140);
    expect(summarize('running', jobs, logs).description).toMatch(/skipped\); still running$/);
  });
});

test('a success names what failed and may', () => {
  expect(summarize('success', [job('a', 'success')]).description).toBe('The only job succeeded');
  expect(summarize('success', [job('a', 'success'), job('lint', 'failed', true)]).description).toBe(
    '1 job succeeded; lint failed, as it may',
  );
});

test('a pipeline that waits for a person says for what', () => {
  const summary = summarize('manual', [job('a', 'success'), job('deploy', 'manual')]);
  expect(summary).toEqual({ state: 'pending', description: 'Waits for a person to start deploy' });
});
