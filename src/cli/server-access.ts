import type { Command } from 'commander';
import type { ServerAccess } from '../client/index.ts';
import type { Secret } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import { readToken } from './read-token.ts';
import { rememberedToken } from './remembered-servers.ts';
import { serverUrl, urlOption } from './server-url.ts';

const variable = 'SLIPWAY_TOKEN';

export interface AccessOptions {
  readonly url?: string;
  readonly tokenFile?: string;
}

/** The option of every command that sends a token to a server. */
export const tokenOption = [
  '--token-file <file>',
  `file with an access token (default: ${variable}, else that of \`slipway login\`)`,
] as const;

/** Adds the options of every command that talks to a server. */
export function addAccessOptions(command: Command): Command {
  return command.option(...urlOption).option(...tokenOption);
}

/** Returns the server, with a token if one is given or stored. */
export async function serverAccess(context: CommandContext, options: AccessOptions): Promise<ServerAccess> {
  const { signal, terminal } = context;
  const url = await serverUrl(context, options.url);
  const token = await tokenFor(url, context, options);
  return { url, token, signal, note: (line) => terminal.detail(line) };
}

/** Returns the token of `--token-file` or SLIPWAY_TOKEN, else the one that `slipway login` has stored for the server. */
export async function tokenFor(
  url: string,
  context: CommandContext,
  { tokenFile }: AccessOptions,
): Promise<Secret | undefined> {
  const { env, terminal } = context;
  if (tokenFile !== undefined || (env[variable] ?? '') !== '') {
    terminal.detail(`Access token: from ${tokenFile === undefined ? variable : `\`${tokenFile}\``}`);
    return readToken(context, { file: tokenFile, variable });
  }
  const stored = await rememberedToken(env, url);
  terminal.detail(stored === undefined ? 'Access token: none' : 'Access token: from `slipway login`');
  return stored;
}
