import { expect, test } from 'vitest';
import { summarizePipeline } from './pull-request-summary.ts';

const job = (name: string, status: string, allowFailure = false) => ({ name, status, allowFailure });

test('a running pipeline says how far it is', () => {
  const summary = summarizePipeline('running', [job('a', 'success'), job('b', 'running'), job('c', 'created')]);
  expect(summary).toEqual({ state: 'pending', description: '1 of 3 jobs done' });
});

test('a failed pipeline names the first failing job and counts what it kept from running', () => {
  const summary = summarizePipeline('failed', [
    job('libtide@1.2 /abc', 'failed'),
    job('b', 'skipped'),
    job('c', 'failed'),
  ]);
  expect(summary).toEqual({ state: 'failure', description: 'libtide@1.2 /abc and 1 more failed, 1 skipped' });
});

test('a job that may fail is not named as the culprit', () => {
  const summary = summarizePipeline('running', [job('lint', 'failed', true), job('b', 'running')]);
  expect(summary).toEqual({ state: 'pending', description: '1 of 2 jobs done' });
});

test('a canceled pipeline says why', () => {
  expect(summarizePipeline('canceled', [], 'superseded by pipeline 4').description).toBe(
    'Canceled: superseded by pipeline 4',
  );
});

test('the line never exceeds what GitHub takes', () => {
  expect(summarizePipeline('failed', [job('x'.repeat(300), 'failed')]).description).toHaveLength(140);
});
