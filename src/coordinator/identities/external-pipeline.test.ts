import { describe, expect, test } from 'vitest';
import { lock, openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { atomicWrite } from '../../kit/index.ts';
import { lockDigest, writeLockfile } from '../../spack/index.ts';
import { JobReaper } from '../actions/job-reaper.ts';
import { actOnJob, actOnPipeline } from '../actions/user-actions.ts';
import { beginExternal, externalRun, startExternal, subjectOf } from './external-pipeline.ts';
import { externalCredentials } from './external-credentials.ts';
import { finishExternal } from './finish-external.ts';

const identity = {
  issuer: 'https://gitlab.example.org',
  project: 'lab/stack',
  ref: 'refs/heads/main',
  pipeline: '574',
  actor: 'ada',
  isProtected: true,
  isOfRef: true,
  isChild: false,
  token: 'a'.repeat(64),
  expiresAt: 0,
  lifetime: 3_600_000,
};
const hour = 3_600_000;

/** A lab with a pipeline elsewhere that has begun. */
async function begun(): Promise<{ lab: Lab; id: string; job: string }> {
  const lab = await openLab();
  const sha = lab.forge.push('main', tinyStack);
  const subject = subjectOf(lab.context, lab.stack, { ...identity, sha });
  const { id } = await beginExternal(lab.coordinator, lab.stack, subject);
  const text = writeLockfile(lock);
  const digest = lockDigest(text);
  await atomicWrite(lab.folder.lock(digest), text);
  lab.context.pipelines.addLock(id, { job: 'external', path: 'spack.lock', digest });
  startExternal(lab.coordinator, id, 'gitlab.example.org');
  return { lab, id, job: externalRun(lab.context, id)?.id ?? '' };
}

describe('a pipeline elsewhere', () => {
  test('is offered to no runner, and cannot be retried here', async () => {
    const { lab, id } = await begun();
    expect(lab.jobs(id)).toEqual(['external running']);
    expect(await lab.take()).toBeUndefined();
    const retry = () => actOnJob(lab.coordinator, { pipeline: id, name: 'external' }, { action: 'retry' });
    expect(retry).toThrow(expect.objectContaining({ code: 'EXTERNAL_ACTION_REFUSED' }));
    const again = () => actOnPipeline(lab.coordinator, id, 'retry');
    expect(again).toThrow(expect.objectContaining({ code: 'EXTERNAL_ACTION_REFUSED' }));
  });

  test('runs on in silence and over a restart, until it has had a day', async () => {
    const { lab, id } = await begun();
    const reaper = new JobReaper(lab.coordinator);
    lab.tick(10 * hour);
    reaper.reap();
    expect(lab.jobs(id)).toEqual(['external running']);
    await lab.reopen();
    expect(lab.jobs(id)).toEqual(['external running']);
    lab.tick(15 * hour);
    new JobReaper(lab.coordinator).reap();
    expect(lab.jobs(id)).toEqual(['external failed']);
  });

  test('ends at the next look if a person cancels it, since the other system is not notified', async () => {
    const { lab, id } = await begun();
    const reaper = new JobReaper(lab.coordinator);
    actOnPipeline(lab.coordinator, id, 'cancel');
    expect(lab.jobs(id)).toEqual(['external canceling']);
    lab.tick(1000);
    reaper.reap();
    expect(lab.jobs(id)).toEqual(['external canceled']);
  });

  test('has credentials and a token that expire', async () => {
    const { lab, id, job } = await begun();
    const { clock, tokens } = lab.context;
    const key = tokens.identityKey(job, { expiresAt: clock.now() + hour, token: identity.token });
    const found = await externalCredentials(lab.context, key.accessKeyId);
    expect(found?.secretAccessKey).toBe(key.secretAccessKey);
    expect(found?.grant).toMatchObject({ buckets: ['lab'], writePrefix: '', readPrefixes: [''] });
    expect([...(found?.grant.hashes ?? [])].toSorted()).toEqual([...lock.nodes.keys()].toSorted());
    // A later end in the id is another id, whose secret was given to no one.
    const longer = await externalCredentials(lab.context, key.accessKeyId.replace('T', 'T9'));
    expect(longer?.secretAccessKey).not.toBe(key.secretAccessKey);
    expect(await externalCredentials(lab.context, `SLWX${job}`)).toBeUndefined();
    const end = { token: key.pipelineToken, status: 'success' } as const;
    expect(() =>
      finishExternal(lab.coordinator, { configuration: { ...lab.stack.configuration, name: 'other' } }, end),
    ).toThrow(expect.objectContaining({ code: 'EXTERNAL_TOKEN_WRONG' }));
    lab.tick(2 * hour);
    expect(await externalCredentials(lab.context, key.accessKeyId)).toBeUndefined();
    expect(() => finishExternal(lab.coordinator, lab.stack, end)).toThrow(
      expect.objectContaining({ code: 'EXTERNAL_TOKEN_WRONG' }),
    );
    expect(lab.jobs(id)).toEqual(['external running']);
  });

  test('reports to the commit in a context of its own', async () => {
    const { lab, id, job } = await begun();
    const { sha } = lab.context.pipelines.record(id) ?? { sha: '' };
    const { clock, tokens } = lab.context;
    const key = tokens.identityKey(job, { expiresAt: clock.now() + hour, token: identity.token });
    finishExternal(lab.coordinator, lab.stack, { token: key.pipelineToken, status: 'failed' });
    await lab.coordinator.settle();
    expect(lab.status(sha, 'slipway/external')).toMatch(/^failure: /);
    expect(lab.status(sha)).toBeUndefined();
  });

  test('of a commit whose branch the configuration does not protect is refused', async () => {
    const lab = await openLab();
    const sha = lab.forge.push('side', tinyStack);
    const subject = subjectOf(lab.context, lab.stack, { ...identity, sha, ref: 'refs/heads/side' });
    const begin = beginExternal(lab.coordinator, lab.stack, subject);
    await expect(begin).rejects.toMatchObject({ code: 'EXTERNAL_COMMIT_REFUSED' });
    const main = subjectOf(lab.context, lab.stack, { ...identity, sha });
    await expect(beginExternal(lab.coordinator, lab.stack, main)).rejects.toMatchObject({
      code: 'EXTERNAL_COMMIT_REFUSED',
    });
  });

  test.each([
    ['refs/heads/side', { isProtected: false }, 'pull-request'],
    ['refs/heads/main', { isProtected: false, isOfRef: false }, 'untrusted'],
    ['refs/merge-requests/7/head', { isProtected: false }, 'untrusted'],
    ['refs/pull/7/merge', { isProtected: false, isOfRef: false }, 'untrusted'],
  ])('at %s with %o is trusted as %s', async (ref, more, trust) => {
    const lab = await openLab();
    expect(subjectOf(lab.context, lab.stack, { ...identity, sha: '1'.repeat(40), ref, ...more }).trust).toBe(trust);
  });
});
