import type { Tier } from '../../access/index.ts';
import type { Actor, Forge } from '../../forge/index.ts';
import { messageOf } from '../../kit/index.ts';
import type { StackPolicy } from '../changes/stack-policy.ts';
import { coordinatorError } from '../errors.ts';
import { matchesName } from './request-rule.ts';

interface Account {
  readonly name: Actor;
  /** What it is to the repository, in GitHub's words; absent at forges that do not report it. */
  readonly association?: string;
}

const ASSOCIATIONS: ReadonlyMap<string, Tier> = new Map([
  ['OWNER', 'contributor'],
  ['MEMBER', 'contributor'],
  ['COLLABORATOR', 'contributor'],
  ['CONTRIBUTOR', 'contributor'],
  ['FIRST_TIME_CONTRIBUTOR', 'first-time'],
  ['FIRST_TIMER', 'first-time'],
]);

/**
 * Returns the tier of an account by the lists of the base branch's policy, and by what the forge lets it do at this
 * moment. Throws PERMISSION_UNKNOWN where the forge does not answer. Undefined where the forge has no accounts: a name
 * proves nothing there.
 */
export async function accountTier(
  { permission }: Pick<Forge, 'permission'>,
  { name, association = '' }: Account,
  lists: Pick<StackPolicy['requests'], 'maintainers' | 'trusted'> | undefined,
): Promise<Tier | undefined> {
  if (permission === undefined) return undefined;
  if (matchesName(lists?.maintainers ?? [], name)) return 'maintainer';
  const granted = await permission(name).catch((error: unknown) => {
    throw coordinatorError('PERMISSION_UNKNOWN', { actor: name, reason: messageOf(error) }, { cause: error });
  });
  if (granted === 'admin' || granted === 'maintain') return 'maintainer';
  if (granted === 'write' || matchesName(lists?.trusted ?? [], name)) return 'trusted';
  return granted === 'triage' ? 'contributor' : (ASSOCIATIONS.get(association) ?? 'outsider');
}
