import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { readPipeline } from './read-pipeline.ts';
import { writePipeline } from './write-pipeline.ts';

const folder = join(import.meta.dirname, '../../test/fixtures/gitlab');
const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));

interface WrittenJob {
  readonly stage?: string;
  readonly tags: readonly string[];
  readonly needs?: readonly { readonly job: string; readonly pipeline?: string }[];
}

function readFile(name: string, text: string) {
  return readPipeline(text, name, { variables: {}, source: 'parent_pipeline' });
}

test('there are pipelines to read', () => {
  expect(files.length).toBeGreaterThanOrEqual(8);
});

test.each(files)('%s is read without any warning, and its graph is as written', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  const { plan, diagnostics } = readFile(name, text);
  expect(diagnostics).toEqual([]);
  const written = load(text) as Record<string, WrittenJob>;
  const names = Object.keys(written).filter((key) => !['stages', 'variables', 'workflow'].includes(key));
  expect(plan?.jobs.map((job) => job.name)).toEqual(names);
  for (const job of plan?.jobs ?? []) {
    const source = written[job.name];
    expect(job.stage).toBe(source?.stage ?? 'test');
    expect(job.tags).toEqual(source?.tags);
    expect(job.needs?.map((need) => [need.job, need.pipeline])).toEqual(
      source?.needs?.map((need) => [need.job, need.pipeline]),
    );
  }
});

test('what we write is read back the same, names with spaces and signs included', () => {
  const name = 'zlib@1.3.1 /abc123 %gcc arch=linux: [group] #1';
  const text = writePipeline({
    stages: ['0'],
    [name]: { stage: '0', script: ['echo "a: b" # no'], variables: { V: '1.10', T: 'yes', H: '9138e10' } },
  });
  const job = readFile('child.yml', text).plan?.jobs[0];
  expect(job).toMatchObject({ name, stage: '0', script: ['echo "a: b" # no'] });
  expect(Object.values(job?.variables ?? {}).map(({ value }) => value)).toEqual(['1.10', 'yes', '9138e10']);
  expect(writePipeline(load(text) as Record<string, unknown>)).toBe(text);
});
