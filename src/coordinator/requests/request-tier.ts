import type { Tier } from '../../access/index.ts';
import { hasCode } from '../../kit/index.ts';
import type { ForgeRecords, Stack } from '../context.ts';
import type { RequestRecord } from './request-ledger.ts';
import { accountTier } from './account-tier.ts';
import { basePolicy } from './base-policy.ts';

/** Returns the tier of a request's author for people; undefined where the forge does not report it. */
export async function requestTier(
  context: ForgeRecords,
  stack: Stack,
  request: RequestRecord,
): Promise<Tier | undefined> {
  const policy = await basePolicy(context, stack, request);
  const { author: name, authorAssociation: association } = request;
  return accountTier(stack.forge, { name, association }, policy?.requests).catch((error: unknown) => {
    if (hasCode(error, 'PERMISSION_UNKNOWN')) return undefined;
    throw error;
  });
}
