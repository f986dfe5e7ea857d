import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  JobReaper,
  Coordinator,
  Schedules,
  createTokens,
  dataFolder,
  recover,
  type DataFolder,
} from '../../coordinator/index.ts';
import { fileJournal, findRuntime, findSandbox, reapLeftovers } from '../../executor/index.ts';
import { packageRoot, systemClock, type Clock } from '../../kit/index.ts';
import {
  Database,
  createFeed,
  createForgeLedger,
  createNotificationLedger,
  lockDataFolder,
} from '../../store/index.ts';
import { createApp } from '../app.ts';
import { listen, type Listener } from '../listen.ts';
import type { NotaryAddress } from '../socket-keeper.ts';
import { startNotifications } from '../notifications/notifications.ts';
import { auditedSigning } from '../notary/audited-signing.ts';
import { linkNotary } from '../notary/notary-link.ts';
import { startReaping, startSweeping, watchHeldForks } from './background-work.ts';
import { openAccess, reportAccess } from './open-access.ts';
import { createContext } from './coordinator-context.ts';
import { Poller } from './poller.ts';
import { knownRunners, usesContainers } from './runners.ts';
import { serverSecret } from './server-keys.ts';
import { openServerAudit, recordStart, recordStop } from './server-audit.ts';
import type { ServerParts } from './server-parts.ts';
import { withSpackMirrors } from './spack-mirror.ts';
import { startRunners } from './start-runners.ts';

interface ServerOptions extends Omit<ServerParts, 'folder' | 'audit' | 'clock'> {
  /** Default: the clock of the system. */
  readonly clock?: Clock;
  /** Descriptor of a bound socket to listen on; without it the configured address is bound. */
  readonly socket?: number;
  /** A notary that the parent process keeps running, as a user of its own with the group of this process. */
  readonly keptNotary?: NotaryAddress | undefined;
}

export interface RunningServer {
  readonly url: string;
  readonly coordinator: Coordinator;
  readonly folder: DataFolder;
  /** Polls a stack's remote soon. */
  wake(stack: string): boolean;
  /** Reads the keys of the notary again. */
  refreshKeys(): Promise<void>;
  /**
   * Gives runners no more jobs, and returns when they have none and know that their reports have come, or when the signal
   * is aborted. The server still answers until it is stopped.
   */
  drain(signal: AbortSignal): Promise<void>;
  /** Ends jobs, frees the port and closes the database. Unfinished work continues at the next start. */
  stop(): Promise<void>;
}

type Close = () => Promise<void> | void;

/** Opens the data folder, continues the work of the last server, and serves. */
export async function openServer(options: ServerOptions): Promise<RunningServer> {
  const folder = dataFolder(options.settings.configuration.data);
  // The notary reads the mirrors in it by its group.
  const lock = lockDataFolder(folder.root, options.keptNotary === undefined ? undefined : 0o710);
  // In the order of opening; closed in reverse order.
  const closing: Close[] = [() => lock.release()];
  const { audit, settings } = openServerAudit({ ...options, folder });
  closing.push(() => audit.close());
  const stop = async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  };
  try {
    return {
      ...(await open({ ...options, clock: options.clock ?? systemClock, settings, folder, audit }, closing)),
      stop,
    };
  } catch (error) {
    recordStart(audit, options, error);
    await stop();
    options.log.debug('the server did not start');
    throw error;
  }
}

async function open(
  { socket, ...parts }: ServerParts & Pick<ServerOptions, 'socket' | 'keptNotary'>,
  closing: Close[],
): Promise<Omit<RunningServer, 'stop'>> {
  const { folder, env, log, audit } = parts;
  await rm(folder.temporary, { recursive: true, force: true });
  await mkdir(folder.temporary, { recursive: true });
  const journal = fileJournal(join(folder.runner, 'journal'));
  await reapLeftovers(journal, { runtime: () => findRuntime(env), env });
  const database = new Database(folder.database);
  closing.push(() => database.close());
  const ledger = createForgeLedger(database);
  const notifications = createNotificationLedger(database);
  const settings = await withSpackMirrors({ ...parts, ledger });
  const server = { ...parts, settings };
  const link = await linkNotary(server);
  const notary = { ...link, signing: auditedSigning(link.signing, audit) };
  closing.push(() => notary.close());
  let listener: Listener | undefined;
  const url = () => listener?.url ?? '';
  const secret = await serverSecret(folder.keys);
  audit.hide([secret]);
  const tokens = createTokens(secret);
  const runners = await knownRunners(settings, tokens, await findSandbox());
  const runtime = runners.some(usesContainers) ? await findRuntime(env) : undefined;
  const coordinator = new Coordinator(await createContext(server, { tokens, runners, database, ledger, notary, url }));
  closing.push(() => coordinator.settle());
  for (const { name: runner, obstacle } of runners)
    if (obstacle !== undefined)
      log.warn(
        { runner, obstacle },
        'the runner accepts no jobs; set `sandbox: never` to run trusted jobs without a sandbox',
      );
  const poller = new Poller(coordinator);
  const reaper = new JobReaper(coordinator);
  const feed = createFeed(database);
  const access = await openAccess(settings, coordinator.context, database);
  const app = createApp(coordinator, {
    access,
    feed,
    notifications,
    page: join(packageRoot(), 'dist', 'web'),
    documentation: join(packageRoot(), 'dist', 'docs'),
    wake: (stack) => poller.wake(stack),
    poll: (stack) => poller.poll(stack),
    onContact: (run) => reaper.contacted(run),
    path: env.PATH,
  });
  const { listen: address, tls } = settings.configuration;
  listener = await listen(app, { address, fd: socket, tls, base: settings.base });
  closing.push(() => listener?.close());
  recordStart(audit, server);
  closing.splice(2, 0, () => recordStop(audit));
  reportAccess(coordinator.context, access, listener);
  closing.push(await startNotifications(server, { context: coordinator.context, ledger: notifications, feed }));
  // Nothing ran so far.
  await recover(coordinator, new Set(runners.filter(({ embedded }) => embedded).map(({ name }) => name)));
  await startRunners(server, { coordinator, closing, runners, runtime, journal, url: url(), app });
  poller.start();
  closing.push(() => poller.stop());
  const schedules = new Schedules(coordinator, (stack) => poller.poll(stack));
  schedules.start();
  closing.push(startReaping(coordinator, reaper, (stack) => poller.wake(stack)));
  closing.push(watchHeldForks(coordinator.context, (stack) => poller.wake(stack)));
  closing.push(startSweeping(coordinator.context));
  closing.push(() => schedules.stop());
  return {
    url: coordinator.context.baseUrl(),
    coordinator,
    folder,
    drain: async (signal) => {
      await coordinator.context.drain.run(signal);
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      if (!signal.aborted) await Promise.race([listener?.answered(), aborted]);
    },
    wake: (stack) => poller.wake(stack),
    refreshKeys: () => notary.keys.refresh(),
  };
}
