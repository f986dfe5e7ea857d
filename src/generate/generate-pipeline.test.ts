import { describe, expect, test } from 'vitest';
import { readPipeline } from '../gitlab/index.ts';
import { readCiSection } from './ci/ci-section.ts';
import { generatePipeline } from './generate-pipeline.ts';
import type { Lockfile, SpecNode } from '../spack/index.ts';
import type { PipelineSettings } from './pipeline/settings.ts';
import { slipwayRetry } from './pipeline/retry.ts';
import type { BuildDecision } from './plan-build.ts';

const settings: PipelineSettings = {
  artifactsRoot: 'jobs_scratch_dir',
  environment: '.',
  pipelineType: 'spack_pull_request',
  script: 'slipway',
  generator: { job: 'generate', pipeline: '17' },
};

function decision(name: string, letter: string, more: Partial<BuildDecision> = {}): BuildDecision {
  return {
    name,
    version: '1.0',
    hash: letter.repeat(32),
    build: true,
    reason: 'missing',
    present: false,
    needs: [],
    depth: 0,
    ...more,
  };
}

/** A lock of just what is decided about. */
function lockOf(decisions: readonly BuildDecision[]): Lockfile {
  const arch = { platform: 'linux', platform_os: 'debian12', target: 'x86_64' };
  const nodes = decisions.map(({ name, version, hash }): [string, SpecNode] => [
    hash,
    { name, version, arch, namespace: 'test', parameters: {}, hash },
  ]);
  return { lockfileVersion: 6, specfileVersion: 5, spack: {}, roots: [], nodes: new Map(nodes) };
}

function generate(decisions: readonly BuildDecision[]): string {
  return generatePipeline(lockOf(decisions), { decisions, externals: [] }, settings).text;
}

