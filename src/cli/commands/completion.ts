import { Argument, type Command } from 'commander';
import type { CommandContext, CommandModule } from '../command.ts';
import { candidatesFor } from '../completion/candidates.ts';
import { completionScripts, shells, type Shell } from '../completion/scripts.ts';
import { completedWords } from '../completion/words.ts';

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Print a script with which a shell completes commands, options, and names of stacks, pipelines, jobs and packages. ' +
        'Names come from the server, or from files of this folder.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices([...shells]))
    .action((shell: Shell) => context.terminal.data(completionScripts[shell].trimEnd()));
  command
    .command('candidates', { hidden: true })
    .description('Print what can complete the words in SLIPWAY_COMPLETION_WORDS. The scripts run this.')
    .action(() => printCandidates(command.parent ?? command, context));
};

async function printCandidates(program: Command, context: CommandContext): Promise<void> {
  const { env, terminal } = context;
  const { values, paths } = await candidatesFor(program, completedWords(env), context);
  for (const { value, description } of values) terminal.data(`${value}\t${description.split('\n')[0] ?? ''}`);
  terminal.data(`:${paths}`);
}
