import { runCommandLine } from './command-line.ts';
import type { CommandContext } from './command.ts';
import { commands, type CommandEntry } from './command-list.ts';

/** Runs one command line (without `node` and the script), and gives its exit status. */
export async function main(
  args: readonly string[],
  context: CommandContext,
  entries: readonly CommandEntry[] = commands,
): Promise<number> {
  return runCommandLine(args, context, entries);
}