describe('generatePipeline', () => {
  test('gives each package a job with its needs, its stage and its hash', () => {
    const decisions = [
      decision('zlib', 'a'),
      decision('fmt', 'b', { build: false, present: true, reason: 'on s3://lab' }),
      decision('png', 'c', { needs: ['a'.repeat(32)], depth: 1, reason: 'unsigned or invalid: two\nlines' }),
    ];
    expect(generate(decisions)).toMatchInlineSnapshot(`
      "# build zlib@1.0 /aaaaaaa: missing
      # keep  fmt@1.0 /bbbbbbb: on s3://lab
      # build png@1.0 /ccccccc: unsigned or invalid: two lines
      stages:
        - stage-0
        - stage-1
      variables:
        SPACK_ARTIFACTS_ROOT: jobs_scratch_dir
        SPACK_CONCRETE_ENV_DIR: jobs_scratch_dir/concrete_environment
        SPACK_JOB_LOG_DIR: jobs_scratch_dir/logs
        SPACK_JOB_TEST_DIR: jobs_scratch_dir/tests
        SPACK_JOB_REPRO_DIR: jobs_scratch_dir/reproduction
        SPACK_PIPELINE_TYPE: spack_pull_request
        SLIPWAY_ENVIRONMENT: '.'
      workflow:
        rules:
          - when: always
      .build-1:
        script:
          - slipway rebuild
        artifacts:
          when: always
          paths:
            - jobs_scratch_dir/logs
            - jobs_scratch_dir/reproduction
            - jobs_scratch_dir/tests
          reports:
            junit: 'jobs_scratch_dir/tests/*.junit.xml'
        retry:
          max: 2
          when:
            - runner_system_failure
            - stuck_or_timeout_failure
            - api_failure
            - scheduler_failure
            - stale_schedule
            - data_integrity_failure
            - unknown_failure
        interruptible: true
        variables:
          SPACK_SPEC_NEEDS_REBUILD: 'True'
      zlib@1.0 /aaaaaaa:
        extends: .build-1
        stage: stage-0
        variables:
          SPACK_JOB_SPEC_DAG_HASH: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          SPACK_JOB_SPEC_PKG_NAME: zlib
          SPACK_JOB_SPEC_PKG_VERSION: '1.0'
        needs:
          - job: generate
            pipeline: '17'
      png@1.0 /ccccccc:
        extends: .build-1
        stage: stage-1
        variables:
          SPACK_JOB_SPEC_DAG_HASH: cccccccccccccccccccccccccccccccc
          SPACK_JOB_SPEC_PKG_NAME: png
          SPACK_JOB_SPEC_PKG_VERSION: '1.0'
        needs:
          - job: zlib@1.0 /aaaaaaa
            artifacts: false
          - job: generate
            pipeline: '17'
      "
    `);
  });

  test('has the job of a package that is built again not stop at the entry on the mirror', () => {
    const again = decision('fmt', 'b', { present: true, reason: 'on s3://lab, but to be built again' });
    const text = generate([decision('zlib', 'a'), again]);
    expect(text.match(/SPACK_REBUILD_EVERYTHING: 'True'/g)).toHaveLength(1);
    expect(text).toMatch(/SPACK_SPEC_NEEDS_REBUILD: 'False'\n +SPACK_REBUILD_EVERYTHING: 'True'/);
    expect(generate([decision('zlib', 'a')])).not.toContain('SPACK_REBUILD_EVERYTHING');
  });

  test('is read by our own engine without a word', () => {
    const decisions = [decision('zlib', 'a'), decision('png', 'c', { needs: ['a'.repeat(32)], depth: 1 })];
    const read = readPipeline(generate(decisions), 'pipeline.yml', {
      variables: {},
      source: 'parent_pipeline',
    });
    expect(read.diagnostics).toEqual([]);
    expect(read.plan).toBeDefined();
  });

  test.each([
    [{ 'when:': ['api_failure'] }, [], ['api_failure']],
    [{ 'when:': ['api_failure'] }, [{ when: ['always'] }], ['api_failure']],
    [{ when: ['always'] }, [{ 'when:': ['api_failure'] }], ['always', 'api_failure', ...slipwayRetry.when]],
    [{ max: 1 }, [{ 'when:': ['api_failure'] }], ['api_failure']],
    [{ when: ['always'] }, [], ['always', ...slipwayRetry.when]],
  ])('retry: %j above %j is tried again for %j', (retry, lower, when) => {
    const jobs = [retry, ...lower].map((one) => ({ 'build-job': { retry: one } }));
    const section = readCiSection({ 'pipeline-gen': jobs });
    const decisions = [decision('zlib', 'a')];
    const ruled = { ...settings, rules: { kind: 'ci', section, answers: new Map() } } as const;
    const { text } = generatePipeline(lockOf(decisions), { decisions, externals: [] }, ruled);
    const { plan } = readPipeline(text, 'pipeline.yml', { variables: {}, source: 'parent_pipeline' });
    const job = plan?.jobs.find(({ name }) => name.startsWith('zlib@'));
    expect(job?.retry).toMatchObject({ when: expect.arrayContaining(when) });
    expect(job?.retry?.when).toHaveLength(new Set(when).size);
  });

  test('with nothing to do there is one job that says so', () => {
    const text = generate([decision('zlib', 'a', { build: false, reason: 'on s3://lab' })]);
    const read = readPipeline(text, 'pipeline.yml', { variables: {}, source: 'parent_pipeline' });
    expect(read.diagnostics).toEqual([]);
    expect(text).toContain('no-specs-to-rebuild');
    expect(text).not.toContain('zlib@1.0 /aaaaaaa:\n');
  });

  test('packages whose hashes begin alike get names that differ', () => {
    const text = generate([decision('zlib', 'a'), { ...decision('zlib', 'a'), hash: `${'a'.repeat(31)}b` }]);
    expect(text).toContain(`zlib@1.0 /${'a'.repeat(32)}`);
    expect(text).toContain(`zlib@1.0 /${'a'.repeat(31)}b`);
  });
});
