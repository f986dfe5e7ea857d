import { isFinal, mayBeSuperseded } from '../../engine/index.ts';
import type { CoordinatorContext } from '../context.ts';
import type { PipelineRecord } from '../ports.ts';

/** Events by which new commits come; a pipeline that a clock or a person asked for ends no other. */
const NEW_COMMIT = new Set(['push', 'pull_request']);

/**
 * The pipelines to be told that a newer commit of their ref has a pipeline, children included: what that ends is for their own
 * `workflow:auto_cancel` to say. Schedules are left alone, and so are other pipelines of the same commit
 * (https://docs.gitlab.com/ci/pipelines/settings/#auto-cancel-redundant-pipelines).
 */
export function supersededBy({ pipelines }: CoordinatorContext, newer: PipelineRecord): readonly PipelineRecord[] {
  if (newer.parent !== undefined || !NEW_COMMIT.has(newer.source)) return [];
  const older = pipelines.active().filter((record) => isOlder(record, newer));
  return older.flatMap((record) => {
    const family = familyOf(pipelines, record);
    const mode = pipelines.state(record.id).plan.autoCancel?.onNewCommit ?? 'conservative';
    if (mode === 'interruptible') return family.filter(({ status }) => !isFinal(status));
    const states = family.map(({ id }) => pipelines.state(id));
    return mode === 'conservative' && mayBeSuperseded(states) ? [record] : [];
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

function familyOf(pipelines: CoordinatorContext['pipelines'], record: PipelineRecord): readonly PipelineRecord[] {
  return [record, ...pipelines.children(record.id).flatMap((child) => familyOf(pipelines, child))];
}
