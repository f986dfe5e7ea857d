import { describe, expect, test } from 'vitest';
import { readFailureLine, testsLine } from './failure-line.ts';

describe('readFailureLine', () => {
  test('takes the first fault of a command of ours, with its place and without its code', () => {
    const log = [
      'tool.c:1:1: error: expected a semicolon',
      'recipes/tool.yaml:5:16: error: There is no recipe for `x`. [RECIPE_UNKNOWN_DEPENDENCY]',
      'spack.yaml:2:3: error: There is no recipe for `y`. [RECIPE_NOT_FOUND]',
    ].join('\n');
    expect(readFailureLine(log)).toBe('recipes/tool.yaml:5:16: There is no recipe for `x`.');
  });

  test('takes the last error of any other program', () => {
    const log =
      'a.c:1:1: error: first\n==> Error: the mirror is gone\nsection_end:1:step_script\r\u001B[0K\u001B[31;1mERROR: Job failed: exit code 1\u001B[0;m\n';
    expect(readFailureLine(log)).toBe('the mirror is gone');
  });

  test('takes what the runner says where it is more than an exit status', () => {
    const log = 'section_end:1:get_sources\r\u001B[0K\u001B[31;1mERROR: Job failed: the disk is full\u001B[0;m\n';
    expect(readFailureLine(log)).toBe('Job failed: the disk is full');
  });

  test('has nothing to say of a log without errors', () => {
    expect(readFailureLine('all is well\nERROR: Job failed: exit code 1\n')).toBeUndefined();
  });
});

test('a report of tests says how many failed, and the first of them', () => {
  const counted = { total: 40, errored: 1, skipped: 0, seconds: 1 };
  const failures = [{ suite: 's', name: 'tides', message: '2 is not 3\nat line 7' }];
  expect(testsLine({ ...counted, failed: 2, failures })).toBe('3 of 40 tests, first `tides`: 2 is not 3');
  expect(testsLine({ ...counted, errored: 0, failed: 0, failures: [] })).toBeUndefined();
  expect(testsLine(undefined)).toBeUndefined();
});
