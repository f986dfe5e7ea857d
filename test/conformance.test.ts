import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readConformanceCases, type ConformanceCase } from './support/conformance-case.ts';
import { readCase, writtenDiagnostics, writtenJob, writtenVariables } from './support/conformance-read.ts';

const cases = readConformanceCases(fileURLToPath(new URL('conformance', import.meta.url)));
const named = (list: readonly ConformanceCase[]) => list.map((one) => [one.name, one] as const);

test('there are as many cases as promised, each saying something', () => {
  expect(cases.length).toBeGreaterThanOrEqual(300);
  expect(new Set(cases.map(({ about }) => about)).size).toBe(cases.length);
  const silent = cases.filter(
    ({ expect: expected, run }) =>
      Object.keys(expected).length < 2 && expected.diagnostics.length === 0 && run === undefined,
  );
  expect(silent.map(({ name }) => name)).toEqual([]);
});

describe('a pipeline is read as GitLab reads it:', () => {
  test.each(named(cases))('%s', (_name, one) => {
    const result = readCase(one);
    const { jobs, stages, name, autoCancel, variables, job = {}, without = {}, notCreated, diagnostics } = one.expect;
    expect(writtenDiagnostics(result)).toEqual(diagnostics);
    const isRefused = result.diagnostics.some(({ severity }) => severity === 'error');
    expect(result.plan === undefined).toBe(isRefused || notCreated !== undefined);
    if (notCreated !== undefined) expect(result.notCreated).toContain(notCreated);
    const plan = result.plan;
    if (jobs !== undefined) expect(plan?.jobs.map((planned) => planned.name)).toEqual(jobs);
    if (stages !== undefined) expect(plan?.stages).toEqual(stages);
    if (name !== undefined) expect(plan?.name).toBe(name);
    if (autoCancel !== undefined) expect(plan?.autoCancel).toEqual(autoCancel);
    if (variables !== undefined) expect(writtenVariables(plan?.variables ?? {})).toEqual(variables);
    const written = Object.fromEntries(plan?.jobs.map((planned) => [planned.name, writtenJob(planned)]) ?? []);
    expect(written).toMatchObject(job);
    for (const [which, names] of Object.entries(without))
      for (const absent of names) expect(written[which]?.['variables']).not.toHaveProperty(absent);
  });
});
