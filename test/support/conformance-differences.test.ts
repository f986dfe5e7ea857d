import { expect, test } from 'vitest';
import { differences } from './conformance-differences.ts';

const demanded = {
  arguments: [],
  status: 'failed',
  jobs: { a: 'failed', b: 'skipped' },
  attempts: { a: 2 },
  output: { a: ['first', 'second', '!never'] },
  peer: true as const,
};
const asDemanded = {
  status: 'failed',
  jobs: { a: 'failed', b: 'skipped' },
  attempts: { a: 2, b: 1 },
  output: new Map([['a', ['$ echo first', 'first', 'between', 'second']]]),
};

test('a result that its case demands has no differences, whatever else its logs hold', () => {
  expect(differences(demanded, asDemanded)).toEqual([]);
});

test('every demand of a case that a result does not meet is listed', () => {
  const result = {
    status: 'success',
    jobs: { a: 'success', c: 'success' },
    attempts: { a: 1 },
    output: new Map([['a', ['second', 'first', 'never']]]),
  };
  expect(differences(demanded, result)).toEqual([
    'The status is "success" instead of "failed".',
    'The status of `a` is "success" instead of "failed".',
    'The status of `b` is missing instead of "skipped".',
    'The status of `c` is "success" instead of missing.',
    'The number of attempts at `a` is 1 instead of 2.',
    'The log of `a` is ["second","first"] instead of ["first","second"].',
    'The log of `a` has the line "never".',
  ]);
});

test('a log without any line is a difference where lines are demanded', () => {
  expect(differences(demanded, { ...asDemanded, output: new Map() })).toEqual([
    'The log of `a` is [] instead of ["first","second"].',
  ]);
});
