import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fixture } from '../../test/fixtures/spack/fixtures.ts';
import { readPipeline, type JobPlan } from '../gitlab/index.ts';
import { readLockfile, type Lockfile } from '../spack/index.ts';
import { readCiSection } from './ci/ci-section.ts';
import { generatePipeline } from './generate-pipeline.ts';
import type { MirrorState } from './mirror-state.ts';
import { spackVersionVariables } from './pipeline/pipeline-variables.ts';
import type { PipelineSettings } from './pipeline/settings.ts';
import { planBuild } from './plan-build.ts';
import { readStack } from './stack/read-stack.ts';

/**
 * Every pipeline that real `spack ci generate` made for the fixtures, beside ours from the same lock. Both are read by
 * our engine and compared job by job. The differences that we mean to have, each taken out of the comparison where it
 * is named:
 *
 * - `SLIPWAY_ENVIRONMENT` is one variable more.
 * - `SPACK_CDASH_BUILD_STAMP` holds the time.
 * - `SPACK_PIPELINE_TYPE`: Spack 1.2 writes the name of a constant (`PULL_REQUEST`), which its own `ci rebuild` does not know.
 *   We write what it knows (`spack_pull_request`).
 * - Stages under pruning: Spack 0.23 numbers them along all packages, 1.2 and we along those that are built.
 * - Needs under pruning: Spack 0.23 drops those that lead through a package on the mirror; 1.2 and we keep them.
 * - With `--script slipway` (not compared here) scripts call `slipway rebuild`, and a failed script is not tried again.
 */
interface Case {
  readonly title: string;
  readonly folder: string;
  readonly pipeline: string;
  readonly environment?: string;
  readonly lock?: string;
  readonly scopes?: readonly string[];
  /** Names of the packages that no mirror holds; all when left out. */
  readonly missing?: readonly string[];
  readonly settings?: Partial<PipelineSettings>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly differs?: readonly ('stages' | 'needs')[];
}

const tutorialScopes = ['', '/linux', '/linux/x86_64_v3'].map((path) => `spack-0.23-tutorial/configs${path}`);
const lab = { SPACK_CI_STACK_NAME: 'lab', SPACK_REQUIRE_SIGNING: 'True' };
const small = 'spack-0.23-small';
const modern = { folder: 'spack-1.2', lock: 'env/spack.lock', environment: 'env/concrete_environment/spack.yaml' };
const probe = { ...modern, environment: 'pipelines/probe.spack.yaml' };
const nothingPruned = { nothingPruned: true };
/** The same mirror under the name that it had in that run. */
const mirror = (url: string) => ({ mirrors: { destination: { fetchUrl: url, pushUrl: url } } });

const cases: readonly Case[] = [
  { title: '0.23, nothing on the mirror', folder: small, pipeline: 'pipeline.all-rebuild.yml' },
  {
    title: '0.23, all on the mirror and nothing pruned',
    folder: small,
    pipeline: 'pipeline.no-prune.yml',
    missing: [],
    settings: { ...nothingPruned, artifactsRoot: 'jobs_scratch_dir2' },
  },
  { title: '0.23, all on the mirror', folder: small, pipeline: 'pipeline.all-uptodate-noop.yml', missing: [] },
  {
    title: '0.23, three missing',
    folder: small,
    pipeline: 'pipeline.incremental-3-missing.yml',
    missing: ['freetype', 'zlib-ng', 'yaml-cpp'],
    settings: mirror('file:///srv/spack-lab/incr/mirror'),
    differs: ['stages', 'needs'],
  },
  { title: '0.23, padded', folder: 'spack-0.23-ci-run', pipeline: 'pipeline.yml' },
  {
    title: '0.23, the tutorial',
    folder: 'spack-0.23-tutorial',
    pipeline: 'pipeline.yml',
    scopes: [...tutorialScopes, 'spack-0.23-tutorial/mirrors.yaml'],
    variables: { SPACK_CI_STACK_NAME: 'tutorial' },
  },
  {
    title: '0.23, part of E4S',
    folder: 'spack-0.23-e4s-part',
    pipeline: 'pipeline.yml',
    scopes: [...tutorialScopes, 'spack-0.23-tutorial/mirrors.yaml'],
    variables: { SPACK_CI_STACK_NAME: 'e4s11' },
  },
  { title: '1.2, nothing on the mirror', ...modern, pipeline: 'pipelines/all-rebuild.yml' },
  {
    title: '1.2, nothing pruned',
    ...modern,
    pipeline: 'pipelines/no-prune-dag.yml',
    settings: { ...nothingPruned, artifactsRoot: 'jsd3', ...mirror('file:///srv/spack-lab1/incr/mirror') },
  },
  {
    title: '1.2, three missing',
    ...modern,
    pipeline: 'pipelines/incremental-3-missing.yml',
    missing: ['gcc-runtime', 'slipway-noop', 'yaml-cpp'],
    settings: mirror('file:///srv/spack-lab1/incr/mirror'),
  },
  {
    title: '1.2, one missing',
    ...modern,
    pipeline: 'pipelines/one-job.yml',
    missing: ['slipway-noop'],
    settings: mirror('file:///srv/spack-lab1/mirror-ci'),
  },
  { title: '1.2, all on the mirror', ...modern, pipeline: 'pipelines/all-uptodate-noop.yml', missing: [] },
  {
    title: '1.2, a protected branch, with signing and rules that meet',
    ...probe,
    pipeline: 'pipelines/protected_branch.yml',
    settings: {
      artifactsRoot: 'spack_protected_branch',
      pipelineType: 'spack_protected_branch',
      reservesTags: true,
    },
    variables: lab,
  },
  {
    title: '1.2, a pull request',
    ...probe,
    pipeline: 'pipelines/pull_request.yml',
    settings: { artifactsRoot: 'spack_pull_request', pipelineType: 'spack_pull_request', reservesTags: true },
    variables: lab,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'slipway-pipelines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('pipelines beside those of `spack ci generate`', () => {
  test.each(cases)('$title', async (one) => {
    const theirs = jobsIn(fixture(`${one.folder}/${one.pipeline}`), one);
    const ours = jobsIn(await generate(one), one);
    expect(theirs.size).toBeGreaterThan(0);
    expect([...ours.keys()].toSorted()).toEqual([...theirs.keys()].toSorted());
    for (const [name, job] of theirs) expect(ours.get(name), name).toEqual(job);
  });

  test('three missing, where 0.23 loses a need: freetype waits for zlib-ng through libpng', async () => {
    const one = { ...(cases[3] as Case), differs: [] };
    const need = (jobs: ReadonlyMap<string, Job>) =>
      [...jobs]
        .find(([name]) => name.startsWith('freetype@'))?.[1]
        .needs.map((other) => String(other.job).split('@')[0]);
    expect(need(jobsIn(fixture(`${small}/pipeline.incremental-3-missing.yml`), one))).toEqual(['generate-pipeline']);
    expect(need(jobsIn(await generate(one), one))).toEqual(['generate-pipeline', 'zlib-ng']);
  });
});

