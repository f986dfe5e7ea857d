import { expect, test } from 'vitest';
import { simulate, tutorialPlan } from './engine-schedule.ts';

const plan = tutorialPlan();

test.each([
  ['history of other runs', 1.1],
  ['first run', 1.25],
] as const)('a schedule from the %s is near the best that can be, however many workers there are', (policy, most) => {
  for (const workers of [2, 3, 4, 6, 8, 10, 12, 16, 24, 32, 48, 64]) {
    const { makespan, bound } = simulate(plan, workers, policy);
    expect(makespan).toBeGreaterThanOrEqual(bound - 1e-6);
    expect(makespan / bound).toBeLessThan(most);
  }
});

test('the order in which jobs became ready would be far from it', () => {
  const { makespan, bound } = simulate(plan, 10, 'first in, first out');
  expect(makespan / bound).toBeGreaterThan(1.2);
});
