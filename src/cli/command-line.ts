import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import type { CommandContext } from './command.ts';
import type { CommandEntry } from './command-list.ts';
import { cliError } from './errors.ts';
import { ExitStatus } from './exit-status.ts';
import { outputLost, reportFailure } from './failure.ts';

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
      error instanceof CommanderError ? usageError(error, commandNames(program, args)) : error,
      context.terminal,
      {
        isDebugging: (context.env.SLIPWAY_DEBUG ?? '') !== '',
        isInterrupted: context.signal.aborted,
      },
    );
  }
}

/** The program with every command as a name and a summary. */
export function createProgram(context: CommandContext, entries: readonly CommandEntry[]): Command {
  const program = new Command('slipway')
    .description('Takes a Spack stack from a pull request to a signed, published container image.')
    .version(manifest.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.data(text.trimEnd()),
      writeErr: (text) => context.terminal.note(text.trimEnd()),
      outputError: () => undefined,
    });
  for (const { name, summary } of entries) program.command(name).summary(summary).description(summary);
  return program;
}

/** Loads the module of the command that the arguments name (also in `slipway help x`), and no other. */
async function configureNamed(
  program: Command,
  request: { args: readonly string[]; context: CommandContext; entries: readonly CommandEntry[] },
): Promise<void> {
  const plain = request.args.filter((arg) => !arg.startsWith('-'));
  const name = plain[0] === 'help' ? plain[1] : plain[0];
  if (name === undefined) return;
  const entry = request.entries.find((one) => one.name === name);
  const command = program.commands.find((one) => one.name() === name);
  if (entry !== undefined && command !== undefined) (await entry.load()).configure(command, request.context);
}

/** Returns the program's name and those of the command that the arguments name. */
function commandNames(program: Command, args: readonly string[]): readonly string[] {
  const names = [program.name()];
  let command: Command | undefined = program;
  for (const arg of args) {
    command = command.commands.find((one) => one.name() === arg);
    if (command === undefined) break;
    names.push(arg);
  }
  return names;
}

function usageError(error: CommanderError, names: readonly string[]) {
  const [first = '', ...rest] = error.message.split('\n');
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '');
  const message = first.replace(/^error: /, '');
  const program = names.join(' ');
  const options = { hint: suggestion || undefined };
  if (error.code !== 'commander.unknownCommand')
    return cliError('CLI_USAGE', { message: capitalize(message), program }, options);
  const unknown = /'(.*)'/.exec(message)?.[1] ?? '';
  return cliError('CLI_UNKNOWN_COMMAND', { command: [...names.slice(1), unknown].join(' '), program }, options);
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
