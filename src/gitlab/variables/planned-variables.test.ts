import { expect, test } from 'vitest';
import { plannedVariables } from './planned-variables.ts';
import { readPipeline } from '../read-pipeline.ts';

function variablesOf(yaml: string): readonly Record<string, string>[] {
  const { plan } = readPipeline(yaml, 'ci.yml', { variables: {}, source: 'push' });
  return plan?.jobs.map(plannedVariables) ?? [];
}

test('copies of a job know the group that they are of', () => {
  const yaml = `
many: { script: x, parallel: 2 }
grid: { script: x, parallel: { matrix: [{ A: [x y], B: [1] }] } }
'deploy 1/2 left': { script: x }
'part: 3 4': { script: x }
`;
  expect(variablesOf(yaml).map((one) => [one['CI_JOB_NAME_SLUG'], one['CI_JOB_GROUP_NAME']])).toEqual([
    ['many-1-2', 'many'],
    ['many-2-2', 'many'],
    ['grid---x-y--1', 'grid'],
    ['deploy-1-2-left', 'deploy 1/2 left'],
    ['part--3-4', 'part'],
  ]);
});

test('`CI_JOB_MANUAL` is there for jobs that a person may start, and for no others', () => {
  const yaml = `
by-hand: { script: x, when: manual }
later: { script: x, when: delayed, start_in: 1 hour }
plain: { script: x }
`;
  expect(variablesOf(yaml).map((one) => one['CI_JOB_MANUAL'])).toEqual(['true', 'true', undefined]);
});
