import { Help, type Command, type Option } from 'commander';
import { examplesText } from './examples.ts';

/** The options that every command has. */
export const globalOptions = [
  ['-q, --quiet', 'print only results, warnings and errors'],
  ['-v, --verbose', 'also print which files, servers and requests are used (as SLIPWAY_DEBUG=1)'],
] as const;

/** How the help of all commands is laid out: options of its own, then common ones, then examples. */
export const helpLayout: Partial<Help> = {
  showGlobalOptions: true,
  styleTitle: (title) => (title === 'Global Options:' ? 'Global options:' : title),
  visibleGlobalOptions: (command) => [...commonOptions(command)],
  formatHelp: (command, helper) =>
    Help.prototype.formatHelp.call(helper, command, helper) + examplesText(nameOf(command)),
};

/** Returns the names of a command without that of the program, as in `mirror copy`. */
export function nameOf(command: Command): string {
  const { parent } = command;
  return parent === null ? '' : `${nameOf(parent)} ${command.name()}`.trim();
}

/** Returns the options that a command has in common with all others; none for the program, which lists them as its own. */
export function commonOptions(command: Command): readonly Option[] {
  const flags = globalOptions.map(([one]): string => one);
  return command.parent === null ? [] : rootOf(command).options.filter((option) => flags.includes(option.flags));
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}
