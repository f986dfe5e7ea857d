import { cliError } from './errors.ts';

/** `KEY=VALUE` of a command line; the program's name is for the message. */
export function splitVariable(text: string, program: string): readonly [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw cliError('CLI_USAGE', { message: `\`${text}\` is no variable: write KEY=VALUE`, program });
  return [name, value];
}
