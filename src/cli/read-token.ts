import { Secret, readNamedFile } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import { cliError } from './errors.ts';

/** Reads a token from a file, else from a variable. It is never an argument, which others on the machine could read. */
export async function readToken(
  { env, cwd }: Pick<CommandContext, 'env' | 'cwd'>,
  { file, variable }: { readonly file: string | undefined; readonly variable: string },
): Promise<Secret> {
  const value = file === undefined ? env[variable] : (await readNamedFile(file, cwd)).trim();
  if (value === undefined || value === '') throw cliError('CLI_TOKEN_MISSING', { variable });
  return new Secret(value);
}
