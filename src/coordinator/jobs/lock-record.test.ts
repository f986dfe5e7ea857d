import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { lock, openLab, type Lab } from '../../../test/support/coordinator.ts';
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