async function generate(one: Case): Promise<string> {
  const lock = readLockfile(fixture(`${one.folder}/${one.lock ?? 'spack.lock'}`), 'spack.lock');
  writeFileSync(join(folder, 'spack.yaml'), fixture(`${one.folder}/${one.environment ?? 'spack.yaml'}`));
  const fixtures = join(import.meta.dirname, '../../test/fixtures/spack');
  const stack = await readStack(folder, { configScopes: (one.scopes ?? []).map((path) => join(fixtures, path)) });
  const destination = stack.mirrors.find(({ name }) => name === 'buildcache-destination');
  const plan = planBuild(lock, statesOf(lock, one.missing), { keepUpToDate: one.settings?.nothingPruned === true });
  const { text, parts, unmatched } = generatePipeline(lock, plan, {
    artifactsRoot: 'jobs_scratch_dir',
    environment: '.',
    script: 'spack',
    generator: { job: 'generate-pipeline', pipeline: '1' },
    rules: { kind: 'ci', section: readCiSection(stack.ci ?? {}), answers: new Map() },
    ...(stack.cdash === undefined ? {} : { cdash: { group: stack.cdash.buildGroup, now: new Date(0) } }),
    ...(destination === undefined ? {} : { mirrors: { destination } }),
    ...one.settings,
    variables: { ...spackVersionVariables(lock), ...one.variables },
  });
  expect([parts.size, unmatched]).toEqual([0, []]);
  return text;
}

function statesOf(lock: Lockfile, missing: readonly string[] | undefined): ReadonlyMap<string, MirrorState> {
  const held = [...lock.nodes.values()].filter(({ name }) => missing?.includes(name) === false);
  return new Map(held.map(({ hash }) => [hash, { present: true, reason: 'on file:///mirror' }]));
}

type Job = Omit<JobPlan, 'needs'> & { readonly needs: readonly Readonly<Record<string, unknown>>[] };

/** The jobs as our engine reads them, without what is meant to differ. */
function jobsIn(text: string, { differs = [] }: Case): ReadonlyMap<string, Job> {
  const { plan, diagnostics } = readPipeline(text, 'pipeline.yml', { variables: {}, source: 'parent_pipeline' });
  expect(diagnostics).toEqual([]);
  return new Map(plan?.jobs.map((job) => [job.name, comparable(job, differs)]));
}

function comparable(job: JobPlan, differs: readonly string[]): Job {
  const { SLIPWAY_ENVIRONMENT: _, SPACK_CDASH_BUILD_STAMP: __, ...variables } = job.variables;
  const kind = variables['SPACK_PIPELINE_TYPE']?.value ?? '';
  const known: Readonly<Record<string, string>> = {
    PULL_REQUEST: 'spack_pull_request',
    PROTECTED_BRANCH: 'spack_protected_branch',
  };
  const SPACK_PIPELINE_TYPE = { ...variables['SPACK_PIPELINE_TYPE'], value: known[kind] ?? kind };
  const needs = (job.needs ?? []).map((need) => ({ ...need })) as Job['needs'];
  const order = needs.toSorted((a, b) => (String(a['job']) < String(b['job']) ? -1 : 1));
  return {
    ...job,
    stage: differs.includes('stages') ? '' : job.stage,
    variables: { ...variables, ...(kind === '' ? {} : { SPACK_PIPELINE_TYPE }) } as JobPlan['variables'],
    needs: differs.includes('needs') ? [] : order,
  };
}
