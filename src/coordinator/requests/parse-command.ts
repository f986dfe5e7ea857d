import { isRequestCommand, type RequestCommand } from '../../access/index.ts';

/** A command that can be carried out, or why it cannot. */
type ParsedCommand = { readonly command: RequestCommand; readonly argument?: string } | { readonly fault: string };

const LONGEST = 200;
/** Abbreviated names can be made to collide within seconds: two commits of one author would have the same. */
const WHOLE_SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** The name of a package, as a command takes it. */
export const packageName = /^[a-z0-9_][a-z0-9_-]{0,99}$/;

/**
 * Returns the first line of a comment if it is a command. What stands before `/slipway`, be it a quotation mark or a
 * space, makes it none, and nothing below the first line is looked at.
 */
export function commandLine(comment: string): string | undefined {
  const line = comment.split(/[\r\n\u0085\u2028\u2029]/, 1)[0]?.trimEnd() ?? '';
  return line.length <= LONGEST && /^\/slipway(?:[ \t]|$)/.test(line) ? line : undefined;
}

/** Returns the first word of a command line; `help` if there is none. */
export function commandWord(line: string): string {
  return line.split(/[ \t]+/)[1] ?? 'help';
}

export function parseCommand(line: string): ParsedCommand {
  const command = commandWord(line);
  const [argument, ...more] = line.split(/[ \t]+/).slice(2);
  if (!isRequestCommand(command)) return { fault: 'There is no such command.' };
  const isWhole = more.length === 0;
  if (command === 'approve') {
    if (argument === undefined || !isWhole || !WHOLE_SHA.test(argument))
      return { fault: 'Approval names the whole SHA of the commit that was reviewed.' };
    return { command, argument };
  }
  if (command === 'rebuild') {
    if (argument === undefined || !isWhole || !packageName.test(argument))
      return { fault: 'Name one package to build again: `/slipway rebuild zlib`.' };
    return { command, argument };
  }
  return argument === undefined ? { command } : { fault: `\`/slipway ${command}\` takes no argument.` };
}
