import { describe, expect, test } from 'vitest';
import { readCiSection } from '../ci/ci-section.ts';
import { readLegacySection } from '../ci/legacy-section.ts';
import { copyJobs, serviceJobs } from './service-jobs.ts';
import type { PipelineSettings } from './settings.ts';

const gen = 'pipeline-gen';
const place = (url: string) => ({ fetchUrl: url, pushUrl: url });
const settings: PipelineSettings = {
  artifactsRoot: 'jobs_scratch_dir',
  environment: '.',
  script: 'spack',
  pipelineType: 'spack_protected_branch',
  mirrors: { destination: place('s3://lab/mirror'), source: place('s3://lab/other') },
  generator: { job: 'generate', pipeline: '17' },
};
const withRules = (section: object, more: Partial<PipelineSettings> = {}): PipelineSettings => ({
  ...settings,
  rules: { kind: 'ci', section: readCiSection(section as Record<string, unknown>), answers: new Map() },
  ...more,
});
const names = (one: PipelineSettings) => serviceJobs(one).map(({ name }) => name);

describe('the jobs around the builds', () => {
  test('the index is made again at the end, whatever happened, unless the stack does not want that or the server does it', () => {
    const [reindex] = serviceJobs(withRules({ [gen]: [{ 'reindex-job': { tags: ['service'] } }] }));
    expect(reindex).toMatchObject({
      name: 'rebuild-index',
      job: {
        tags: ['service'],
        script: ['spack buildcache update-index --keys s3://lab/mirror'],
        when: 'always',
        dependencies: [],
      },
    });
    expect(names(withRules({ 'rebuild-index': false }))).toEqual([]);
    expect(names(withRules({}, { rebuildsIndex: false }))).toEqual([]);
  });

  test('signing has a job only where it has a script, on a protected branch', () => {
    const section = { [gen]: [{ 'signing-job': { script: ['sign'], tags: ['own'] } }], 'rebuild-index': false };
    expect(serviceJobs(withRules(section))).toMatchObject([
      { name: 'sign-pkgs', job: { script: ['sign'], tags: ['aws', 'protected', 'notary', 'own'], when: 'always' } },
    ]);
    expect(names(withRules(section, { pipelineType: 'spack_pull_request' }))).toEqual([]);
    expect(names(withRules({ ...section, [gen]: [] }))).toEqual([]);
  });

  test('a temporary storage, which Spack 0.23 and 1.2 do not know, adds no job', () => {
    const section = { 'temporary-storage-url-prefix': 'file:///scratch', 'rebuild-index': false };
    expect(names(withRules({ ...section, [gen]: [{ 'cleanup-job': { tags: ['service'] } }] }))).toEqual([]);
  });

  test('an old stack has the index made again where it says on which machine, and not for a pull request', () => {
    const rules = (final: object) =>
      ({ kind: 'gitlab-ci', section: readLegacySection({ mappings: [], ...final }), bootstrap: [] }) as const;
    const final = { 'final-stage-rebuild-index': { tags: ['service'], image: 'tools:1' } };
    expect(serviceJobs({ ...settings, rules: rules(final) })).toMatchObject([
      { name: 'rebuild-index', job: { tags: ['service'], image: 'tools:1' } },
    ]);
    expect(names({ ...settings, rules: rules({}) })).toEqual([]);
    expect(names({ ...settings, rules: rules(final), pipelineType: 'spack_pull_request' })).toEqual([]);
  });

  test('a pipeline that only copies makes the index again after that, and needs both mirrors', () => {
    const section = { [gen]: [{ 'copy-job': { script: ['copy'], variables: { A: 'b' } } }] };
    expect(copyJobs(withRules(section))).toMatchObject([
      {
        name: 'copy',
        stage: 'copy',
        job: {
          script: ['copy'],
          needs: [{ job: 'generate', pipeline: '17' }],
          variables: {
            A: 'b',
            SPACK_COPY_ONLY_DESTINATION: 's3://lab/mirror',
            SPACK_BUILDCACHE_SOURCE: 's3://lab/other',
          },
          dependencies: [],
        },
      },
      { name: 'rebuild-index', stage: 'stage-rebuild-index' },
    ]);
    expect(() => copyJobs(withRules(section, { mirrors: { destination: place('s3://lab/mirror') } }))).toThrow(
      'buildcache-source',
    );
  });
});
