import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import {
  Jobserver,
  Runner,
  defaultLimits,
  fileJournal,
  findRuntime,
  findSandbox,
  namedPrograms,
  reapLeftovers,
  runnerError,
  verifyRunner,
  writeLauncher,
  type Elsewhere,
  type RunnerOptions,
  type SandboxMode,
  type SandboxSettings,
} from '../../executor/index.ts';
import { packageFolders, type Logger, type Secret } from '../../kit/index.ts';
import { lockDataFolder } from '../../store/index.ts';
import { spackCaches } from '../assembly/spack-caches.ts';
import { forwardRequests } from '../egress/forward-requests.ts';
import { serverNetwork } from '../egress/server-network.ts';
import { writeSshConnector } from '../egress/ssh-connector.ts';
import type { HostConfiguration } from './host-configuration.ts';
import { systemIdIn } from './system-id.ts';

interface RemoteRunnerOptions {
  /** URL by which jobs know the server. */
  readonly url: string;
  readonly token: Secret;
  /** File that the token was read from, which jobs do not see. */
  readonly tokenFile?: string;
  /** Jobs at once. */
  readonly concurrency: number;
  /** Folder for builds and caches, of this runner alone. */
  readonly data: string;
  readonly sandbox: SandboxMode;
  /** Runs scripts on other machines; without it this one does. */
  readonly elsewhere?: Elsewhere;
  readonly host: HostConfiguration;
  /** Variables of this process, of which jobs get PATH, USER, LANG and TZ. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  readonly version: string;
  /** Path of the program, which is the command `slipway` of jobs. */
  readonly entry: string;
}

/** A runner on this machine for a server elsewhere. */
interface RemoteRunner {
  /** Ids of the jobs that run now. */
  running(): readonly number[];
  /** Takes no more jobs, and returns when those that run have ended. */
  drain(): Promise<void>;
}

/**
 * Starts the embedded runner's executor for a server on another machine, to which it talks by GitLab's runner API. Jobs
 * run in the same sandbox, and reach the server through this process. The server may go away and come back meanwhile.
 * Throws RUNNER_TOKEN_REFUSED, RUNNER_NO_SANDBOX, and STORE_IN_USE for the data folder of another runner.
 */
export async function startRemoteRunner(options: RemoteRunnerOptions): Promise<RemoteRunner> {
  const { url, token, data, log, version, env, elsewhere } = options;
  await requireSandbox(options.sandbox);
  await mkdir(data, { recursive: true });
  const lock = lockDataFolder(data);
  try {
    const manager = { systemId: await systemIdIn(data), version };
    await verifyRunner({ fetch, baseUrl: url, token, manager }, log);
    const journal = fileJournal(join(data, 'journal'));
    await elsewhere?.reap();
    await reapLeftovers(journal, { runtime: () => findRuntime(env), env });
    const stopping = new AbortController();
    const { bin, sandbox } = await sandboxOf(options, stopping.signal);
    const runner = new Runner({
      fetch,
      baseUrl: url,
      token,
      manager,
      concurrency: options.concurrency,
      workFolder: join(data, 'builds'),
      journal,
      caches: { folder: join(data, 'caches') },
      log,
      base: env,
      path: bin,
      sandbox,
      network: networkOf(options),
      ...(elsewhere === undefined ? await hereOf(options) : { elsewhere }),
    });
    await runner.start();
    return {
      running: () => runner.running,
      drain: async () => {
        await runner.stop({ graceful: true });
        stopping.abort();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Jobs that name an image run in containers of this machine, unless its operator does without. */
async function hereOf({ host, env }: RemoteRunnerOptions): Promise<Pick<RunnerOptions, 'jobserver' | 'containers'>> {
  const { containers, pullPolicies } = host;
  const jobserver = new Jobserver({ tokens: availableParallelism() });
  if (containers === false) return { jobserver };
  return {
    jobserver,
    containers: { found: await findRuntime(env), env, isRequired: containers === true, pullPolicies },
  };
}

async function requireSandbox(mode: SandboxMode): Promise<void> {
  if (mode === 'never') return;
  const found = await findSandbox();
  if (found.mechanism === undefined) throw runnerError('RUNNER_NO_SANDBOX', found);
}

function networkOf({ url, host, log, env }: RemoteRunnerOptions): ReturnType<typeof serverNetwork> {
  const settings = { configuration: { network: host.network } };
  return serverNetwork({ settings, url, fetch: forwardRequests(url, log), log, env });
}

/** Jobs see neither the folder of other jobs nor the token. */
async function sandboxOf(
  { data, tokenFile, sandbox: mode, host, env, log, entry }: RemoteRunnerOptions,
  signal: AbortSignal,
): Promise<{ readonly bin: string; readonly sandbox: SandboxSettings }> {
  const cache = join(data, 'cache');
  const bin = await writeLauncher(join(data, 'bin'), { entry, cache });
  await writeSshConnector(bin);
  const writable = join(cache, 'protected');
  await mkdir(writable, { recursive: true });
  const hidden = [data, ...(tokenFile === undefined ? [] : [resolve(tokenFile)])];
  const found = await namedPrograms(env, { hidden });
  const prepare = spackCaches({ stacks: [], folder: join(data, 'spack'), env, log, signal });
  const sandbox = {
    mode,
    limits: { ...defaultLimits, ...host.limits },
    prepare,
    caches: [writable],
    hidden: [...hidden, ...found.hidden],
    readable: [...packageFolders(), process.execPath, bin, ...found.readable],
  };
  return { bin, sandbox };
}
