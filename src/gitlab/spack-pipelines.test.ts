import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import type { JobPlan } from './job-plan.ts';
import { readPipeline } from './read-pipeline.ts';

const folder = join(import.meta.dirname, '../../test/fixtures');
const spack = [
  'spack-0.23-small',
  'spack-0.23-ci-run',
  'spack-0.23-tutorial',
  'spack-0.23-e4s-part',
  'spack-1.2/pipelines',
];
const files = ['gitlab', ...spack.map((name) => `spack/${name}`)].flatMap((below) =>
  readdirSync(join(folder, below))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => `${below}/${name}`),
);

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
  expect(files.length).toBeGreaterThanOrEqual(22);
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

interface WrittenLock {
  readonly concrete_specs: Readonly<Record<string, { readonly dependencies?: readonly { readonly hash: string }[] }>>;
}

const withLock = files.filter((name) => name.startsWith('spack/'));

test.each(withLock)('%s: what a package’s job waits for is what its package depends on, in the lock', (name) => {
  const isNew = name.startsWith('spack/spack-1.2/');
  const lockFile = isNew ? 'spack/spack-1.2/env/spack.lock' : join(name, '../spack.lock');
  const { concrete_specs: specs } = JSON.parse(readFileSync(join(folder, lockFile), 'utf8')) as WrittenLock;
  const { plan } = readFile(name, readFileSync(join(folder, name), 'utf8'));
  const hashes = new Map(plan?.jobs.map((job) => [job.name, job.variables['SPACK_JOB_SPEC_DAG_HASH']?.value]));
  const built = new Set(hashes.values());
  // Spack 1.2 looks through what is not rebuilt to its dependencies; 0.23 does not.
  const nearest = (hash: string): readonly string[] =>
    (specs[hash]?.dependencies ?? []).flatMap((one) =>
      built.has(one.hash) ? [one.hash] : isNew ? nearest(one.hash) : [],
    );
  for (const { name: job, needs = [] } of plan?.jobs ?? []) {
    const hash = hashes.get(job);
    if (hash === undefined) continue;
    const waitsFor = needs.flatMap((need) => hashes.get(need.job) ?? []);
    expect([job, waitsFor.toSorted()]).toEqual([job, [...new Set(nearest(hash))].toSorted()]);
  }
});

/** What decides a job's position in the graph, its environment and its retries. */
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
