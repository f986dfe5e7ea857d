import { describe, expect, test } from 'vitest';
import { embedded, openLab, type Lab } from '../../../test/support/coordinator.ts';
import type { MergeGroup } from '../../forge/index.ts';

const ci = JSON.stringify({
  stages: ['generate', 'build'],
  generate: { stage: 'generate', script: ['slipway generate'], artifacts: { paths: ['jobs_scratch_dir'] } },
  build: {
    stage: 'build',
    trigger: { include: [{ artifact: 'jobs_scratch_dir/pipeline.yml', job: 'generate' }], strategy: 'depend' },
  },
});
const files = { 'spack.yaml': 'spack: { specs: [gauge] }\n', '.gitlab-ci.yml': ci };

/** A queue makes a commit of request 7, which is a draft and so has no pipeline of its own. */
async function queue(lab: Lab, more: Partial<MergeGroup> = {}): Promise<MergeGroup> {
  const head = lab.push('fix', files).sha;
  const { sha } = lab.push('(queue)', files);
  const group = {
    number: '7',
    sha,
    baseBranch: 'main',
    baseSha: lab.forge.base,
    requests: ['7'],
    fork: false,
    ...more,
  };
  await lab.happens(lab.forge.request('7', head, { draft: true }), { type: 'merge-queued', group });
  return group;
}

const pipelines = (lab: Lab) => lab.context.pipelines.list({ stack: 'lab' });
const statuses = (lab: Lab, sha: string) =>
  lab.forge.posted.filter((one) => one.sha === sha).map(({ state, description }) => `${state}: ${description}`);

describe('a commit of a merge queue', () => {
  test('is tested as it is, and what its jobs built is promoted when the branch gets it', async () => {
    const lab = await openLab({ stack: { promotion: 'pull-request' }, runners: [{ ...embedded, trusted: true }] });
    const { sha } = await queue(lab);
    await lab.workAll();
    expect(pipelines(lab)).toMatchObject([
      { refType: 'merge-queue', ref: 'queue/7', head: sha, sha, trust: 'pull-request', status: 'success' },
    ]);
    const { length } = lab.built;
    expect(length).toBeGreaterThan(0);
    await lab.happens(
      { type: 'pull-request-closed', number: '7', merged: true },
      { type: 'branch-pushed', branch: 'main', sha },
      { type: 'merge-dequeued', number: '7', sha, merged: true },
    );
    await lab.workAll();
    expect(pipelines(lab)[0]).toMatchObject({ ref: 'main', sha, trust: 'protected', status: 'success' });
    expect(lab.built).toHaveLength(length);
  });

  test('says nothing more once the branch has a pipeline of the same commit', async () => {
    const lab = await openLab();
    const { sha } = await queue(lab);
    await lab.happens(
      { type: 'branch-pushed', branch: 'main', sha },
      { type: 'merge-dequeued', number: '7', sha, merged: true },
    );
    await lab.workAll();
    await lab.coordinator.settle();
    expect(pipelines(lab).map(({ ref, status }) => `${ref} ${status}`)).toEqual(['main success', 'queue/7 canceled']);
    expect(statuses(lab, sha).filter((status) => status.includes('Canceled'))).toEqual([]);
  });

  test('is left alone when its request is closed, and canceled when it leaves the queue', async () => {
    const lab = await openLab();
    const { sha } = await queue(lab);
    await lab.happens({ type: 'pull-request-closed', number: '7', merged: false });
    expect(pipelines(lab)[0]?.status).not.toBe('canceled');
    await lab.happens({ type: 'merge-dequeued', number: '7', sha, merged: false });
    await lab.coordinator.settle();
    expect(pipelines(lab)[0]?.status).toBe('canceled');
    expect(statuses(lab, sha).at(-1)).toBe('error: Canceled: removed from the merge queue');
  });

  test('is left out where a rule of the base branch has it so', async () => {
    const lab = await openLab();
    const rules = 'requests: { rules: [{ if: { event: [merge-queue], paths: { all: [docs/*] } }, then: skip }] }\n';
    const baseSha = lab.forge.push('main', { ...files, 'slipway.yaml': rules });
    const { sha } = lab.push('(queue)', { ...files, 'slipway.yaml': rules, 'docs/a.md': 'a' });
    const group = { number: '7', sha, baseBranch: 'main', baseSha, requests: ['7'], fork: false };
    await lab.happens({ type: 'merge-queued', group });
    expect(pipelines(lab)).toEqual([]);
    expect(statuses(lab, sha)).toEqual(['success: Skipped by rule 1 of `requests.rules` in slipway.yaml']);
    await queue(lab, { baseSha });
    expect(pipelines(lab)).toHaveLength(1);
  });

  test('with a fork’s request in it gets no secret, and writes where no job of the team reads', async () => {
    const lab = await openLab();
    await queue(lab, { fork: true });
    await lab.work((await lab.take())!);
    const job = (await lab.take())!;
    expect(lab.grantOf(job)).toMatchObject({ readPrefixes: ['', 'pr/queue-7/'], writePrefix: 'pr/queue-7/' });
    expect(pipelines(lab)[0]?.trust).toBe('untrusted');
  });

  test('has variables by which rules distinguish it from a pull request', async () => {
    const lab = await openLab();
    const { sha, baseSha } = await queue(lab);
    const { variables } = (await lab.take())!;
    const texts = Object.fromEntries(variables.map(({ key, value }) => [key, value]));
    expect(texts).toMatchObject({
      CI_PIPELINE_SOURCE: 'external_pull_request_event',
      CI_MERGE_REQUEST_EVENT_TYPE: 'merge_train',
      CI_MERGE_REQUEST_DIFF_BASE_SHA: baseSha,
      CI_EXTERNAL_PULL_REQUEST_IID: '7',
      CI_COMMIT_SHA: sha,
      CI_COMMIT_REF_NAME: 'queue/7',
    });
    expect(texts).not.toHaveProperty('CI_COMMIT_BRANCH');
  });
});
