import { once } from 'node:events';
import manifest from '../../../package.json' with { type: 'json' };
import { LONGEST_WAIT, programEntry, systemClock, type Logger, secretSources } from '../../kit/index.ts';
import {
  LISTENING,
  REPLACE,
  STOP,
  SocketKeeper,
  Start,
  bindSocket,
  inheritedSocket,
  openServer,
  separateUsers,
  splitUsers,
  type BoundSocket,
  type InheritedSocket,
  type RunningServer,
  type SeparateUsers,
} from '../../server/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { ExitStatus } from '../exit-status.ts';
import { forgetVariables } from '../forget-variables.ts';
import { withSpackForStacks } from '../installed-spack.ts';
import { createLogger, logLevelFor, logLevelOption } from '../logger.ts';
import { readNumber } from '../read-number.ts';
import { type ServerFlags, type ServerSettings } from '../../coordinator/index.ts';
import { interrupted } from '../interrupted.ts';
import { readServerSettings } from '../server-settings.ts';

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Serve stacks: watch their remotes, run pipelines, keep mirrors, publish images.')
    .option('-c, --config <file>', 'configuration (default: slipway.server.yaml, or SLIPWAY_CONFIG)')
    .option('--data <folder>', 'folder for everything that the server keeps')
    .option('--listen <address>', 'address and port to listen on; port 0 takes a free one')
    .option('--base-url <url>', 'URL by which jobs and people reach the server')
    .option(
      '--drain',
      'at SIGTERM or Ctrl-C, assign no more jobs, and stop when the running ones have ended; a second signal stops at once',
    )
    .option('--drain-timeout <seconds>', 'drain for so long at most; jobs that still run start again later', readNumber)
    .addOption(logLevelOption())
    .action(async (flags: ServeFlags) => {
      const socket = inheritedSocket(context.env, { pid: process.pid, hasChannel: process.send !== undefined });
      const load = async () => withSpackForStacks(await readServerSettings(flags, context), context.env);
      const settings = await load();
      const users = await separateUsers(settings.configuration);
      forgetSecrets(settings);
      const parts = {
        settings,
        load,
        users,
        log: createLogger(flags.logLevel ?? logLevelFor(context.terminal.verbosity)),
      };
      const kept = socket === undefined ? await bind(settings, users) : users && heldBySystemd(socket);
      if (kept !== undefined) return keep(context, { ...parts, socket: kept });
      const { drainTimeout, drain = drainTimeout !== undefined } = flags;
      await serve(context, { ...parts, socket, drainMs: drain ? drainTime(drainTimeout) : undefined });
    });
};

/** This command has a copy of the environment. */
function forgetSecrets({ configuration }: ServerSettings): void {
  const secrets = new Set([...secretSources(configuration, 'env'), 'SPACK_SIGNING_KEY', 'COSIGN_PASSWORD']);
  forgetVariables((name) => secrets.has(name));
}

type ServeFlags = ServerFlags & {
  readonly logLevel?: string;
  readonly drain?: true;
  readonly drainTimeout?: number;
};

/** Returns milliseconds. */
function drainTime(seconds = Number.POSITIVE_INFINITY): number {
  return Math.min(seconds * 1000, LONGEST_WAIT);
}

/**
 * Returns undefined if the address cannot be bound: the server reports why, after checking its data folder. As root it
 * must not open that folder, and the error is thrown here.
 */
async function bind(
  { configuration }: ServerSettings,
  users: SeparateUsers | undefined,
): Promise<BoundSocket | undefined> {
  try {
    return await bindSocket(configuration.listen);
  } catch (error) {
    if (users === undefined) return undefined;
    throw error;
  }
}

function heldBySystemd({ fd }: InheritedSocket): BoundSocket {
  return { fd, close: () => undefined };
}

interface Keeping {
  readonly socket: BoundSocket;
  readonly settings: ServerSettings;
  readonly users: SeparateUsers | undefined;
  readonly log: Logger;
  load(): Promise<ServerSettings>;
}

async function keep(context: CommandContext, parts: Keeping): Promise<void> {
  const { settings, users, log, load } = parts;
  const { LISTEN_PID: _, ...env } = context.env;
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const standard = { socket: parts.socket, command, log, signal: context.signal, clock: systemClock };
  const split = users && (await splitUsers({ settings, users, env, log }));
  if (context.signal.aborted) return split?.stop();
  const prepare = async () => {
    const next = await load();
    await split?.prepare(next);
  };
  const keeper = new SocketKeeper({ ...standard, env, start: {}, prepare, ...split?.options });
  // At a terminal the signal means that the terminal was closed, and the server ends.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => void keeper.replace());
  const status = await keeper.run().finally(() => split?.stop());
  parts.socket.close();
  if (status !== 0) throw new ExitStatus(status);
}

interface Serving {
  readonly settings: ServerSettings;
  readonly log: Logger;
  readonly socket: InheritedSocket | undefined;
  /** Milliseconds that a signal waits for running jobs at most; undefined if it ends them at once. */
  readonly drainMs: number | undefined;
}

async function serve(context: CommandContext, { settings, log, socket, drainMs }: Serving): Promise<void> {
  const parent = socket?.isKept === true ? followParent() : undefined;
  const { LISTEN_FDS: _, LISTEN_PID: __, ...env } = context.env;
  const parts = { version: manifest.version, entry: programEntry(), keptNotary: (await parent?.start)?.notary };
  const server = await openServer({ settings, env, log, ...parts, socket: socket?.fd });
  context.terminal.data(`listening on ${server.url}`);
  if (socket?.isKept === true) process.send?.(LISTENING);
  const stop = AbortSignal.any([context.signal, ...(parent === undefined ? [] : [parent.stop])]);
  await interrupted(stop);
  if (drainMs !== undefined && stop.reason !== REPLACE) await waitForJobs(context, server, drainMs);
  context.terminal.note('Stopping: what was under way goes on at the next start.');
  await server.stop();
}

/** Assigns no more jobs, and returns when the running ones have ended, or after the time. */
async function waitForJobs({ terminal }: CommandContext, server: RunningServer, milliseconds: number): Promise<void> {
  const { length } = server.coordinator.context.drain.jobs();
  terminal.note(`Draining: no more jobs are assigned, and ${length === 1 ? 'one still runs' : `${length} still run`}.`);
  await server.drain(AbortSignal.timeout(milliseconds));
}

/**
 * Follows the parent: `start` resolves with its first message, and `stop` is aborted when it requests the end of the
 * server. If the parent is killed, the server ends too, as if they were one process.
 */
function followParent(): { readonly start: Promise<Start>; readonly stop: AbortSignal } {
  const stop = new AbortController();
  const start = once(process, 'message').then(([message]) => {
    // Until then it keeps the process running.
    process.channel?.unref();
    return Start.parse(message);
  });
  process.on('message', (message) => {
    if (message === STOP || message === REPLACE) stop.abort(message);
  });
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  return { start, stop: stop.signal };
}
