import type { Command } from 'commander';
import { createProgram } from '../../src/cli/command-line.ts';
import { commands } from '../../src/cli/command-list.ts';
import type { CommandContext } from '../../src/cli/command.ts';
import { helpLayout } from '../../src/cli/help/help-text.ts';
import { createTerminal } from '../../src/cli/terminal.ts';

/** `docs/reference/commands.md`: the help of every command, as the command line prints it. */
export async function commandsPage(): Promise<string> {
  const context = silentContext();
  const program = createProgram(context, commands);
  for (const { name, load } of commands) (await load()).configure(find(program, name), context);
  const listed = commands.map(({ name }) => find(program, name));
  return [
    '# Commands',
    '',
    'Made by `npm run generate` from the definitions of the commands. Data goes to stdout, everything else to stderr; exit status 0 means success,',
    '1 that the work failed, 2 that the input was wrong, 130 that it was stopped by Ctrl-C.',
    '',
    'Every command takes `--quiet` and `--verbose`. The [guide](../guides/command-line.md#output) describes them, and the',
    'environment variables for colors and progress.',
    ...section('slipway', program),
    ...listed.flatMap((command) => family(command, 'slipway')),
    '',
  ].join('\n');
}

function family(command: Command, parent: string): readonly string[] {
  const name = `${parent} ${command.name()}`;
  return [...section(name, command), ...command.commands.flatMap((child) => family(child, name))];
}

function section(name: string, command: Command): readonly string[] {
  const help = command
    .configureHelp({ ...helpLayout, helpWidth: 110 })
    .helpInformation()
    .trimEnd();
  return ['', `## \`${name}\``, '', '```', help, '```'];
}

function find(program: Command, name: string): Command {
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined) throw new Error(`\`${name}\` is listed, but the program does not have it`);
  return command;
}

function silentContext(): CommandContext {
  const sink = { write: () => true };
  const terminal = createTerminal({ stdout: sink, stderr: sink }, {});
  return { env: {}, cwd: '/', terminal, signal: new AbortController().signal };
}
