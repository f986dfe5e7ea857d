import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { messageOf, packageRoot, systemClock } from '../../kit/index.ts';
import type { Logger } from '../../kit/index.ts';
import {
  JobReaper,
  Coordinator,
  RunnerRoll,
  Schedules,
  createIdTokenIssuer,
  createTokens,
  dataFolder,
  endStuckJobs,
  recover,
  sweepArtifacts,
} from '../../coordinator/index.ts';
import type { CoordinatorContext, DataFolder, ServerSettings, Stack } from '../../coordinator/index.ts';
import { WorkFolder } from '../../image/index.ts';
import { createApp } from '../app.ts';
import { findInArchive, readArchiveFile } from '../runner-api/artifact-archive.ts';
import { listen } from '../listen.ts';
import type { Listener } from '../listen.ts';
import {
  Database,
  createFeed,
  createJourneyLedger,
  createPipelineLedger,
  createRunnerLedger,
  lockDataFolder,
  raiseNumbers,
} from '../../store/index.ts';
import { fileJournal, reapLeftovers, sandboxAvailable, writeLauncher } from '../../executor/index.ts';
import type { Runner } from '../../executor/index.ts';
import { imageTargets, registryLogins } from './image-targets.ts';
import { identityKey } from './identity-key.ts';
import { serverSecret } from './server-secret.ts';
import { linkNotary } from '../notary/notary-link.ts';
import type { NotaryLink } from '../notary/notary-link.ts';
import { openStack } from './open-stack.ts';
import { Poller } from './poller.ts';
import { embeddedRunner, knownRunners } from './runners.ts';
import type { ConfiguredRunner } from './runners.ts';
import { sandboxPlaces } from './sandbox-folders.ts';
import { spackCaches } from './spack-caches.ts';
import { usedNumbers } from './used-numbers.ts';

const REAP_INTERVAL_MS = 30_000;
const SWEEP_INTERVAL_MS = 3600_000;

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
  /** Looks at a stack's remote now. */
  wake(stack: string): boolean;
  /** Asks the notary for its keys now. */
  refreshKeys(): Promise<void>;
  /** Ends jobs, frees the port and closes the database. What was under way goes on at the next start. */
  stop(): Promise<void>;
}

/** Opens the data folder, takes up where the last server stood, and serves. */
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
  const { folder, closing, stop } = opening;
  await rm(folder.temporary, { recursive: true, force: true });
  await mkdir(folder.temporary, { recursive: true });
  const journal = fileJournal(join(folder.runner, 'journal'));
  await reapLeftovers(journal);
  const database = new Database(folder.database);
  closing.push(() => database.close());
  const notary = await linkNotary({ ...options, folder });
  closing.push(() => notary.close());
  let listener: Listener | undefined;
  const hasSandbox = await sandboxAvailable();
  const tokens = createTokens(await serverSecret(folder.keys));
  const runners = await knownRunners(options.settings, tokens, hasSandbox);
  const context = await createContext(options, {
    tokens,
    runners,
    folder,
    database,
    notary,
    url: () => listener?.url ?? '',
  });
  const coordinator = new Coordinator(context);
  closing.push(() => coordinator.settle());
  if (!hasSandbox)
    options.log.warn(
      'no sandbox is available: jobs can read what the server can read, and forks are held; see `slipway doctor`',
    );
  const poller = new Poller(coordinator);
  const reaper = new JobReaper(coordinator);
  const app = createApp(coordinator, {
    feed: createFeed(database),
    page: join(packageRoot(), 'dist', 'web'),
    wake: (stack) => poller.wake(stack),
    look: (stack) => poller.look(stack),
    heard: (run) => reaper.heard(run),
    path: options.env.PATH,
  });
  const { listen: address, tls } = options.settings.configuration;
  listener = await listen(app, {
    address,
    fd: options.socket,
    tls: tls && resolveTls(tls, options.settings.base),
  });
  closing.push(() => listener?.close());
  await recover(coordinator, new Set(runners.filter(({ embedded }) => embedded).map(({ name }) => name)));
  await startRunners(options, {
    coordinator,
    folder,
    closing,
    runners,
    journal,
    url: listener.url,
    fetch: async (request) => app.fetch(request),
  });
  poller.start();
  closing.push(() => poller.stop());
  const schedules = new Schedules(coordinator, { look: (stack) => poller.look(stack) });
  schedules.start();
  const reaping = setInterval(() => {
    reaper.reap();
    endStuckJobs(coordinator);
  }, REAP_INTERVAL_MS);
  closing.push(() => clearInterval(reaping));
  closing.push(startSweeping(context));
  closing.push(() => schedules.stop());
  return {
    url: context.baseUrl(),
    coordinator,
    folder,
    wake: (stack) => poller.wake(stack),
    refreshKeys: () => notary.keys.refresh(),
    stop,
  };
}

