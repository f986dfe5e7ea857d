import type { CoordinatorContext } from '../context.ts';
import { queueFolder } from '../mirror/mirror-access.ts';

type Parts = Pick<CoordinatorContext, 'pipelines' | 'ledger' | 'stacks' | 'promotions'>;
interface Request {
  readonly stack: string;
  readonly number: string;
}

/**
 * Removes what the jobs of a pull request that is over pushed. Where packages of merged requests are promoted, it stays
 * until the protected pipelines of the stack have ended.
 */
export async function endRequest(context: Parts, request: Request): Promise<void> {
  const { stack, number } = request;
  const promotes = context.stacks.get(stack)?.configuration.promotion === 'pull-request';
  const isMerged = context.ledger.request(stack, number)?.state === 'merged';
  if (promotes && isMerged && context.promotions.prefixes(stack).includes(`pr/${number}`)) return;
  await remove(context, request);
}

/** Removes what merged requests left to be promoted, unless a protected pipeline of the stack runs. */
export async function endMergedRequests(context: Parts, stack: string): Promise<void> {
  if (context.pipelines.active().some((record) => record.stack === stack && record.trust === 'protected')) return;
  for (const prefix of context.promotions.prefixes(stack)) {
    const number = prefix.replace('pr/', '');
    if (context.ledger.request(stack, number)?.state === 'merged') await remove(context, { stack, number });
  }
}

async function remove({ stacks, promotions }: Parts, { stack, number }: Request): Promise<void> {
  for (const folder of [number, queueFolder(number)]) await stacks.get(stack)?.mirror.removeRequest(folder);
  promotions.forget(stack, `pr/${number}`);
}
