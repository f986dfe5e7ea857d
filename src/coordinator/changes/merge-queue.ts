import type { ForgeEvent, MergeGroup } from '../../forge/index.ts';
import { isFinal, type PipelineSubject } from '../../pipeline/index.ts';
import type { Stack } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { isGroupLeftOut } from './left-out.ts';
import { reportUnqueued } from './no-pipeline.ts';
import { trustOfRequest } from './trust.ts';

/**
 * Returns what the pipeline of a merge queue's commit runs on: the commit itself, which is the merge. Only users who
 * may merge add requests to a queue, so none of them is held; a fork's code keeps the trust of a fork. Undefined where a
 * rule leaves the commit out or no runner takes it, which is reported.
 */
export async function subjectOfGroup(
  { context }: Pick<Coordinator, 'context'>,
  stack: Stack,
  group: MergeGroup,
): Promise<PipelineSubject | undefined> {
  if (await isGroupLeftOut(context, stack, group)) return undefined;
  const { name } = stack.configuration;
  const { number: request, sha, baseSha: base } = group;
  const source = 'merge_queue';
  context.quotas.requireStart({ stack: name, source, request });
  const trust = trustOfRequest(group);
  if (trust === 'untrusted' && !context.takesUntrusted(name)) {
    reportUnqueued(context, name, group);
    return undefined;
  }
  const { tree } = await stack.forge.commit(sha);
  const commit = { head: sha, base, sha, tree };
  return { stack: name, source, refType: 'merge-queue', ref: `queue/${request}`, ...commit, trust, request };
}

/** Cancels what still runs for a commit that left its merge queue. */
export function leaveQueue(
  { context, driver }: Pick<Coordinator, 'context' | 'driver'>,
  stack: string,
  { number: request, sha, merged }: ForgeEvent & { type: 'merge-dequeued' },
): void {
  for (const { id, refType, head, status } of context.pipelines.list({ stack, request }))
    if (refType === 'merge-queue' && head === sha && !isFinal(status))
      driver.cancel(id, merged ? 'merged' : 'removed from the merge queue');
}
