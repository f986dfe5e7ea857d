import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLab, type Lab, type LabOptions } from '../../../test/support/coordinator.ts';
import { createPipeline, type PipelineRecord, type PipelineSubject } from '../../pipeline/index.ts';
import { baseLocks, lockCandidates } from './lock-candidates.ts';

type Subject = Partial<PipelineSubject> & { readonly status?: string; readonly lock?: string };

async function lab(stack: LabOptions['stack'] = {}): Promise<Lab> {
  const opened = await openLab({ stack });
  await opened.happens(opened.push('main').event);
  return opened;
}

/** A pipeline that ended, with a lock of its first job, as if it had run. */
async function ended(opened: Lab, subject: Subject): Promise<PipelineRecord> {
  const { context, database } = opened;
  const { status = 'success', lock = 'a', ...rest } = subject;
  const first = context.pipelines.record('1') as PipelineRecord;
  const { plan } = context.pipelines.state('1');
  const base = { ...first, tree: 'the tree', request: undefined, ...rest };
  const { id } = context.pipelines.create(base, { at: 'then', state: (own) => createPipeline(own, plan) });
  database.run('UPDATE pipelines SET status = ?, finished = 1 WHERE id = ?', status, Number(id));
  if (lock !== '') await record(opened, id, lock);
  return context.pipelines.record(id) as PipelineRecord;
}

async function record({ context }: Lab, pipeline: string, lock: string, job = 'generate'): Promise<void> {
  const digest = lock.repeat(64);
  context.pipelines.addLock(pipeline, { job, path: 'spack.lock', digest });
  await mkdir(dirname(context.folder.lock(digest)), { recursive: true });
  await writeFile(context.folder.lock(digest), '{}');
}

/** Returns the lock candidates of the generate job of a pipeline. */
const candidates = ({ context }: Lab, { id }: PipelineRecord) =>
  lockCandidates(context, { id: '0', pipeline: id, name: 'generate', attempt: 1, status: 'running' });

const outsider = { trust: 'untrusted', request: '8' } as const;
const teams = { trust: 'pull-request', request: '7' } as const;
const main = { trust: 'protected' } as const;

test.each<[string, Subject, Subject, string | undefined, LabOptions['stack']?]>([
  ['a protected pipeline takes that of another one', main, main, 'trusted'],
  ['a pull request takes that of a protected pipeline', main, teams, 'trusted'],
  ['and so does an outsider’s', main, outsider, 'trusted'],
  ['a pull request takes its own', teams, teams, 'trusted'],
  ['and none of another one', { ...teams, request: '6' }, teams, 'untrusted'],
  ['an outsider’s takes its own', outsider, outsider, 'trusted'],
  ['and none of the team’s', teams, outsider, 'untrusted'],
  ['a protected pipeline takes none of a pull request', teams, main, 'untrusted'],
  ['unless the stack says so', teams, main, 'trusted', { testedLocks: 'pull-request' }],
  ['and never an outsider’s', outsider, main, 'untrusted', { testedLocks: 'pull-request' }],
  ['nothing is known of another tree', { ...main, tree: 'another' }, main, undefined],
  ['of a pipeline that failed', { ...main, status: 'failed' }, main, undefined],
  ['or of one without a lock', { ...main, lock: '' }, main, undefined],
])('%s', async (_what, tested, requesting, standing, stack = {}) => {
  const opened = await lab(stack);
  const before = await ended(opened, tested);
  const found = candidates(opened, await ended(opened, { ...requesting, lock: '', status: 'running' }));
  expect(found?.standing).toBe(standing);
  if (standing !== undefined) expect(found?.record.id).toBe(before.id);
});

test('the newest that may be taken counts, and before all what the job itself has left', async () => {
  const opened = await lab();
  await ended(opened, { ...main, lock: 'a' });
  const newest = await ended(opened, { ...main, lock: 'b' });
  await record(opened, newest.id, 'e', 'generate-arm');
  await ended(opened, { ...teams, lock: 'c' });
  const running = await ended(opened, { ...main, lock: '', status: 'running' });
  const found = candidates(opened, running);
  expect(found?.record.id).toBe(newest.id);
  expect(found?.locks.map(({ digest }) => digest[0])).toEqual(['b', 'e']);
  await record(opened, running.id, 'd', 'generate-arm');
  expect(candidates(opened, running)?.standing).toBe('trusted');
  await record(opened, running.id, 'f');
  expect(candidates(opened, running)).toMatchObject({ standing: 'own', locks: [{ digest: 'f'.repeat(64) }] });
});

test('a lock whose file is gone is not offered', async () => {
  const opened = await lab();
  const gone = await ended(opened, main);
  await rm(opened.context.folder.lock(gone.lockDigest ?? ''));
  expect(candidates(opened, await ended(opened, { ...main, lock: '' }))).toBeUndefined();
});

describe('the locks that a new one may begin with', () => {
  const baseOf = ({ context }: Lab, { id }: PipelineRecord) =>
    baseLocks(context, { id: '0', pipeline: id, name: 'generate', attempt: 1, status: 'running' });
  const other = { tree: 'another', lock: '', status: 'running' } as const;

  test.each<[string, Subject, Subject, boolean]>([
    ['those that the branch tested before', main, main, true],
    ['none of another branch', { ...main, ref: 'other' }, main, false],
    ['none of a tag', { ...main, refType: 'tag' }, main, false],
    ['none of a pipeline that failed', { ...main, status: 'failed' }, main, false],
    ['none of a pull request from that branch', { ...teams, ref: 'main' }, main, false],
  ])('are %s', async (_what, tested, requesting, isFound) => {
    const opened = await lab();
    const before = await ended(opened, tested);
    const found = baseOf(opened, await ended(opened, { ...requesting, ...other }));
    expect(found?.record.id).toBe(isFound ? before.id : undefined);
    if (isFound) expect(found?.standing).toBe('trusted');
  });

  test('are none of a pipeline that ended after the one that asks began', async () => {
    const opened = await lab();
    const { id } = await ended(opened, main);
    const later = await ended(opened, { ...main, ...other });
    opened.database.run('UPDATE pipelines SET finished_at = ? WHERE id = ?', 'zzz', Number(id));
    expect(baseOf(opened, later)).toBeUndefined();
  });

  test('are for a pull request the newest of the branch that it goes to', async () => {
    const opened = await lab();
    await ended(opened, { ...main, lock: 'a' });
    const newest = await ended(opened, { ...main, lock: 'b' });
    const pull = { title: 'Add', headSha: 'h', baseBranch: 'main', baseSha: 'b', fork: false, author: 'ada' };
    opened.context.ledger.saveRequest({ ...pull, stack: newest.stack, number: '7', state: 'open' });
    expect(baseOf(opened, await ended(opened, { ...teams, ...other }))?.record.id).toBe(newest.id);
    const elsewhere = { ...pull, baseBranch: 'release' };
    opened.context.ledger.saveRequest({ ...elsewhere, stack: newest.stack, number: '7', state: 'open' });
    expect(baseOf(opened, await ended(opened, { ...teams, ...other }))).toBeUndefined();
  });
});
