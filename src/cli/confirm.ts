import type { Command } from 'commander';
import type { CommandContext } from './command.ts';
import { cliError } from './errors.ts';

export interface ConfirmFlags {
  readonly yes?: true;
}

/** Adds the option of commands whose effect cannot be undone. */
export function addYesOption(command: Command): Command {
  return command.option('-y, --yes', 'do not ask for a confirmation');
}

/**
 * Asks on a terminal whether to do what cannot be undone. Throws CLI_UNCONFIRMED if the answer is not yes, and without a
 * terminal unless `--yes` is given.
 */
export async function confirm(what: string, { yes }: ConfirmFlags, context: CommandContext): Promise<void> {
  if (yes || (await isAnsweredYes(`${what}?`, context))) return;
  const reason = context.prompt === undefined ? 'standard input is not a terminal' : 'the answer was not `y`';
  throw cliError('CLI_UNCONFIRMED', { what, reason });
}

/** Asks on a terminal, where Enter alone means no unless `isDefault` is set; false without a terminal. */
export async function isAnsweredYes(
  question: string,
  { prompt }: Pick<CommandContext, 'prompt'>,
  isDefault = false,
): Promise<boolean> {
  if (prompt === undefined) return false;
  const answer = (await prompt(`${question} [${isDefault ? 'Y/n' : 'y/N'}] `)).trim();
  return answer === '' ? isDefault : /^y(es)?$/i.test(answer);
}
