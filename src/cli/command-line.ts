import { Command, CommanderError, type OptionValues } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { didYouMean } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import type { CommandEntry } from './command-list.ts';
import { completedWords } from './completion/words.ts';
import { cliError } from './errors.ts';
import { ExitStatus } from './exit-status.ts';
import { outputLost, reportFailure } from './failure.ts';
import { globalOptions, helpLayout } from './help/help-text.ts';
import { withInstalledSpack } from './installed-spack.ts';
import { isSet } from './terminal-abilities.ts';
import type { Verbosity } from './terminal.ts';

/** Runs one command line (without `node` and the script) and returns its exit status. Never throws. */
export async function runCommandLine(
  args: readonly string[],
  context: CommandContext,
  entries: readonly CommandEntry[],
): Promise<number> {
  const program = createProgram(context, entries);
  try {
    await configureNamed(program, { args, context, entries });
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof ExitStatus) return error.status;
    if (context.signal.reason === outputLost) return 1;
    return reportFailure(
      error instanceof CommanderError ? usageError(error, namedCommands(program, args)) : error,
      context.terminal,
      { isInterrupted: context.signal.aborted },
    );
  }
}

/** The program with every command as a name and a summary. */
export function createProgram(context: CommandContext, entries: readonly CommandEntry[]): Command {
  const program = new Command('slipway')
    .description('Takes a Spack stack from a pull request to a signed, published container image.')
    .version(manifest.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .commandsGroup('More:')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp(helpLayout)
    .exitOverride()
    .showSuggestionAfterError(false)
    .hook('preAction', (root) => context.terminal.setVerbosity(verbosityOf(root.opts(), context.env)))
    .configureOutput({
      writeOut: (text) => context.terminal.data(text.trimEnd()),
      writeErr: (text) => context.terminal.note(text.trimEnd()),
      outputError: () => undefined,
    });
  for (const [flags, description] of globalOptions) program.option(flags, description);
  for (const { name, group, summary } of entries) {
    const command = program.command(name).summary(summary).description(summary);
    if (group !== undefined) command.helpGroup(`${group}:`);
  }
  return program;
}

function verbosityOf({ quiet, verbose }: OptionValues, env: CommandContext['env']): Verbosity {
  if (quiet === true) return 'quiet';
  return verbose === true || isSet(env.SLIPWAY_DEBUG) ? 'verbose' : 'normal';
}

/** Loads the module of the command that the arguments name (also in `slipway help x`), or that is completed. */
async function configureNamed(
  program: Command,
  request: { args: readonly string[]; context: CommandContext; entries: readonly CommandEntry[] },
): Promise<void> {
  const plain = request.args.filter((arg) => !arg.startsWith('-'));
  const name = plain[0] === 'help' ? plain[1] : plain[0];
  const completed = name === 'completion' ? completedWords(request.context.env) : [];
  for (const one of new Set([name, completed.find((word) => !word.startsWith('-'))])) {
    const entry = request.entries.find((listed) => listed.name === one);
    const command = program.commands.find((listed) => listed.name() === one);
    if (entry === undefined || command === undefined) continue;
    const context = entry.usesSpack ? await withInstalledSpack(request.context) : request.context;
    (await entry.load()).configure(command, context);
  }
}

/** Returns the program and the commands below it that the arguments name. */
function namedCommands(program: Command, args: readonly string[]): readonly [Command, ...Command[]] {
  const named: [Command, ...Command[]] = [program];
  for (const arg of args.filter((one) => !one.startsWith('-'))) {
    const command = named.at(-1)?.commands.find((one) => one.name() === arg);
    if (command === undefined) break;
    named.push(command);
  }
  return named;
}

function usageError(error: CommanderError, named: readonly [Command, ...Command[]]) {
  const message = error.message.replace(/^error: /, '');
  const names = named.map((command) => command.name());
  const program = names.join(' ');
  const unknown = /'(.*)'/.exec(message)?.[1] ?? '';
  const command = named.at(-1) ?? named[0];
  if (error.code === 'commander.unknownCommand') {
    const options = { hint: didYouMean(unknown, namesOf(command)) };
    return cliError('CLI_UNKNOWN_COMMAND', { command: [...names.slice(1), unknown].join(' '), program }, options);
  }
  const isOption = error.code === 'commander.unknownOption';
  const known = [...new Set(named.flatMap(({ options }) => options.map(({ long }) => long ?? '')))];
  const options = { hint: isOption ? didYouMean(unknown, known) : undefined };
  return cliError('CLI_USAGE', { message: capitalize(message), program }, options);
}

function namesOf({ commands }: Command): readonly string[] {
  return commands.map((command) => command.name());
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
