import { isFinal, mayBeSuperseded, type PipelineRecord } from '../../pipeline/index.ts';
import type { PipelineRecords } from '../context.ts';
import type { PipelineLedger } from '../pipeline-ledger.ts';

/** Events by which new commits come; a pipeline that a schedule or a person started ends no other. */
const NEW_COMMIT = new Set(['push', 'pull_request']);

/** A pipeline that a newer commit ends, wholly or as far as its `workflow:auto_cancel` lets it. */
interface Superseded {
  readonly id: string;
  readonly type: 'cancel' | 'superseded';
}

/**
 * Returns the pipelines that a newer commit of their ref ends, children included; their own `workflow:auto_cancel`
 * decides which jobs that concerns. Without it a pull request's pipeline is canceled with all its jobs, since no one
 * can merge the old head any more. Schedules are left alone, and so are other pipelines of the same commit
 * (https://docs.gitlab.com/ci/pipelines/settings/#auto-cancel-redundant-pipelines).
 */
export function supersededBy({ pipelines }: PipelineRecords, newer: PipelineRecord): readonly Superseded[] {
  if (newer.parent !== undefined || !NEW_COMMIT.has(newer.source)) return [];
  const older = pipelines.active().filter((record) => isOlder(record, newer));
  return older.flatMap((record): readonly Superseded[] => {
    const rule = pipelines.state(record.id).plan.autoCancel?.onNewCommit;
    if (rule === undefined && record.refType === 'pull-request') return [{ id: record.id, type: 'cancel' }];
    const family = familyOf(pipelines, record);
    const superseded = ({ id }: PipelineRecord): Superseded => ({ id, type: 'superseded' });
    if (rule === 'interruptible') return family.filter(({ status }) => !isFinal(status)).map(superseded);
    const states = family.map(({ id }) => pipelines.state(id));
    return rule !== 'none' && mayBeSuperseded(states) ? [superseded(record)] : [];
  });
}

function isOlder(record: PipelineRecord, newer: PipelineRecord): boolean {
  return (
    record.parent === undefined &&
    record.source !== 'schedule' &&
    record.stack === newer.stack &&
    record.refType === newer.refType &&
    record.ref === newer.ref &&
    record.head !== newer.head &&
    Number(record.id) < Number(newer.id)
  );
}

function familyOf(pipelines: PipelineLedger, record: PipelineRecord): readonly PipelineRecord[] {
  return [record, ...pipelines.children(record.id).flatMap((child) => familyOf(pipelines, child))];
}
