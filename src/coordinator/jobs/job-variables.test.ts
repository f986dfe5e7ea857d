import { describe, expect, test } from 'vitest';
import { embedded, openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { Secret } from '../../kit/index.ts';
import type { AssignedJob } from '../../pipeline/index.ts';

const secrets = [
  { name: 'DEPLOY_KEY', value: new Secret('deploy-$HOME-key'), scope: 'protected' },
  { name: 'TEAM_KEY', value: new Secret('team-key'), scope: 'trusted' },
] as const;

async function jobOf(kind: 'branch' | 'request' | 'fork', files = tinyStack): Promise<{ lab: Lab; job: AssignedJob }> {
  const lab = await openLab({ secrets, stack: { variables: { SITE: 'lab', SHARED: 'stack' } } });
  const { sha, event } = lab.push(kind === 'branch' ? 'main' : 'fix', files);
  await lab.happens(kind === 'branch' ? event : lab.forge.request('7', sha, { fork: kind === 'fork' }));
  return { lab, job: (await lab.take())! };
}

const valueOf = ({ variables }: AssignedJob, key: string) => variables.findLast((one) => one.key === key)?.value;

describe('a job', () => {
  test.each([
    ['branch', ['DEPLOY_KEY', 'TEAM_KEY'], 'protected', 's3://lab'],
    ['request', ['TEAM_KEY'], 'pull-request', 's3://lab/pr/7'],
    ['fork', [], 'untrusted', 's3://lab/pr/7'],
  ] as const)('of a %s gets the secrets %j, and pushes where its trust allows', async (kind, names, trust, mirror) => {
    const { job } = await jobOf(kind);
    const secrets = job.variables.filter(({ key }) => key.endsWith('_KEY') && !key.startsWith('AWS_'));
    expect(secrets.map(({ key }) => key)).toEqual(names);
    expect(secrets.every(({ masked, raw }) => masked && raw)).toBe(true);
    expect(['SLIPWAY_TRUST', 'SLIPWAY_MIRROR', 'SLIPWAY_MIRROR_SOURCE'].map((key) => valueOf(job, key))).toEqual([
      trust,
      mirror,
      's3://lab',
    ]);
    expect(JSON.stringify(job.variables).includes('team-key')).toBe(names.length > 0);
  });

  test('has the token for CDash under the name that Spack reads, too', async () => {
    const token = { name: 'CDASH_AUTH_TOKEN', value: new Secret('sesame-sesame'), scope: 'protected' } as const;
    const lab = await openLab({ secrets: [token] });
    await lab.happens(lab.push('main', tinyStack).event);
    const job = (await lab.take())!;
    for (const key of ['CDASH_AUTH_TOKEN', 'SPACK_CDASH_AUTH_TOKEN'])
      expect(job.variables.find((one) => one.key === key)).toMatchObject({ value: 'sesame-sesame', masked: true });
  });

  test('gets a secret of type file as a file, and other variables refer to its path', async () => {
    const key = { name: 'KUBECONFIG', value: new Secret('clusters: []'), scope: 'protected', isFile: true } as const;
    const lab = await openLab({ secrets: [key] });
    const text = 'check:\n  script: [true]\n  variables: { KUBECONFIG: mine, COPY: "at $KUBECONFIG" }\n';
    await lab.happens(lab.push('main', { ...tinyStack, '.gitlab-ci.yml': text }).event);
    const job = (await lab.take())!;
    const file = job.variables.filter((one) => one.key === 'KUBECONFIG');
    expect(file).toEqual([
      { key: 'KUBECONFIG', value: 'clusters: []', raw: true, masked: true, file: true, public: false },
    ]);
    expect(valueOf(job, 'COPY')).toBe('at $KUBECONFIG');
  });

  test('gets nothing of the server’s environment', async () => {
    const { job } = await jobOf('branch');
    const own = new Set(job.variables.map(({ key }) => key));
    expect(Object.keys(process.env).filter((key) => own.has(key) && !/^(CI|GITLAB_CI)$/.test(key))).toEqual([]);
  });

  test('gets credentials of its own, which are masked', async () => {
    const { lab, job } = await jobOf('branch');
    await lab.work(job);
    const [tide] = [(await lab.take())!];
    const keys = ['CI_JOB_TOKEN', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    for (const key of keys) expect(valueOf(tide, key)).not.toBe(valueOf(job, key));
    const masked = tide.variables.filter((one) => one.masked).map(({ key }) => key);
    expect(masked).toEqual(expect.arrayContaining(['CI_JOB_TOKEN', 'AWS_SECRET_ACCESS_KEY']));
    expect(valueOf(tide, 'CI_REPOSITORY_URL')).toBe(
      `http://gitlab-ci-token:${valueOf(tide, 'CI_JOB_TOKEN')}@127.0.0.1:1/stacks/lab.git`,
    );
  });

  test('knows the CPUs that earlier runs kept busy, and the memory that they needed with a sixth more', async () => {
    const lab = await openLab();
    const { packages } = lab.coordinator.context;
    const usage = { seconds: 60, cpuSeconds: 170, memory: 1000 * 2 ** 20, method: 'cgroup' } as const;
    packages.record({ ...usage, package: 'generate', version: '', phase: 'script', at: '2026-01-01T00:00:00.000Z' });
    await lab.happens(lab.push('main', tinyStack).event);
    const job = (await lab.take())!;
    expect(valueOf(job, 'SLIPWAY_EXPECTED_MEMORY')).toBe('1150');
    expect(valueOf(job, 'SLIPWAY_EXPECTED_CPUS')).toBe('3');
    packages.record({ ...usage, package: 'tide', version: '2.0', phase: 'script', at: '2026-01-01T00:00:00.000Z' });
    await lab.work(job);
    expect(valueOf((await lab.take())!, 'SLIPWAY_EXPECTED_MEMORY')).toBeDefined();
    const { job: unknown } = await jobOf('branch');
    expect(valueOf(unknown, 'SLIPWAY_EXPECTED_MEMORY')).toBeUndefined();
    expect(valueOf(unknown, 'SLIPWAY_EXPECTED_CPUS')).toBeUndefined();
  });

  test('knows its pipeline and its parent', async () => {
    const { lab, job } = await jobOf('branch');
    expect(
      ['CI_PIPELINE_ID', 'CI_PIPELINE_SOURCE', 'CI_COMMIT_BRANCH', 'CI_JOB_STAGE'].map((key) => valueOf(job, key)),
    ).toEqual(['1', 'push', 'main', 'generate']);
    await lab.work(job);
    const tide = (await lab.take())!;
    expect(['CI_PIPELINE_ID', 'CI_PIPELINE_SOURCE', 'PARENT_PIPELINE_ID'].map((key) => valueOf(tide, key))).toEqual([
      '2',
      'parent_pipeline',
      '1',
    ]);
  });

  test('knows the previous head of its branch, and zeros where GitLab has them', async () => {
    const zeros = '0'.repeat(40);
    const { lab, job } = await jobOf('branch');
    expect(valueOf(job, 'CI_COMMIT_BEFORE_SHA')).toBe(zeros);
    const before = lab.push('main').sha;
    const { sha } = lab.push('main');
    await lab.happens({ type: 'branch-pushed', branch: 'main', sha, beforeSha: before });
    const next = (await lab.take())!;
    expect(valueOf(next, 'CI_COMMIT_BEFORE_SHA')).toBe(before);
    await lab.work(next);
    expect(valueOf((await lab.take())!, 'CI_COMMIT_BEFORE_SHA')).toBe(before);
    expect(valueOf((await jobOf('request')).job, 'CI_COMMIT_BEFORE_SHA')).toBe(zeros);
  });

  test('knows the runner that has it, with its own tags', async () => {
    const remote = { ...embedded, id: 2, name: 'remote', tags: ['big'] };
    const lab = await openLab({ runners: [embedded, remote] });
    await lab.happens(lab.push('main').event);
    const job = (await lab.take(remote))!;
    expect(['CI_RUNNER_ID', 'CI_RUNNER_DESCRIPTION', 'CI_RUNNER_TAGS'].map((key) => valueOf(job, key))).toEqual([
      '2',
      'remote',
      '["big"]',
    ]);
  });

  test('of a pull request knows it by GitLab’s names for requests from elsewhere', async () => {
    const { job } = await jobOf('request');
    expect(valueOf(job, 'CI_PIPELINE_SOURCE')).toBe('external_pull_request_event');
    expect(valueOf(job, 'CI_EXTERNAL_PULL_REQUEST_IID')).toBe('7');
    expect(valueOf(job, 'CI_COMMIT_REF_PROTECTED')).toBe('false');
    expect(valueOf(job, 'CI_COMMIT_BRANCH')).toBeUndefined();
  });

  test('gets the stack’s variables over those of the repository', async () => {
    const text = 'check:\n  script: [true]\n  variables: { SHARED: job, OWN: "$SITE of $CI_PROJECT_NAME" }\n';
    const { job } = await jobOf('branch', { ...tinyStack, '.gitlab-ci.yml': text });
    expect([valueOf(job, 'SHARED'), valueOf(job, 'OWN')]).toEqual(['stack', 'lab of lab']);
  });
});
