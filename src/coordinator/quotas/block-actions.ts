import { isFinal } from '../../pipeline/index.ts';
import type { Coordinator } from '../coordinator.ts';
import { currentTime } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { describeOwner, ownerKey, ownersOf, type QuotaOwner } from './quota-owner.ts';

/**
 * Stops a stack, an author or a pull request: what runs is canceled, and nothing starts until it is unblocked. Returns
 * the pipelines that were canceled.
 */
export async function block(
  { context, driver }: Pick<Coordinator, 'context' | 'driver'>,
  owner: QuotaOwner,
  { reason, by }: { readonly reason: string; readonly by: string },
): Promise<readonly string[]> {
  await context.blocks.add({ ...owner, reason, by, since: currentTime(context) });
  const key = ownerKey(owner);
  const affected = context.pipelines
    .active()
    .filter((record) => record.parent === undefined && !isFinal(record.status))
    .filter((record) => ownersOf(context, record).some((one) => ownerKey(one) === key));
  for (const { id } of affected) driver.cancel(id, `${describeOwner(owner)} is blocked by ${by}: ${reason}`);
  return affected.map(({ id }) => id);
}

/** Lets it start again; what waited starts with the next poll. Throws QUOTA_NOT_BLOCKED. */
export async function unblock({ context }: Pick<Coordinator, 'context'>, owner: QuotaOwner): Promise<void> {
  if (!(await context.blocks.remove(owner)))
    throw coordinatorError('QUOTA_NOT_BLOCKED', { owner: describeOwner(owner) });
}
