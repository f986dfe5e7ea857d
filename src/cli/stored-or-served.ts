import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { ServerAccess } from '../client/index.ts';
import { dataFolder, type ServerConfiguration, type ServerFlags } from '../coordinator/index.ts';
import type { CommandContext } from './command.ts';
import { currentServer } from './remembered-servers.ts';
import { serverAccess, tokenOption, type AccessOptions } from './server-access.ts';
import { readServerSettings } from './server-settings.ts';

export interface SourceOptions extends ServerFlags, AccessOptions {}

/** Where the records of a server are read: by its REST API, or in its data folder. */
type RecordSource = { readonly server: ServerAccess } | { readonly configuration: ServerConfiguration };

/** Adds the options that decide about the source. */
export function addSourceOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration of the server')
    .option('--data <folder>', 'data folder of the server')
    .option(
      '--url <url>',
      'query this server, instead of reading the data folder (default: SLIPWAY_URL, else that of `slipway login`, if ' +
        'there is no data folder)',
    )
    .option(...tokenOption);
}

export async function recordSource(
  context: CommandContext,
  { url, tokenFile, config, data }: SourceOptions,
): Promise<RecordSource> {
  const { env } = context;
  if (url !== undefined) return { server: await serverAccess(context, { url, tokenFile }) };
  const { configuration } = await readServerSettings({ config, data }, context);
  const isElsewhere = data === undefined && !existsSync(dataFolder(configuration.data).database);
  const remote = isElsewhere ? env['SLIPWAY_URL'] || (await currentServer(env)) : undefined;
  return remote === undefined ? { configuration } : { server: await serverAccess(context, { url: remote, tokenFile }) };
}