/** Takes expired artifacts and unused layers away, now and every hour; gives how to stop, which waits for what is under way. */
function startSweeping(context: CoordinatorContext): () => Promise<void> {
  const sweep = async (): Promise<void> => {
    await sweepArtifacts(context).catch((error: unknown) =>
      context.log.error({ error: messageOf(error) }, 'expired artifacts cannot be taken away'),
    );
    const { imageWorkBytes: bytes, imageWorkAge: age } = context.configuration.limits;
    await context.imageWork
      .sweep({ bytes, age })
      .catch((error: unknown) =>
        context.log.error({ error: messageOf(error) }, 'unused layers of images cannot be taken away'),
      );
  };
  let last = sweep();
  const timer = setInterval(() => (last = last.then(sweep)), SWEEP_INTERVAL_MS);
  return async () => {
    clearInterval(timer);
    await last;
  };
}

async function createContext(
  options: ServerOptions,
  parts: {
    readonly tokens: CoordinatorContext['tokens'];
    readonly runners: readonly ConfiguredRunner[];
    readonly folder: DataFolder;
    readonly database: Database;
    readonly notary: NotaryLink;
    url(): string;
  },
): Promise<CoordinatorContext> {
  const { settings, log, env } = options;
  const { folder, database, tokens, runners } = parts;
  const journey = createJourneyLedger(database);
  const baseUrl = (): string => (settings.configuration.baseUrl ?? parts.url()).replace(/\/$/, '');
  const registryCredentials = registryLogins(settings, env);
  const stacks = new Map<string, Stack>();
  const stackParts = { settings, folder, journey, notary: parts.notary, log, clock: systemClock, path: env.PATH, env };
  for (const configuration of settings.configuration.stacks)
    stacks.set(configuration.name, await openStack(configuration, stackParts));
  raiseNumbers(
    database,
    await usedNumbers(folder, { stacks: [...stacks.keys()], desk: parts.notary.desk, path: env.PATH }),
  );
  return {
    configuration: settings.configuration,
    folder,
    clock: systemClock,
    log,
    pipelines: createPipelineLedger(database),
    journey,
    stacks,
    tokens,
    runners: new RunnerRoll(runners, systemClock, createRunnerLedger(database)),
    idTokens: createIdTokenIssuer(identityKey(folder.keys)),
    signing: parts.notary.keys,
    verifier: parts.notary.keys.verifier,
    takesUntrusted: runners.some(({ untrusted }) => untrusted),
    archives: {
      find: async (path, predicate) =>
        (await findInArchive(path, ({ name, kind }) => kind === 'file' && predicate(name)))?.name,
      read: (path, name, maxBytes) => readArchiveFile(path, name, { maxBytes }),
    },
    imageWork: new WorkFolder(folder.imageWork),
    imageTarget: imageTargets({ folder, baseUrl, registryCredentials }),
    registryCredentials,
    baseUrl,
    version: options.version,
    path: env.PATH,
  };
}

async function startRunners(
  options: ServerOptions,
  parts: {
    coordinator: Coordinator;
    folder: DataFolder;
    closing: Opening['closing'];
    runners: readonly ConfiguredRunner[];
    journal: ReturnType<typeof fileJournal>;
    url: string;
    fetch(request: Request): Promise<Response>;
  },
): Promise<void> {
  const bin = await writeLauncher(join(parts.folder.runner, 'bin'), {
    entry: options.entry,
    cache: join(parts.folder.runner, 'cache'),
  });
  const sandbox = await sandboxPlaces(options.settings, parts.folder, options.env);
  await Promise.all(sandbox.caches.map((cache) => mkdir(cache, { recursive: true }).catch(() => undefined)));
  if (sandbox.refused.length > 0)
    options.log.warn(
      { folders: sandbox.refused },
      'jobs in a sandbox do not see these folders, which are named by PATH or by variables of a stack',
    );
  const stopping = new AbortController();
  const { settings, env, log } = options;
  const folder = join(parts.folder.runner, 'spack');
  const prepare = spackCaches({ settings, folder, env, log, signal: stopping.signal });
  parts.closing.push(() => stopping.abort());
  for (const known of parts.runners.filter(({ embedded }) => embedded)) {
    const { logBytes } = settings.configuration.limits;
    const runner = embeddedRunner(known, { ...parts, sandbox: { ...sandbox, prepare }, bin, logBytes, env, log });
    parts.closing.push(parts.coordinator.jobs.onCancel((run) => void touch(runner, run, options.log)));
    await runner.start();
    parts.closing.push(async () => void (await runner.stop({ graceful: false })));
  }
}

/** A job that is canceled ends at once, and not only with its next line of log. */
async function touch(runner: Runner, run: string, log: Logger): Promise<void> {
  await runner
    .touch(Number(run))
    .catch((error: unknown) => log.warn({ run, error: messageOf(error) }, 'the runner was not reached'));
}

function resolveTls(tls: { certificate: string; key: string }, base: string): { certificate: string; key: string } {
  return { certificate: resolve(base, tls.certificate), key: resolve(base, tls.key) };
}
