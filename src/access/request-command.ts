import { includesScope, type Scope } from './scope.ts';
import { scopeOfTier, type Tier } from './tier.ts';

/**
 * The scope that each command on a pull request takes, wherever it is given: in a comment, by a button at the forge, on
 * the page, or over REST. The only table of this.
 */
export const commandScopes = {
  help: 'read',
  plan: 'read',
  cancel: 'run',
  run: 'run',
  retry: 'run',
  rebuild: 'run',
  approve: 'approve',
} as const satisfies Readonly<Record<string, Scope>>;
export type RequestCommand = keyof typeof commandScopes;

export function isRequestCommand(word: string): word is RequestCommand {
  return Object.hasOwn(commandScopes, word);
}

/**
 * Returns whether an account at the forge may give a command on a request. Its author may cancel, and may nothing else
 * for being the author: anyone can open a request.
 */
export function mayCommand(
  command: RequestCommand,
  { tier, isAuthor }: { readonly tier: Tier; readonly isAuthor: boolean },
): boolean {
  return (command === 'cancel' && isAuthor) || includesScope(scopeOfTier(tier), commandScopes[command]);
}
