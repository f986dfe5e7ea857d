import { describe, expect, test } from 'vitest';
import {
  JobResponse,
  JobUpdate,
  formatContentRange,
  formatStoredRange,
  parseBody,
  parseContentRangeStart,
  parseStoredSize,
} from './index.ts';

const minimal = {
  id: 7,
  token: 'glcbt-1',
  job_info: { name: 'build', stage: 'test', project_id: 1, project_name: 'stack' },
  git_info: {},
  runner_info: { timeout: 3600 },
};

describe('a job response', () => {
  test('reads null and missing lists as empty ones', () => {
    const job = parseBody(
      JobResponse,
      { ...minimal, variables: null, steps: [{ name: 'script', script: ['true'] }] },
      'job',
    );
    expect(job.variables).toEqual([]);
    expect(job.dependencies).toEqual([]);
    expect(job.steps).toHaveLength(1);
    expect(job.allow_git_fetch).toBe(true);
  });

  test('refuses what git would take for an option', () => {
    const hostile = { ...minimal, git_info: { repo_url: '--upload-pack=touch x', sha: 'abcdef0123' } };
    expect(() => parseBody(JobResponse, hostile, 'job')).toThrow(/`git_info\.repo_url`: must not begin with a dash/);
  });

  test('refuses a value that is not text, and does not quote it', () => {
    const wrong = { ...minimal, variables: [{ key: 'A', value: 12345678 }] };
    expect(() => parseBody(JobResponse, wrong, 'job')).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_BODY_INVALID' }),
    );
    expect(() => parseBody(JobResponse, wrong, 'job')).not.toThrow(/12345678/);
  });
});

describe('an update', () => {
  test('with an unknown reason counts as an unknown failure', () => {
    expect(JobUpdate.parse({ state: 'failed', failure_reason: 'sunspots' }).failure_reason).toBe('unknown_failure');
    expect(JobUpdate.parse({ state: 'failed', failure_reason: '' }).failure_reason).toBeUndefined();
    expect(JobUpdate.parse({ state: 'failed', failure_reason: 'job_canceled' }).failure_reason).toBe('job_canceled');
  });
});

describe('ranges of the log', () => {
  test('name the last byte in a request and the size in an answer', () => {
    expect(formatContentRange(10, 5)).toBe('10-14');
    expect(parseContentRangeStart('10-14')).toBe(10);
    expect(formatStoredRange(15)).toBe('0-15');
    expect(parseStoredSize('0-15')).toBe(15);
    expect(parseStoredSize(null)).toBeUndefined();
  });

  test('that are none are refused', () => {
    for (const value of ['bytes 0-1', '-5', '1-', '0x1-2', '']) {
      expect(() => parseContentRangeStart(value)).toThrow(expect.objectContaining({ code: 'PROTOCOL_RANGE_INVALID' }));
    }
  });
});
