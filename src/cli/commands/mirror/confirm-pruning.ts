import type { Pruning } from '../../../mirror/index.ts';
import type { CommandContext } from '../../command.ts';
import { cliError } from '../../errors.ts';

/**
 * Asks before a pruning that removes more packages than it keeps: rules that were forgotten or mistyped keep too
 * little. Throws CLI_PRUNE_UNCONFIRMED where nobody can be asked, or the answer is not yes.
 */
export async function confirmPruning(
  { removed, kept, unreadable }: Pruning,
  { url, isConfirmed }: { url: string; isConfirmed: boolean },
  context: CommandContext,
): Promise<void> {
  const stay = kept.size + unreadable.length;
  if (isConfirmed || removed.length <= stay) return;
  const question = `Remove ${removed.length} packages from ${url} and keep ${stay}? [y/N] `;
  const answer = (await context.ask?.(question)) ?? '';
  if (!/^y(es)?$/i.test(answer.trim()))
    throw cliError('CLI_PRUNE_UNCONFIRMED', { mirror: url, removed: removed.length, kept: stay });
}
