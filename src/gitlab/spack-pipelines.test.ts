import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import type { JobPlan } from './job-plan.ts';
import { readPipeline } from './read-pipeline.ts';
import { writePipeline } from './write-pipeline.ts';

const folder = join(import.meta.dirname, '../../test/fixtures/gitlab');
const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));

interface WrittenJob {
  readonly stage?: string;
  readonly tags: readonly string[];
  readonly needs?: readonly { readonly job: string; readonly pipeline?: string; readonly artifacts?: boolean }[];
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly retry?: number | { readonly max: number; readonly when: readonly string[] };
  readonly when?: string;
  readonly allow_failure?: boolean;
  readonly interruptible?: boolean;
}

type WrittenPipeline = Readonly<Record<string, WrittenJob>> & {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly stages?: readonly string[];
};

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
  const written = load(text) as WrittenPipeline;
  const names = Object.keys(written).filter((key) => !['stages', 'variables', 'workflow'].includes(key));
  expect(plan?.jobs.map((job) => job.name)).toEqual(names);
  const used = new Set(plan?.jobs.map((job) => job.stage));
  expect(plan?.stages).toEqual((written.stages ?? ['test']).filter((stage) => used.has(stage)));
  for (const job of plan?.jobs ?? [])
    expect(factsOf(job)).toEqual(writtenFacts(written, written[job.name] as WrittenJob));
});

/** All that makes a job's place in the graph, its environment and its second chance. */
function factsOf({ stage, tags, needs, variables, retry, when, allowFailure, interruptible }: JobPlan) {
  const { max, when: reasons } = retry;
  const plain = Object.fromEntries(Object.entries(variables).map(([name, { value }]) => [name, value]));
  const edges = needs?.map((need) => [need.job, need.pipeline, need.artifacts]);
  return { stage, tags, edges, plain, max, reasons, when, allowFailure, interruptible };
}

function writtenFacts(pipeline: WrittenPipeline, job: WrittenJob) {
  const variables = Object.entries({ ...pipeline.variables, ...job.variables });
  const { max = 0, when: reasons = ['always'] } = typeof job.retry === 'object' ? job.retry : { max: job.retry };
  return {
    stage: job.stage ?? 'test',
    tags: job.tags,
    edges: job.needs?.map((need) => [need.job, need.pipeline, need.artifacts ?? true]),
    plain: Object.fromEntries(variables.map(([name, value]) => [name, String(value)])),
    max,
    reasons,
    when: job.when ?? 'on_success',
    allowFailure: job.allow_failure ?? false,
    interruptible: job.interruptible ?? false,
  };
}

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
