import { Help, type Command } from 'commander';
import { examplesText } from './examples.ts';

/** The options that every command has. */
export const globalOptions = [
  ['-q, --quiet', 'print only results, warnings and errors'],
  ['-v, --verbose', 'print also which files, servers and requests are used (as SLIPWAY_DEBUG=1)'],
] as const;

const COMMON = new Set(['--quiet', '--verbose']);

/** How the help of all commands is laid out: options of its own, then common ones, then examples. */
export const helpLayout: Partial<Help> = {
  showGlobalOptions: true,
  styleTitle: (title) => (title === 'Global Options:' ? 'Global options:' : title),
  visibleGlobalOptions: (command) =>
    command.parent === null ? [] : rootOf(command).options.filter(({ long }) => COMMON.has(long ?? '')),
  formatHelp: (command, helper) =>
    Help.prototype.formatHelp.call(helper, command, helper) + examplesText(nameOf(command)),
};

/** Returns the names of a command without that of the program, as in `mirror copy`. */
export function nameOf(command: Command): string {
  const { parent } = command;
  return parent === null ? '' : `${nameOf(parent)} ${command.name()}`.trim();
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}
