import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { lock, openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { lockDigest, writeLockfile } from '../../spack/index.ts';
import { readRecordedLock, recordLock, recordedLocks } from './lock-record.ts';

const path = 'jobs_scratch_dir/concrete_environment/spack.lock';
const text = writeLockfile(lock);

async function afterGenerate(left: string): Promise<Lab> {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  const job = (await lab.take())!;
  await lab.leave(job, { ...lab.generated(), [path]: left });
  await lab.finish(job);
  return lab;
}

const locks = (lab: Lab) => readdir(dirname(lab.folder.lock('x'))).catch(() => []);

test('the lock that the generate job left is kept under its digest, and the pipeline has it', async () => {
  const lab = await afterGenerate(text);
  const record = lab.context.pipelines.record('1')!;
  expect(record.lockDigest).toBe(lockDigest(text));
  const loaded = await readRecordedLock(lab.context, recordedLocks(lab.context, record)[0]!);
  expect([...loaded.lock.nodes.keys()].toSorted()).toEqual([...lock.nodes.keys()].toSorted());
});

test.each([
  ['whose hashes do not recompute', text.replaceAll('"zz"', '"yy"')],
  ['that is none', '{"_meta":'],
])('a lock %s fails the job that left it, and is not kept', async (_what, left) => {
  const lab = await afterGenerate(left);
  expect(lab.context.pipelines.state('1').jobs.generate).toMatchObject({
    status: 'failed',
    failureReason: 'data_integrity_failure',
  });
  expect(lab.context.pipelines.record('1')?.lockDigest).toBeUndefined();
  expect(await locks(lab)).toEqual([]);
});

test('a pipeline’s first lock stands, whatever comes later', async () => {
  const lab = await afterGenerate(text);
  const { pipelines } = lab.context;
  const tide = (await lab.take())!;
  await lab.leave(tide, { [path]: `${text}\n` });
  await recordLock(lab.context, pipelines.record('1')!, tide.run);
  await lab.finish(tide);
  expect(pipelines.record('1')?.lockDigest).toBe(lockDigest(text));
  expect(pipelines.record('2')?.lockDigest).toBeUndefined();
  expect(await locks(lab)).toHaveLength(1);
});

test('a pipeline without a lock shows that', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  const record = lab.context.pipelines.record('1')!;
  expect(() => recordedLocks(lab.context, record)).toThrow(expect.objectContaining({ code: 'PIPELINE_LOCK_MISSING' }));
});

const generated = `variables: { SPACK_CONCRETE_ENV_DIR: jobs_scratch_dir/concrete_environment }
tide@1.0: { script: [slipway rebuild] }
`;

test('a pipeline that was generated elsewhere has the lock in its commit', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main', { ...tinyStack, '.gitlab-ci.yml': generated, [path]: text }).event);
  const record = lab.context.pipelines.record('1')!;
  expect(record.lockDigest).toBe(lockDigest(text));
  expect((await readRecordedLock(lab.context, recordedLocks(lab.context, record)[0]!)).digest).toBe(lockDigest(text));
});

test('where a job generates, the lock in the commit does not count', async () => {
  const lab = await openLab();
  const pipeline = `${generated}generate: { script: [slipway generate] }
build: { needs: [generate], trigger: { include: [{ artifact: pipeline.yml, job: generate }] } }
`;
  await lab.happens(lab.push('main', { ...tinyStack, '.gitlab-ci.yml': pipeline, [path]: text }).event);
  expect(lab.context.pipelines.record('1')).toMatchObject({ lockDigest: undefined });
});

test('a lock in a commit that cannot be used stops its pipeline, with the reason', async () => {
  const lab = await openLab();
  const broken = text.replaceAll('"zz"', '"yy"');
  const { sha, event } = lab.push('main', { ...tinyStack, '.gitlab-ci.yml': generated, [path]: broken });
  await lab.happens(event);
  expect(lab.context.pipelines.record('1')).toBeUndefined();
  const status = lab.context.ledger.statuses('lab').find((one) => one.sha === sha);
  expect(status?.detail ?? status?.description).toContain(path);
});
