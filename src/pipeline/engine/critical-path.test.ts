import { describe, expect, test } from 'vitest';
import { readPipeline, type JobPlan, type PipelinePlan } from '../../gitlab/index.ts';
import { criticalPath } from './critical-path.ts';

function planOf(yaml: string): PipelinePlan {
  const { plan, diagnostics } = readPipeline(yaml, 'ci.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

const by = (seconds: Readonly<Record<string, number>>) => (job: JobPlan) => seconds[job.name] ?? 0;

describe('the critical path', () => {
  test('is the chain of needs that takes longest', () => {
    const plan = planOf(
      'long: {script: x, needs: []}\nshort: {script: x, needs: []}\nafter: {script: x, needs: [short]}\nlast: {script: x, needs: [after, long]}\n',
    );
    expect(criticalPath(plan, by({ long: 4, short: 1, after: 5, last: 6 }))).toEqual({
      seconds: 12,
      jobs: ['short', 'after', 'last'],
    });
    expect(criticalPath(plan, by({ long: 40, short: 1, after: 5 }))).toEqual({ seconds: 40, jobs: ['long'] });
  });

  test('goes through stages, over jobs that wait for none of them', () => {
    const plan = planOf(
      'stages: [s, t, u]\na: {stage: s, script: x}\nb: {stage: t, script: x, needs: []}\nc: {stage: u, script: x}\nd: {stage: u, script: x}\n',
    );
    const { jobs } = criticalPath(plan, by({ a: 3, b: 4, c: 2, d: 5 }));
    expect(jobs).toEqual(['b', 'd']);
    expect(criticalPath(plan, by({ a: 3, b: 1, c: 2 })).jobs).toEqual(['a', 'c']);
  });

  test('has no jobs where none takes any time', () => {
    expect(criticalPath(planOf('a: {script: x}\n'), () => 0)).toEqual({ seconds: 0, jobs: [] });
  });
});
