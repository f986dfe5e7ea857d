import { describe, expect, test } from 'vitest';
import { lock, openLab, type Lab } from '../../../test/support/coordinator.ts';
import type { AssignedJob } from '../../pipeline/index.ts';
import { mirrorCredentials } from './mirror-access.ts';

/** The job that builds `tide`. */
async function buildJob(kind: 'branch' | 'request' | 'fork'): Promise<{ lab: Lab; job: AssignedJob }> {
  const lab = await openLab({ quotas: { request: { bytes: 1000 } } });
  const { sha, event } = lab.push(kind === 'branch' ? 'main' : 'fix');
  await lab.happens(kind === 'branch' ? event : lab.forge.request('7', sha, { fork: kind === 'fork' }));
  await lab.work((await lab.take())!);
  return { lab, job: (await lab.take())! };
}

describe('the credentials of a job', () => {
  test.each([
    ['branch', { readPrefixes: [''], writePrefix: '', hashes: new Set([lock.tide.hash]), maxBytes: 0 }],
    [
      'request',
      { readPrefixes: ['', 'pr/7/'], writePrefix: 'pr/7/', hashes: new Set([lock.tide.hash]), maxBytes: 1000 },
    ],
    ['fork', { readPrefixes: ['', 'pr/7/'], writePrefix: 'pr/7/', hashes: new Set([lock.tide.hash]), maxBytes: 1000 }],
  ] as const)('of a %s open what its trust allows, and one package to write', async (kind, grant) => {
    const { lab, job } = await buildJob(kind);
    expect(lab.grantOf(job)).toEqual({ job: job.run.id, buckets: ['lab'], ...grant });
  });

  test('that builds no package open nothing to write', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main').event);
    expect(lab.grantOf((await lab.take())!)).toMatchObject({ writePrefix: undefined, hashes: new Set() });
  });

  test('of the job of `spack ci generate` that updates the index have that answered', async () => {
    const lab = await openLab();
    await lab.happens(
      lab.push('main', { '.gitlab-ci.yml': 'rebuild-index: { script: [x] }\nother: { script: [x] }\n' }).event,
    );
    const grants = [(await lab.take())!, (await lab.take())!].map((job) => [job.run.name, lab.grantOf(job)?.indexRoot]);
    expect(Object.fromEntries(grants)).toEqual({ 'rebuild-index': '', other: undefined });
  });

  test('open nothing when the job has ended, or is being canceled', async () => {
    const { lab, job } = await buildJob('request');
    await lab.happens({ type: 'pull-request-closed', number: '7', merged: false });
    expect(lab.context.pipelines.run(job.run.id)?.status).toBe('canceling');
    expect(lab.grantOf(job)).toBeUndefined();
    await lab.finish(job);
    expect(lab.grantOf(job)).toBeUndefined();
  });

  test('are not guessed from a job’s number in another form', async () => {
    const { lab, job } = await buildJob('branch');
    expect(mirrorCredentials(lab.context, `SLWJ${job.run.id}`)).toBeUndefined();
    expect(mirrorCredentials(lab.context, 'AKIA')).toBeUndefined();
  });
});
