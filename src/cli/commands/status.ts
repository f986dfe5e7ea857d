import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataFolder, type ServerFlags } from '../../coordinator/index.ts';
import { readStacks } from '../../client/index.ts';
import { systemClock } from '../../kit/index.ts';
import type { StackSummary } from '../../protocol/index.ts';
import { readStoredStacks } from '../../server/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { currentServer } from '../remembered-servers.ts';
import { serverAccess, tokenOption, type AccessOptions } from '../server-access.ts';
import { readServerSettings } from '../server-settings.ts';
import { describeStack } from '../status-lines.ts';
import { configureStatusPost } from './status-post.ts';

interface StatusOptions extends ServerFlags, AccessOptions {
  readonly stack?: string;
  readonly watch?: true;
  readonly json?: boolean;
}

const INTERVAL_MS = 2000;
const FINAL = new Set(['success', 'failed', 'canceled', 'skipped', 'manual']);

export const configure: CommandModule['configure'] = (command, context) => {
  configureStatusPost(command, context);
  command
    .description('Show the state of each change: the newest statuses, pipelines with their jobs, and images.')
    .option('-c, --config <file>', 'configuration of the server')
    .option('--data <folder>', 'data folder of the server')
    .option(
      '--url <url>',
      'query this server, instead of reading the data folder (default: SLIPWAY_URL, else that of `slipway login`, if ' +
        'there is no data folder)',
    )
    .option(...tokenOption)
    .option('--stack <name>', 'only this stack')
    .option('-w, --watch', 'show changes until no pipeline runs any more')
    .option('--json', 'one JSON document; with --watch one for each change')
    .action((options: StatusOptions) => (options.watch ? watch(context, options) : show(context, options)));
};

async function show(context: CommandContext, options: StatusOptions): Promise<void> {
  print(await readSummaries(context, options), options, context);
}

/** Prints the summaries whenever they change; on a terminal each replaces the previous one. */
async function watch(context: CommandContext, options: StatusOptions): Promise<void> {
  const { terminal, signal } = context;
  for (let before = ''; ;) {
    const stacks = await readSummaries(context, options);
    const now = JSON.stringify(stacks);
    if (now !== before) {
      if (!options.json) terminal.clear();
      print(stacks, options, context);
    }
    before = now;
    const running = stacks.flatMap(({ pipelines }) => pipelines).filter(({ status }) => !FINAL.has(status)).length;
    if (running === 0) return;
    const time = new Date(systemClock.now()).toTimeString().slice(0, 8);
    terminal.progress(
      `${time}  ${running} ${running === 1 ? 'pipeline is' : 'pipelines are'} running; Ctrl-C ends this`,
    );
    await sleep(INTERVAL_MS, undefined, { signal });
  }
}

function print(stacks: readonly StackSummary[], { json }: StatusOptions, { terminal }: CommandContext): void {
  if (json) return terminal.json({ stacks });
  for (const stack of stacks) for (const line of describeStack(stack)) terminal.data(line);
}

async function readSummaries(
  context: CommandContext,
  { url, tokenFile, stack, config, data }: StatusOptions,
): Promise<readonly StackSummary[]> {
  const { env } = context;
  if (url !== undefined) return readStacks(await serverAccess(context, { url, tokenFile }), stack);
  const { configuration } = await readServerSettings({ config, data }, context);
  const isElsewhere = data === undefined && !existsSync(dataFolder(configuration.data).database);
  const remote = isElsewhere ? env['SLIPWAY_URL'] || (await currentServer(env))?.url : undefined;
  return remote === undefined
    ? readStoredStacks(configuration, stack)
    : readStacks(await serverAccess(context, { url: remote, tokenFile }), stack);
}
