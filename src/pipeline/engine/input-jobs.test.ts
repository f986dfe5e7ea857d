import { expect, test } from 'vitest';
import { readPipeline } from '../../gitlab/index.ts';
import { inputJobs } from './input-jobs.ts';
import { jobPlan } from './job-graph.ts';

const { plan } = readPipeline(
  `
stages: [one, two, three]
late: { stage: two, script: x }
b: { stage: one, script: x }
a: { stage: one, script: x }
all: { stage: three, script: x }
none: { stage: three, script: x, dependencies: [] }
some: { stage: three, script: x, dependencies: [late, a] }
needing: { stage: three, script: x, needs: [late, a, { job: b, artifacts: false }, { pipeline: '1', job: other }, { job: gone, optional: true }] }
both: { stage: three, script: x, needs: [late, a, b], dependencies: [b, a] }
`,
  'ci.yml',
  { variables: {}, source: 'push' },
);

test.each([
  ['all', ['b', 'a', 'late']],
  ['a', []],
  ['late', ['b', 'a']],
  ['none', []],
  ['some', ['a', 'late']],
  ['needing', ['a', 'late']],
  ['both', ['b', 'a']],
])('%s gets the artifacts of %j, in this order', (name, expected) => {
  expect(inputJobs(plan!, jobPlan(plan!, name)!)).toEqual(expected);
});
