import { describe, expect, test } from 'vitest';
import { readPipeline, type JobPlan, type PipelinePlan } from '../../gitlab/index.ts';
import { remainingPath } from './remaining-path.ts';

function planOf(yaml: string): PipelinePlan {
  const { plan, diagnostics } = readPipeline(yaml, 'ci.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

const plan = planOf(
  'long: {script: x, needs: []}\nshort: {script: x, needs: []}\nafter: {script: x, needs: [short]}\nlast: {script: x, needs: [after]}\n',
);
const seconds: Readonly<Record<string, number>> = { long: 10, short: 1, after: 5, last: 6 };
const duration = (job: JobPlan) => seconds[job.name] ?? 0;

describe('the remaining path', () => {
  test('counts a job and the longest chain after it', () => {
    expect(Object.fromEntries(remainingPath(plan, duration))).toEqual({ long: 10, short: 12, after: 11, last: 6 });
  });

  test('takes the median of the known jobs for one of which nothing is known', () => {
    const known = new Map([
      ['long', 10],
      ['after', 45],
      ['last', 50],
    ]);
    const paths = remainingPath(plan, ({ name }) => known.get(name));
    expect(Object.fromEntries(paths)).toEqual({ long: 10, short: 140, after: 95, last: 50 });
    expect(Object.fromEntries(remainingPath(plan, () => undefined))).toEqual({ long: 1, short: 3, after: 2, last: 1 });
  });

  test('goes through stages for jobs without needs', () => {
    const staged = planOf(
      'stages: [s, t, u]\na: {stage: s, script: x}\nb: {stage: t, script: x, needs: []}\nc: {stage: u, script: x}\n',
    );
    expect(Object.fromEntries(remainingPath(staged, () => 1))).toEqual({ a: 2, b: 2, c: 1 });
  });
});
