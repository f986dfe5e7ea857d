import type { Pruning } from '../../../mirror/index.ts';
import type { CommandContext } from '../../command.ts';
import { cliError } from '../../errors.ts';

/**
 * Prompts before a pruning that removes more packages than it keeps: rules that were forgotten or mistyped keep too
 * few. Throws CLI_PRUNE_UNCONFIRMED without a terminal, or if the answer is not yes.
 */
export async function confirmPruning(
  { removed, kept, unreadable }: Pruning,
  { url, isConfirmed }: { url: string; isConfirmed: boolean },
  context: CommandContext,
): Promise<void> {
  const stay = kept.size + unreadable.length;
  if (isConfirmed || removed.length <= stay) return;
  const question = `Remove ${removed.length} packages from ${url} and keep ${stay}? [y/N] `;
  const answer = (await context.prompt?.(question)) ?? '';
  if (!/^y(es)?$/i.test(answer.trim()))
    throw cliError('CLI_PRUNE_UNCONFIRMED', { mirror: url, removed: removed.length, kept: stay });
}
