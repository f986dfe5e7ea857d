import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readConformanceCases } from '../support/conformance-case.ts';
import { differences } from '../support/conformance-differences.ts';
import { runCase } from '../support/conformance-run.ts';

const cases = readConformanceCases(fileURLToPath(new URL('../conformance', import.meta.url)));
const running = cases.flatMap((one) => (one.run === undefined ? [] : [[one.name, one, one.run] as const]));

test('there are as many cases as promised that are not only read but run, of nearly all groups', () => {
  expect(running.length).toBeGreaterThanOrEqual(120);
  expect(new Set(running.map(([name]) => name.split('/')[0])).size).toBeGreaterThanOrEqual(30);
});

describe('a pipeline runs as GitLab runs it:', () => {
  test.concurrent.each(running)('%s', async (_name, one, run) => {
    const result = await runCase(one);
    const { exitCode, stderr } = result;
    expect({ differences: differences(run, result), stderr }).toEqual({ differences: [], stderr: expect.any(String) });
    // A pipeline that waits for a person has not failed.
    const isWaiting = run.status !== 'failed' && Object.values(run.jobs).includes('manual');
    expect(exitCode).toBe(run.status === 'success' || isWaiting ? 0 : 1);
  });
});
