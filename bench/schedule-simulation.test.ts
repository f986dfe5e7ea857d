import { expect, test } from 'vitest';
import { simulate, tutorialPlan, type Policy } from './schedule-simulation.ts';

const plan = tutorialPlan();
const draws = [0, 1, 2];

/** Mean over sets of durations of how much longer the pipeline takes than with a schedule by true durations. */
function ratioOf(policy: Policy, workers: number): number {
  const ratios = draws.map((draw) => {
    const { makespan, bound } = simulate(plan, { workers, policy, draw });
    expect(makespan).toBeGreaterThanOrEqual(bound - 1e-6);
    return makespan / simulate(plan, { workers, policy: 'true durations', draw }).makespan;
  });
  return ratios.reduce((sum, one) => sum + one, 0) / draws.length;
}

test.each([
  ['history of other runs', 1.05],
  ['first run', 1.12],
] as const)('a schedule from the %s is nearly as good as one from true durations', (policy, most) => {
  for (const workers of [4, 10, 32]) expect(ratioOf(policy, workers)).toBeLessThan(most);
});

test('the order in which jobs became ready would be far from it', () => {
  expect(ratioOf('first in, first out', 10)).toBeGreaterThan(1.15);
});
