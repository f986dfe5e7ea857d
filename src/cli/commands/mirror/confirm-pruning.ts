import type { Pruning } from '../../../mirror/index.ts';
import type { CommandContext } from '../../command.ts';
import { isAnsweredYes } from '../../confirm.ts';
import { cliError } from '../../errors.ts';

/**
 * Asks on a terminal before a pruning. Without one, `--delete` is enough, unless more packages go than stay: rules that
 * were forgotten or mistyped keep too few. Throws CLI_PRUNE_UNCONFIRMED.
 */
export async function confirmPruning(
  { removed, kept, unreadable }: Pruning,
  { url, isConfirmed }: { url: string; isConfirmed: boolean },
  context: CommandContext,
): Promise<void> {
  const stay = kept.size + unreadable.length;
  if (isConfirmed || removed.length === 0) return;
  if (context.prompt === undefined && removed.length <= stay) return;
  const question = `Remove ${removed.length} packages from ${url} and keep ${stay}?`;
  if (!(await isAnsweredYes(question, context)))
    throw cliError('CLI_PRUNE_UNCONFIRMED', { mirror: url, removed: removed.length, kept: stay });
}
