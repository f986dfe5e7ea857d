import { isFinal, mayBeSuperseded, type PipelineRecord } from '../../pipeline/index.ts';
import type { PipelineRecords } from '../context.ts';
import type { PipelineLedger } from '../ports.ts';

/** Events by which new commits come; a pipeline that a clock or a person asked for ends no other. */
const NEW_COMMIT = new Set(['push', 'pull_request']);

/** A pipeline that a newer commit ends, wholly or as far as its `workflow:auto_cancel` lets it. */
interface Superseded {
  readonly id: string;
  readonly type: 'cancel' | 'superseded';
}

/**
 * The pipelines that a newer commit of their ref ends, children included: what that ends is for their own
 * `workflow:auto_cancel` to say. Without a word of it a pull request's pipeline is canceled with all its jobs: nobody
 * can merge the old head any more. Schedules are left alone, and so are other pipelines of the same commit
 * (https://docs.gitlab.com/ci/pipelines/settings/#auto-cancel-redundant-pipelines).
 */
export function supersededBy({ pipelines }: PipelineRecords, newer: PipelineRecord): readonly Superseded[] {
  if (newer.parent !== undefined || !NEW_COMMIT.has(newer.source)) return [];
  const older = pipelines.active().filter((record) => isOlder(record, newer));
  return older.flatMap((record): readonly Superseded[] => {
    const said = pipelines.state(record.id).plan.autoCancel?.onNewCommit;
    if (said === undefined && record.refType === 'pull-request') return [{ id: record.id, type: 'cancel' }];
    const family = familyOf(pipelines, record);
    const told = ({ id }: PipelineRecord): Superseded => ({ id, type: 'superseded' });
    if (said === 'interruptible') return family.filter(({ status }) => !isFinal(status)).map(told);
    const states = family.map(({ id }) => pipelines.state(id));
    return said !== 'none' && mayBeSuperseded(states) ? [told(record)] : [];
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
