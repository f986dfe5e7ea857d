import { describe, expect, test } from 'vitest';
import { childPipeline, lock, openLab } from '../../../test/support/coordinator.ts';
import type { Lab } from '../../../test/support/coordinator.ts';
import { gather } from '../../../test/support/gather.ts';
import { tinyNode } from '../../../test/support/mirror-package.ts';
import { manifestKey } from '../../spack/index.ts';
import type { Assignment } from './job-assignment.ts';
import { acceptManifest, mirrorCredentials } from './mirror-desk.ts';

/** The job that builds `tide`. */
async function buildJob(kind: 'branch' | 'request' | 'fork'): Promise<{ lab: Lab; job: Assignment }> {
  const lab = await openLab();
  const { sha, event } = lab.push(kind === 'branch' ? 'main' : 'fix');
  await lab.happens(kind === 'branch' ? event : lab.forge.request('7', sha, { fork: kind === 'fork' }));
  await lab.work((await lab.take())!);
  return { lab, job: (await lab.take())! };
}

const manifests = async (lab: Lab, root: string) =>
  (await gather(lab.stack.mirror.root(root).list('v3/manifests/spec/'))).length;

describe('the credentials of a job', () => {
  test.each([
    ['branch', { readPrefixes: [''], writePrefix: '', hash: lock.tide.hash }],
    ['request', { readPrefixes: ['', 'pr/7/'], writePrefix: 'pr/7/', hash: lock.tide.hash }],
    ['fork', { readPrefixes: ['', 'pr/7/'], writePrefix: 'pr/7/', hash: lock.tide.hash }],
  ] as const)('of a %s open what its trust allows, and one package to write', async (kind, grant) => {
    const { lab, job } = await buildJob(kind);
    expect(lab.grantOf(job)).toEqual({ job: job.run.id, bucket: 'lab', ...grant });
  });

  test('that builds no package open nothing to write', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main').event);
    expect(lab.grantOf((await lab.take())!)).toMatchObject({ writePrefix: undefined, hash: undefined });
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

describe('a manifest on the protected mirror', () => {
  test('is signed before it can be seen', async () => {
    const { lab, job } = await buildJob('branch');
    await lab.build(job);
    expect((await lab.stack.mirror.root('').get(manifestKey(lock.tide)))?.toString()).toContain(
      'BEGIN PGP SIGNED MESSAGE',
    );
  });

  test('of a package that is not in the recorded lock is refused, whatever the job says that it builds', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main').event);
    const generate = (await lab.take())!;
    const intruder = tinyNode('intruder', '6.6', []);
    await lab.leave(generate, {
      ...lab.generated(),
      'jobs_scratch_dir/pipeline.yml': childPipeline([{ node: intruder, needs: [] }]),
    });
    await lab.finish(generate);
    const job = (await lab.take())!;
    const grant = lab.grantOf(job)!;
    expect(grant.hash).toBe(intruder.hash);
    const put = acceptManifest(lab.context, grant, { key: manifestKey(intruder), manifest: '{}' });
    await expect(put).rejects.toMatchObject({ code: 'NOTARY_NOT_IN_LOCK' });
    expect(await manifests(lab, '')).toBe(0);
  });

  test('is refused where the pipeline recorded no lock', async () => {
    const lab = await openLab();
    const text = childPipeline([{ node: lock.tide, needs: [] }]).replace(/"needs":\[.*?\],/, '');
    await lab.happens(lab.push('main', { 'spack.yaml': '', '.gitlab-ci.yml': text }).event);
    await expect(lab.pushAs((await lab.take())!, lock.tide)).rejects.toMatchObject({ code: 'PIPELINE_LOCK_MISSING' });
    expect(await manifests(lab, '')).toBe(0);
  });
});

describe('a manifest of a pull request', () => {
  test('is put below its own root, unsigned and indexed', async () => {
    const { lab, job } = await buildJob('request');
    await lab.build(job);
    expect([await manifests(lab, ''), await manifests(lab, 'pr/7')]).toEqual([0, 1]);
    expect(await lab.stack.mirror.root('pr/7').head('v3/manifests/index/index.manifest.json')).toBeDefined();
  });

  test.each([
    ['is under no package’s name', 'pr/7/v3/layout.json', '{}', 'MANIFEST_NAME_REFUSED'],
    ['cannot be read', `pr/7/${manifestKey(lock.tide)}`, '{}', 'MIRROR_MANIFEST_INVALID'],
  ])('that %s is refused, and nothing is written', async (_what, key, manifest, code) => {
    const { lab, job } = await buildJob('request');
    await expect(acceptManifest(lab.context, lab.grantOf(job)!, { key, manifest })).rejects.toMatchObject({ code });
    expect(await gather(lab.stack.mirror.whole.list('pr/'))).toEqual([]);
  });
});
