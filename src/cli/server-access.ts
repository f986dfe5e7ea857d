import type { Command } from 'commander';
import type { ServerAccess } from '../client/index.ts';
import type { Secret } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import { readToken } from './read-token.ts';
import { serverUrl, urlOption } from './server-url.ts';

const variable = 'SLIPWAY_TOKEN';

export interface AccessOptions {
  readonly url?: string;
  readonly tokenFile?: string;
}

/** The option of every command that sends a token to a server. */
export const tokenOption = ['--token-file <file>', `file with an access token, instead of ${variable}`] as const;

/** Adds the options of every command that talks to a server. */
export function addAccessOptions(command: Command): Command {
  return command.option(...urlOption).option(...tokenOption);
}

/** Returns the server, with a token if one is given. */
export async function serverAccess(context: CommandContext, options: AccessOptions): Promise<ServerAccess> {
  const token = await givenToken(context, options);
  return { url: await serverUrl(context, options.url), token, signal: context.signal };
}

/** Returns the token of `--token-file` or SLIPWAY_TOKEN; undefined if neither is set. */
export async function givenToken(context: CommandContext, { tokenFile }: AccessOptions): Promise<Secret | undefined> {
  if (tokenFile === undefined && (context.env[variable] ?? '') === '') return undefined;
  return readToken(context, { file: tokenFile, variable });
}
