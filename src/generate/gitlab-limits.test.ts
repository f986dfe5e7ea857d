import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { fixture } from '../../test/fixtures/spack/fixtures.ts';
import { largeLock } from '../../test/support/large-lock.ts';
import { tinyNode } from '../../test/support/tiny-node.ts';
import { readPipeline } from '../gitlab/index.ts';
import { readLockfile, type Lockfile, type SpecNode } from '../spack/index.ts';
import { readCiSection } from './ci/ci-section.ts';
import { generatePipeline, type GeneratedPipeline } from './generate-pipeline.ts';
import { readLegacySection } from './ci/legacy-section.ts';
import { parsedSize } from './pipeline/parsed-size.ts';
import type { StackRules } from './pipeline/settings.ts';
import { gitlabLimits } from './pipeline/split.ts';
import { planBuild } from './plan-build.ts';

const tutorial = readLockfile(fixture('spack-0.23-tutorial/spack.lock'), 'spack.lock');
const schema = JSON.parse(
  readFileSync(new URL('../../test/fixtures/gitlab/ci-schema.json', import.meta.url), 'utf8'),
) as object;
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

const scopes = load(fixture('spack-0.23-tutorial/configs/ci.yaml')) as { ci: Record<string, unknown> };
const sizes = load(fixture('spack-0.23-tutorial/configs/linux/ci.yaml')) as { ci: Record<string, unknown> };
const gen = 'pipeline-gen';
const ci: StackRules = {
  kind: 'ci',
  section: readCiSection({ [gen]: [...(sizes.ci[gen] as object[]), ...(scopes.ci[gen] as object[])] }),
  answers: new Map(),
};
const legacy: StackRules = {
  kind: 'gitlab-ci',
  section: readLegacySection({
    mappings: [
      { match: ['gcc@12'], 'runner-attributes': { tags: ['huge'], image: 'builder:1', variables: { SIZE: 'huge' } } },
      { match: ['os=debian13'], 'runner-attributes': { tags: ['small'] } },
    ],
    'final-stage-rebuild-index': { tags: ['small'] },
  }),
  bootstrap: [{ name: 'compilers', specs: ['gmake'] }],
};

function generate(lock: Lockfile, rules?: StackRules): GeneratedPipeline {
  return generatePipeline(lock, planBuild(lock, new Map()), {
    artifactsRoot: 'jobs_scratch_dir',
    environment: '.',
    script: 'slipway',
    pipelineType: 'spack_protected_branch',
    generator: { job: 'generate', pipeline: '17' },
    cdash: { group: 'Spack Tutorial', now: new Date(0) },
    mirrors: { destination: { fetchUrl: 's3://lab/mirror', pushUrl: 's3://lab/mirror' } },
    ...(rules === undefined ? {} : { rules }),
  });
}

/** How many jobs of its own pipeline each job needs. */
function needsOf(text: string): readonly number[] {
  const jobs = Object.values(load(text) as Record<string, { readonly needs?: readonly object[] }>);
  return jobs.map(({ needs = [] }) => needs.filter((need) => !('pipeline' in need)).length);
}

function faultsOf(text: string): unknown {
  return validate(load(text)) ? [] : validate.errors?.slice(0, 3);
}

describe('what GitLab takes', () => {
  test.each([
    ['rules of ci:', ci],
    ['rules of gitlab-ci:', legacy],
    ['no rules', undefined],
  ] as const)('a pipeline by %s is valid by GitLab’s own schema', (_, rules) => {
    expect(faultsOf(generate(tutorial, rules).text)).toEqual([]);
  });

  test('the schema does refuse what GitLab refuses', () => {
    expect(faultsOf('job:\n  script: [x]\n  retry: { max: 7 }\n')).not.toEqual([]);
  });

  test('a thousand packages are one file within the default limits', () => {
    const { text, parts, jobs } = generate(largeLock(tutorial, 1000), ci);
    expect(parts.size).toBe(0);
    expect(jobs).toBeGreaterThan(950);
    expect(text.length).toBeLessThan(gitlabLimits.text);
    expect(parsedSize(load(text))).toBeLessThan(gitlabLimits.parsed);
  });

  test('more become parts of their own, each within the limits, which run one after the other', () => {
    const lock = largeLock(tutorial, 5000);
    const { text, parts, jobs } = generate(lock, ci);
    expect(parts.size).toBeGreaterThan(1);
    const parent = readPipeline(text, 'pipeline.yml', { variables: {}, source: 'parent_pipeline' });
    expect(parent.diagnostics).toEqual([]);
    expect([...parts.values(), text].map(faultsOf)).toEqual(Array.from({ length: parts.size + 1 }, () => []));
    const children = parent.plan?.jobs.filter((job) => job.kind === 'trigger') ?? [];
    expect(children.map(({ trigger }) => JSON.stringify(trigger))).toHaveLength(parts.size);
    expect(new Set(children.map((job) => job.stage)).size).toBe(parts.size);

    const seen = new Set<string>();
    for (const [name, part] of parts) {
      expect(part.length).toBeLessThan(gitlabLimits.text);
      expect(parsedSize(load(part))).toBeLessThan(gitlabLimits.parsed);
      expect(text).toContain(`jobs_scratch_dir/${name}`);
      expect(Math.max(...needsOf(part))).toBeLessThan(gitlabLimits.needs);
      const { plan, diagnostics } = readPipeline(part, name, { variables: {}, source: 'parent_pipeline' });
      expect(diagnostics).toEqual([]);
      const hashes = (plan?.jobs ?? []).map((job) => job.variables['SPACK_JOB_SPEC_DAG_HASH']?.value ?? '');
      for (const hash of hashes) seen.add(hash);
      // What a job builds on is in its own part or in one before it.
      for (const hash of hashes) {
        const needed = lock.nodes.get(hash)?.dependencies ?? [];
        expect(needed.every((one) => seen.has(one.hash) || lock.nodes.get(one.hash)?.external !== undefined)).toBe(
          true,
        );
      }
    }
    expect(seen.size).toBe(jobs);
    expect(jobs).toBeGreaterThan(4900);
  });

  test('a job names at most fifty others: those that its needs imply are left out', () => {
    const chain = Array.from({ length: 60 }).reduce<readonly SpecNode[]>(
      (before, _, index) => [...before, tinyNode(`link-${index}`, '1', before)],
      [],
    );
    const lock: Lockfile = { ...tutorial, roots: [], nodes: new Map(chain.map((node) => [node.hash, node])) };
    const { text } = generate(lock, ci);
    expect(Math.max(...needsOf(text))).toBe(1);
    expect(Math.max(...needsOf(generate({ ...lock, nodes: new Map([...lock.nodes].slice(0, 40)) }, ci).text))).toBe(39);
  });
});
