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
  const reason = context.prompt === undefined ? 'standard input is no terminal' : 'the answer was not `y`';
  throw cliError('CLI_UNCONFIRMED', { what, reason });
}

/** Asks on a terminal; false without one. */
export async function isAnsweredYes(question: string, { prompt }: CommandContext): Promise<boolean> {
  const answer = (await prompt?.(`${question} [y/N] `)) ?? '';
  return /^y(es)?$/i.test(answer.trim());
}
