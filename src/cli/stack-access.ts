import type { Command } from 'commander';
import type { ServerAccess } from '../client/index.ts';
import type { CommandContext } from './command.ts';
import { readToken } from './read-token.ts';
import { serverUrl, urlOption } from './server-url.ts';

const variable = 'SLIPWAY_TRIGGER_TOKEN';

export interface AccessOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly json?: true;
}

/** Adds the options of commands that change something with the stack's token. */
export function addAccessOptions(command: Command): Command {
  return command
    .option(...urlOption)
    .option('--token-file <file>', `file with the token, instead of ${variable}`)
    .option('--json', 'print one line of JSON');
}

/** Returns the server and the stack's token. */
export async function stackAccess(
  context: CommandContext,
  { url, tokenFile: file }: AccessOptions,
): Promise<ServerAccess> {
  const token = await readToken(context, { file, variable });
  return { url: await serverUrl(context, url), token, signal: context.signal };
}
