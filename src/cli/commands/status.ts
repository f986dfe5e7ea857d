import { existsSync } from 'node:fs';
import { dataFolder, loadServerSettings, type ServerFlags } from '../../coordinator/index.ts';
import { readStacks } from '../../client/index.ts';
import type { StackSummary } from '../../protocol/index.ts';
import { readStoredStacks } from '../../server/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { serverAccess, tokenOption, type AccessOptions } from '../server-access.ts';
import { describeStack } from '../status-lines.ts';
import { configureStatusPost } from './status-post.ts';

interface StatusOptions extends ServerFlags, AccessOptions {
  readonly stack?: string;
  readonly json?: boolean;
}

export const configure: CommandModule['configure'] = (command, context) => {
  configureStatusPost(command, context);
  command
    .description('Show the state of each change: the newest statuses, pipelines with their jobs, and images.')
    .option('-c, --config <file>', 'configuration of the server')
    .option('--data <folder>', 'data folder of the server')
    .option(
      '--url <url>',
      'query this server, instead of reading the data folder (default: SLIPWAY_URL, if there is none)',
    )
    .option(...tokenOption)
    .option('--stack <name>', 'only this stack')
    .option('--json', 'one JSON document')
    .action(async (options: StatusOptions) => {
      const stacks = await readSummaries(context, options);
      if (options.json) context.terminal.json({ stacks });
      else for (const stack of stacks) for (const line of describeStack(stack)) context.terminal.data(line);
    });
};

async function readSummaries(
  context: CommandContext,
  { url, tokenFile, stack, ...flags }: StatusOptions,
): Promise<readonly StackSummary[]> {
  const { env, cwd } = context;
  if (url !== undefined) return readStacks(await serverAccess(context, { url, tokenFile }), stack);
  const { configuration } = await loadServerSettings(flags, env, cwd);
  const remote = env['SLIPWAY_URL'];
  const isElsewhere = flags.data === undefined && !existsSync(dataFolder(configuration.data).database);
  return isElsewhere && remote !== undefined
    ? readStacks(await serverAccess(context, { url: remote, tokenFile }), stack)
    : readStoredStacks(configuration, stack);
}
