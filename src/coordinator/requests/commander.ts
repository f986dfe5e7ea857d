import type { mayCommand } from '../../access/index.ts';
import type { Actor } from '../../forge/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { RequestRecord } from './request-ledger.ts';
import { accountTier } from './account-tier.ts';
import { basePolicy } from './base-policy.ts';

/** What decides on the commands of an account. */
type Commander = Parameters<typeof mayCommand>[1];

/**
 * Returns what an account that gives a command is at this moment, by the policy of the branch that the change goes to,
 * never by the change's own; outside of a request by that of the default branch. Throws QUOTA_BLOCKED, and
 * PERMISSION_UNKNOWN where the forge does not answer.
 */
export async function commander(
  context: Pick<CoordinatorContext, 'ledger' | 'blocks' | 'stacks'>,
  stack: Stack,
  { actor, request }: { readonly actor: Actor; readonly request?: RequestRecord },
): Promise<Commander> {
  const { name, defaultBranch: baseBranch } = stack.configuration;
  const reason = context.blocks.reasonOf({ kind: 'author', stack: name, name: actor }, context);
  if (reason !== undefined) throw coordinatorError('QUOTA_BLOCKED', { owner: `\`${actor}\``, reason });
  const baseSha = context.ledger.knownRefs(name).get(`refs/heads/${baseBranch}`);
  const base = request ?? (baseSha === undefined ? undefined : { baseBranch, baseSha });
  const policy = base && (await basePolicy(context, stack, base));
  const tier = await accountTier(stack.forge, { name: actor }, policy?.requests);
  return { tier: tier ?? 'outsider', isAuthor: request?.author.toLowerCase() === actor.toLowerCase() };
}
