import type { ForgeRecords, Stack } from '../context.ts';
import { policyAtCommit, type StackPolicy } from '../changes/stack-policy.ts';
import { isProtectedBranch } from '../changes/trust.ts';
import type { RequestRecord } from './request-ledger.ts';

/**
 * Returns the policy that decides what may happen to a request: that of its base branch as it stands now. The author
 * chooses the base, so that of a branch that is not protected is the default branch's. Undefined if it is invalid.
 */
export async function basePolicy(
  { ledger }: ForgeRecords,
  stack: Pick<Stack, 'configuration' | 'forge'>,
  { baseBranch, baseSha }: Pick<RequestRecord, 'baseBranch' | 'baseSha'>,
): Promise<StackPolicy | undefined> {
  const { configuration } = stack;
  const branch = isProtectedBranch(configuration, baseBranch) ? baseBranch : configuration.defaultBranch;
  const tip = ledger.knownRefs(configuration.name).get(`refs/heads/${branch}`);
  return (await policyAtCommit(stack, tip ?? baseSha)).policy;
}
