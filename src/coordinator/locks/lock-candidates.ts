import { existsSync } from 'node:fs';
import type { DataFiles, ForgeRecords, PipelineFiles, StackRegistry } from '../context.ts';
import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import type { PipelineLedger, RecordedLock } from '../pipeline-ledger.ts';
import type { StackConfiguration } from '../configuration/stack-configuration.ts';

/** Locks that were made before for the very tree of a job's pipeline; one for each platform. */
interface LockCandidates {
  /** The pipeline whose locks they are. */
  readonly record: PipelineRecord;
  /** At least one. */
  readonly locks: readonly RecordedLock[];
  /**
   * `own`: the job's pipeline has recorded it of that very job, and can have no other. `trusted`: one may be taken for
   * a new one, where nothing else that decides a lock has changed. `untrusted`: they may only be compared
   * with.
   */
  readonly standing: 'own' | 'trusted' | 'untrusted';
}

/**
 * The locks that a job has left before, or that a pipeline tested to its end for the same tree of the same stack: the
 * newest that may be taken, else the newest. A job of a child pipeline makes no lock.
 */
export function lockCandidates(context: PipelineFiles & StackRegistry, run: JobRun): LockCandidates | undefined {
  const record = context.pipelines.record(run.pipeline);
  if (record === undefined || record.parent !== undefined) return undefined;
  const own = context.pipelines.locks(record.id).filter(({ job }) => job === run.name);
  if (own.length > 0) return { record, locks: own, standing: 'own' };
  const takes = context.stacks.get(record.stack)?.configuration.testedLocks ?? 'protected';
  const testers = testersOf(context, record).filter((one) => one.record.id !== record.id);
  const trusted = testers.find((one) => mayTake(record, one.record, takes));
  if (trusted !== undefined) return { ...trusted, standing: 'trusted' };
  return testers[0] === undefined ? undefined : { ...testers[0], standing: 'untrusted' };
}

/** How many pipelines are searched, those of other branches and of pull requests included. */
const LOOK_BACK = 1_000;

/**
 * The newest locks that the branch of a job's pipeline had tested when that began, or the branch that its pull request
 * goes to; those that the pipeline may take. A new lock may begin with one.
 */
export function baseLocks(
  context: PipelineFiles & StackRegistry & ForgeRecords,
  run: JobRun,
): LockCandidates | undefined {
  const record = context.pipelines.record(run.pipeline);
  if (record === undefined || record.parent !== undefined) return undefined;
  const { stack, request } = record;
  const branch = request === undefined ? record.ref : context.ledger.request(stack, request)?.baseBranch;
  const takes = context.stacks.get(stack)?.configuration.testedLocks ?? 'protected';
  const found = testersOf(context, { stack, limit: LOOK_BACK }).find(
    ({ record: one }) =>
      one.id !== record.id &&
      // All jobs of the pipeline have to begin with the same lock.
      (one.finishedAt ?? '') <= record.createdAt &&
      one.parent === undefined &&
      one.request === undefined &&
      one.refType === 'branch' &&
      one.ref === branch &&
      mayTake(record, one, takes),
  );
  return found === undefined ? undefined : { ...found, standing: 'trusted' };
}

/** The pipelines that tested a tree, or any, to its end, the newest first, with their locks. */
export function testersOf(
  { pipelines, folder }: DataFiles & { readonly pipelines: Pick<PipelineLedger, 'list' | 'locks'> },
  { stack, tree, limit }: { readonly stack?: string; readonly tree?: string; readonly limit?: number },
): readonly Pick<LockCandidates, 'record' | 'locks'>[] {
  return pipelines
    .list({ stack, tree, limit })
    .filter(({ status }) => status === 'success')
    .map((record) => ({
      record,
      locks: pipelines.locks(record.id).filter(({ digest }) => existsSync(folder.lock(digest))),
    }))
    .filter(({ locks }) => locks.length > 0);
}

/**
 * A lock decides what a build runs: paths of external packages, flags, versions. Its author could write anything into
 * it, so it counts only for pipelines of the same or less trust, and unless protected, for the same pull request.
 */
function mayTake(record: PipelineRecord, tested: PipelineRecord, takes: StackConfiguration['testedLocks']): boolean {
  if (tested.trust === 'protected') return true;
  if (record.trust === 'protected') return takes === 'pull-request' && tested.trust === 'pull-request';
  return tested.trust === record.trust && tested.request !== undefined && tested.request === record.request;
}
