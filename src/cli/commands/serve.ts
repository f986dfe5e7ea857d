import manifest from '../../../package.json' with { type: 'json' };
import { createLogger } from '../logger.ts';
import type { CommandModule } from '../command.ts';
import { programEntry } from '../package-root.ts';
import { openServer } from '../server/open-server.ts';
import { loadServerSettings } from '../server/settings.ts';
import type { ServerFlags } from '../server/settings.ts';
import { interrupted } from '../interrupted.ts';

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Serve stacks: watch their remotes, run pipelines, keep mirrors, publish images.')
    .option('-c, --config <file>', 'configuration (default: slipway.server.yaml, or SLIPWAY_CONFIG)')
    .option('--data <folder>', 'folder for everything that the server keeps')
    .option('--listen <address>', 'address and port to listen on; port 0 takes a free one')
    .option('--base-url <url>', 'URL by which jobs and people reach the server')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .action(async (flags: ServerFlags & { logLevel: string }) => {
      const settings = await loadServerSettings(flags, context.env, context.cwd);
      const log = createLogger(flags.logLevel);
      const server = await openServer({
        settings,
        env: context.env,
        log,
        version: manifest.version,
        entry: programEntry(),
      });
      context.terminal.data(`listening on ${server.url}`);
      await interrupted(context.signal);
      context.terminal.note('Stopping: what was under way goes on at the next start.');
      await server.stop();
    });
};
