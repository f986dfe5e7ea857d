import manifest from '../../../package.json' with { type: 'json' };
import { programEntry, systemClock, type Logger } from '../../kit/index.ts';
import {
  LISTENING,
  STOP,
  SocketKeeper,
  bindSocket,
  inheritedSocket,
  openServer,
  type BoundSocket,
  type InheritedSocket,
  type KeeperOptions,
} from '../../server/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { ExitStatus } from '../exit-status.ts';
import { forgetVariables } from '../forget-variables.ts';
import { createLogger } from '../logger.ts';
import { loadServerSettings, secretSources, type ServerFlags, type ServerSettings } from '../../coordinator/index.ts';
import { interrupted } from '../interrupted.ts';

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Serve stacks: watch their remotes, run pipelines, keep mirrors, publish images.')
    .option('-c, --config <file>', 'configuration (default: slipway.server.yaml, or SLIPWAY_CONFIG)')
    .option('--data <folder>', 'folder for everything that the server keeps')
    .option('--listen <address>', 'address and port to listen on; port 0 takes a free one')
    .option('--base-url <url>', 'URL by which jobs and people reach the server')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .action(async (flags: ServeFlags) => {
      const socket = inheritedSocket(context.env, { pid: process.pid, hasChannel: process.send !== undefined });
      const load = () => loadServerSettings(flags, context.env, context.cwd);
      const settings = await load();
      forgetSecrets(settings);
      const kept = socket === undefined ? await bind(settings) : undefined;
      if (kept !== undefined) return keep(context, { socket: kept, check: load, log: createLogger(flags.logLevel) });
      await serve(context, { settings, log: createLogger(flags.logLevel), socket });
    });
};

/** This command has a copy of the environment. */
function forgetSecrets({ configuration }: ServerSettings): void {
  const secrets = new Set([...secretSources(configuration, 'env'), 'SPACK_SIGNING_KEY', 'COSIGN_PASSWORD']);
  forgetVariables((name) => secrets.has(name));
}

type ServeFlags = ServerFlags & { readonly logLevel: string };

/**
 * Returns undefined if the address cannot be bound: the server reports why, after checking its data folder.
 */
function bind({ configuration }: ServerSettings): Promise<BoundSocket | undefined> {
  return bindSocket(configuration.listen).catch(() => undefined);
}

async function keep(context: CommandContext, parts: Pick<KeeperOptions, 'socket' | 'check' | 'log'>): Promise<void> {
  const { LISTEN_PID: _, ...env } = context.env;
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const keeper = new SocketKeeper({ ...parts, command, env, signal: context.signal, clock: systemClock });
  // At a terminal the signal means that the terminal was closed, and the server ends.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => void keeper.replace());
  const status = await keeper.run();
  parts.socket.close();
  if (status !== 0) throw new ExitStatus(status);
}

interface Serving {
  readonly settings: ServerSettings;
  readonly log: Logger;
  readonly socket: InheritedSocket | undefined;
}

async function serve(context: CommandContext, { settings, log, socket }: Serving): Promise<void> {
  const stop = socket?.isKept === true ? followParent() : context.signal;
  const { LISTEN_FDS: _, LISTEN_PID: __, ...env } = context.env;
  const parts = { version: manifest.version, entry: programEntry() };
  const server = await openServer({ settings, env, log, ...parts, socket: socket?.fd });
  context.terminal.data(`listening on ${server.url}`);
  if (socket?.isKept === true) process.send?.(LISTENING);
  await interrupted(AbortSignal.any([context.signal, stop]));
  context.terminal.note('Stopping: what was under way goes on at the next start.');
  await server.stop();
}

/**
 * Aborted when the parent requests the end of the server. If the parent is killed, the server ends too, as if they were
 * one process.
 */
function followParent(): AbortSignal {
  const stop = new AbortController();
  process.on('message', (message) => {
    if (message === STOP) stop.abort();
  });
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel?.unref();
  return stop.signal;
}
