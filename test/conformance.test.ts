import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commands } from '../src/cli/command-list.ts';
import { readConformanceCases } from './support/conformance-case.ts';
import type { ConformanceCase } from './support/conformance-case.ts';
import { readCase, writtenDiagnostics, writtenJob, writtenVariables } from './support/conformance-read.ts';
import { runCase } from './support/conformance-run.ts';

const cases = readConformanceCases(fileURLToPath(new URL('conformance', import.meta.url)));
const named = (list: readonly ConformanceCase[]) => list.map((one) => [one.name, one] as const);
const canRun = commands.some(({ name }) => name === 'run');

test('there are as many cases as promised, each saying something', () => {
  expect(cases.length).toBeGreaterThanOrEqual(120);
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

describe.skipIf(!canRun)('a pipeline runs as GitLab runs it:', () => {
  const running = cases.filter(({ run }) => run !== undefined);

  test('there are cases to run', () => {
    expect(running.length).toBeGreaterThanOrEqual(20);
  });

  test.concurrent.each(named(running))('%s', { timeout: 120_000 }, async (_name, one) => {
    const { run } = one;
    const result = await runCase(one);
    expect({ status: result.status, jobs: result.jobs, stderr: result.stderr }).toEqual({
      status: run?.status,
      jobs: run?.jobs,
      stderr: expect.any(String),
    });
    expect(result.exitCode).toBe(run?.status === 'success' ? 0 : 1);
    expect(result.attempts).toMatchObject(run?.attempts ?? {});
    for (const [job, lines] of Object.entries(run?.output ?? {})) {
      const said = result.output.get(job) ?? [];
      const wanted = lines.filter((line) => !line.startsWith('!'));
      expect(said.filter((line) => wanted.includes(line))).toEqual(wanted);
      for (const line of lines.filter((text) => text.startsWith('!'))) expect(said).not.toContain(line.slice(1));
    }
  });
});
