import { describe, expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { Secret } from '../../kit/index.ts';
import { labApp } from '../../../test/support/lab-app.ts';

const token = 'lab-token';

async function served(options: { readonly hasToken?: boolean } = {}) {
  const lab = await openLab(options.hasToken === false ? {} : { triggerToken: new Secret(token) });
  const files = {
    'spack.yaml': 'spack: {}\n',
    '.gitlab-ci.yml': 'a: { script: x }\n"m 1/2": { script: x, when: manual }\n',
  };
  await lab.happens(lab.push('main', files).event);
  const app = labApp(lab);
  const post = async (path: string, body: unknown = {}, given = token) => {
    const headers = { authorization: `Bearer ${given}`, 'content-type': 'application/json' };
    const response = await app.request(`/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { lab, post };
}

async function failFirst(lab: Lab): Promise<string> {
  const job = (await lab.take())!;
  await lab.finish(job, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
  return job.run.id;
}

describe('what people ask of jobs over REST', () => {
  test('is done, and the answer names the new run', async () => {
    const { lab, post } = await served();
    const id = await failFirst(lab);
    const { status, body } = await post(`/jobs/${id}/retry`);
    expect({ status, body }).toMatchObject({ status: 200, body: { pipeline: '1', job: 'a', attempt: 2 } });
    expect(await post(`/jobs/${String(body['id'])}/cancel`)).toMatchObject({
      status: 200,
      body: { status: 'canceled' },
    });
    expect(await post('/pipelines/1/retry')).toMatchObject({ status: 200, body: { pipeline: '1', status: 'pending' } });
    expect(lab.jobs('1')).toEqual(['a pending', 'm 1/2 manual']);
  });

  test('names a manual job, which has no id yet, and gives it variables', async () => {
    const { lab, post } = await served();
    const variables = { WHO: 'me' };
    expect(await post('/pipelines/1/jobs/play', { name: 'm 1/2', variables })).toMatchObject({
      status: 200,
      body: { job: 'm 1/2', attempt: 1, status: 'pending' },
    });
    expect(lab.context.pipelines.state('1').jobs['m 1/2']?.manualVariables).toEqual(variables);
  });

  test('is refused with the reason where it cannot be done', async () => {
    const { lab, post } = await served();
    expect(await post('/pipelines/1/retry')).toMatchObject({ status: 409, body: { code: 'PIPELINE_ACTION_REFUSED' } });
    expect(await post('/pipelines/1/jobs/play', { name: 'none' })).toMatchObject({
      status: 404,
      body: { code: 'JOB_UNKNOWN', hint: 'Use one of `a`, `m 1/2`.' },
    });
    expect(await post('/pipelines/1/jobs/play', {})).toMatchObject({ status: 400 });
    expect(await post('/pipelines/1/jobs/play', { name: 'm 1/2', variables: { CI: 'x' } })).toMatchObject({
      status: 422,
    });
    expect(lab.jobs('1')).toEqual(['a pending', 'm 1/2 manual']);
  });

  test('needs a token with the scope', async () => {
    const { lab, post } = await served();
    const paths = ['/pipelines/1/cancel', '/pipelines/1/jobs/play', '/jobs/1/cancel'];
    for (const path of paths)
      expect(await post(path, {}, 'wrong'), path).toMatchObject({ status: 401, body: { code: 'SERVER_TOKEN_WRONG' } });
    for (const what of ['pipeline', 'job'])
      expect(await post(`/${what}s/99/cancel`)).toMatchObject({
        status: 404,
        body: { code: 'SERVER_NOT_FOUND', message: `There is no ${what} 99.` },
      });
    expect(lab.jobs('1')).toEqual(['a pending', 'm 1/2 manual']);
    const without = await served({ hasToken: false });
    for (const path of paths) {
      expect(await without.post(path), path).toMatchObject({ status: 401, body: { code: 'SERVER_TOKEN_WRONG' } });
      expect(await without.post(path, {}, ''), path).toMatchObject({
        status: 401,
        body: { code: 'SERVER_SIGN_IN_NEEDED' },
      });
    }
  });

  test('publishes an image again, or all of a stack that failed', async () => {
    const { lab, post } = await served();
    const { ledger } = lab.context;
    const about = { stack: 'lab', repository: 'lab/stack', ref: 'main', commit: 'c', tree: 't', createdAt: 'now' };
    const { id } = ledger.addPublication({ ...about, tag: 'latest', refType: 'branch', pipeline: '99' });
    expect((await post(`/images/${id}/retry`, {}, 'wrong')).status).toBe(401);
    expect(await post(`/images/${id}/retry`)).toMatchObject({ status: 409, body: { code: 'IMAGE_NOT_RETRYABLE' } });
    ledger.updatePublication(id, { state: 'failed', message: 'no' });
    expect(await post(`/images/${id}/retry`, { replace: true })).toMatchObject({
      status: 202,
      body: { id, state: 'waiting', url: `http://127.0.0.1:1/images/${id}` },
    });
    await lab.coordinator.settle();
    ledger.updatePublication(id, { state: 'failed' });
    const { status, body } = await post('/stacks/lab/images/retry');
    expect({ status, body }).toMatchObject({
      status: 202,
      body: { images: [{ id, tag: 'latest', state: 'waiting' }] },
    });
    expect((await post('/images/77/retry')).status).toBe(404);
    await lab.coordinator.settle();
  });

  test('compares the bases of published images', async () => {
    const { lab, post } = await served();
    const { ledger } = lab.context;
    const about = { stack: 'lab', repository: 'lab/stack', ref: 'main', commit: 'c', tree: 't', createdAt: 'now' };
    const { id } = ledger.addPublication({ ...about, tag: 'latest', refType: 'branch', pipeline: '1' });
    ledger.updatePublication(id, { state: 'published', digest: `sha256:${'a'.repeat(64)}` });
    const tip = lab.push('main', tinyStack).sha;
    ledger.knownRefs = () => new Map([['refs/heads/main', tip]]);
    const path = '/stacks/lab/images/rebase';
    expect((await post(path, {}, 'wrong')).status).toBe(401);
    expect(await post(path, { images: ['lab/stack:latest'], check: true })).toMatchObject({
      status: 200,
      body: {
        images: [{ image: { id, tag: 'latest' }, state: 'unknown', message: expect.stringContaining('lab/stack') }],
      },
    });
    expect(await post(path, { images: ['lab/none'] })).toMatchObject({ status: 404, body: { code: 'IMAGE_UNKNOWN' } });
    expect(await post(path, { image: 'lab/stack' })).toMatchObject({ status: 400 });
  });
});
