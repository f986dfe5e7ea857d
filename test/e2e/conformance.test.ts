import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readConformanceCases } from '../support/conformance-case.ts';
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
    const { status, jobs, stderr } = result;
    expect({ status, jobs, stderr }).toEqual({ status: run.status, jobs: run.jobs, stderr: expect.any(String) });
    // A pipeline that waits for a person has not failed.
    expect(result.exitCode).toBe(['success', 'manual'].includes(run.status) ? 0 : 1);
    expect(result.attempts).toMatchObject(run.attempts);
    for (const [job, lines] of Object.entries(run.output)) {
      const said = result.output.get(job) ?? [];
      const wanted = lines.filter((line) => !line.startsWith('!'));
      expect(said.filter((line) => wanted.includes(line))).toEqual(wanted);
      for (const line of lines.filter((text) => text.startsWith('!'))) expect(said).not.toContain(line.slice(1));
    }
  });
});
