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
  type ServerSettings,
} from '../../coordinator/index.ts';
import { fileJournal, reapLeftovers, sandboxAvailable } from '../../executor/index.ts';
import { packageRoot, type Logger } from '../../kit/index.ts';
import { Database, createFeed, lockDataFolder } from '../../store/index.ts';
import { createApp } from '../app.ts';
import { listen, type Listener } from '../listen.ts';
import { linkNotary } from '../notary/notary-link.ts';
import { startReaping, startSweeping } from './background-work.ts';
import { createContext } from './coordinator-context.ts';
import { Poller } from './poller.ts';
import { knownRunners } from './runners.ts';
import { serverSecret } from './server-secret.ts';
import { startRunners } from './start-runners.ts';

interface ServerOptions {
  readonly settings: ServerSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly version: string;
  /** Descriptor of a bound socket to listen on; without it the configured address is bound. */
  readonly socket?: number;
  /** The program itself, so that jobs find `slipway`: the script that node runs. */
  readonly entry: string;
}

export interface RunningServer {
  readonly url: string;
  readonly coordinator: Coordinator;
  readonly folder: DataFolder;
  /** Polls a stack's remote now. */
  wake(stack: string): boolean;
  /** Reads the keys of the notary again. */
  refreshKeys(): Promise<void>;
  /** Ends jobs, frees the port and closes the database. Unfinished work continues at the next start. */
  stop(): Promise<void>;
}

/** Opens the data folder, continues what the last server left, and serves. */
export async function openServer(options: ServerOptions): Promise<RunningServer> {
  const { settings, log } = options;
  const folder = dataFolder(settings.configuration.data);
  const lock = lockDataFolder(folder.root);
  const closing: (() => Promise<void> | void)[] = [() => lock.release()];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) await close();
  };
  try {
    return await open(options, { folder, closing, stop });
  } catch (error) {
    await stop();
    log.debug('the server did not start');
    throw error;
  }
}

interface Opening {
  readonly folder: DataFolder;
  /** What to close, in the order in which it was opened. */
  readonly closing: (() => Promise<void> | void)[];
  stop(): Promise<void>;
}

async function open(options: ServerOptions, opening: Opening): Promise<RunningServer> {
  const parts = await openParts(options, opening);
  const { folder, closing, stop } = opening;
  const { coordinator, poller, runners, notary, app, listener } = parts;
  await recover(coordinator, new Set(runners.filter(({ embedded }) => embedded).map(({ name }) => name)));
  const fetch = async (request: Request) => app.fetch(request);
  await startRunners(options, { ...parts, folder, closing, url: listener.url, fetch });
  poller.start();
  closing.push(() => poller.stop());
  const schedules = new Schedules(coordinator, (stack) => poller.look(stack));
  schedules.start();
  closing.push(startReaping(coordinator, parts.reaper));
  closing.push(startSweeping(coordinator.context));
  closing.push(() => schedules.stop());
  return {
    url: coordinator.context.baseUrl(),
    coordinator,
    folder,
    wake: (stack) => poller.wake(stack),
    refreshKeys: () => notary.keys.refresh(),
    stop,
  };
}

/** Opens everything that the server works with, and listens; nothing runs yet. */
async function openParts(options: ServerOptions, { folder, closing }: Opening) {
  const { settings, env, log, socket } = options;
  await rm(folder.temporary, { recursive: true, force: true });
  await mkdir(folder.temporary, { recursive: true });
  const journal = fileJournal(join(folder.runner, 'journal'));
  await reapLeftovers(journal);
  const database = new Database(folder.database);
  closing.push(() => database.close());
  const notary = await linkNotary({ ...options, folder });
  closing.push(() => notary.close());
  let listener: Listener | undefined;
  const url = () => listener?.url ?? '';
  const hasSandbox = await sandboxAvailable();
  const tokens = createTokens(await serverSecret(folder.keys));
  const runners = await knownRunners(settings, tokens, hasSandbox);
  const coordinator = new Coordinator(await createContext(options, { tokens, runners, folder, database, notary, url }));
  closing.push(() => coordinator.settle());
  if (!hasSandbox)
    log.warn(
      'no sandbox is available: jobs can read what the server can read, and forks are held; see `slipway doctor`',
    );
  const poller = new Poller(coordinator);
  const reaper = new JobReaper(coordinator);
  const app = createApp(coordinator, {
    feed: createFeed(database),
    page: join(packageRoot(), 'dist', 'web'),
    wake: (stack) => poller.wake(stack),
    look: (stack) => poller.look(stack),
    onContact: (run) => reaper.contacted(run),
    path: env.PATH,
  });
  const { listen: address, tls } = settings.configuration;
  listener = await listen(app, { address, fd: socket, tls, base: settings.base });
  closing.push(() => listener?.close());
  return { journal, notary, runners, coordinator, poller, reaper, app, listener };
}
