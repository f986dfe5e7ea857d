import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import type { Coordinator } from '../../coordinator/index.ts';
import { Jobserver, writeLauncher, type FoundRuntime, type Journal, type Runner } from '../../executor/index.ts';
import { messageOf, type Logger } from '../../kit/index.ts';
import { serverNetwork } from '../egress/server-network.ts';
import { writeSshConnector } from '../egress/ssh-connector.ts';
import { embeddedRunner, type ConfiguredRunner } from './runners.ts';
import type { ServerParts } from './server-parts.ts';
import { sandboxFolders } from './sandbox-folders.ts';
import { spackCaches } from './spack-caches.ts';

interface RunnerParts {
  readonly coordinator: Coordinator;
  /** Receives the functions that stop the runners. */
  readonly closing: (() => Promise<void> | void)[];
  readonly runners: readonly ConfiguredRunner[];
  readonly runtime: FoundRuntime | undefined;
  readonly journal: Journal;
  readonly url: string;
  readonly app: Hono;
}

/** Starts the embedded runners of the configuration. */
export async function startRunners(server: ServerParts, parts: RunnerParts): Promise<void> {
  const { settings, folder, env, log, entry } = server;
  const { runner: home } = folder;
  const bin = await writeLauncher(join(home, 'bin'), { entry, cache: join(home, 'cache') });
  await writeSshConnector(bin);
  const sandbox = await sandboxFolders(settings, folder, env);
  await Promise.all(sandbox.caches.map((cache) => mkdir(cache, { recursive: true }).catch(() => undefined)));
  if (sandbox.refused.length > 0)
    log.warn(
      { folders: sandbox.refused },
      'jobs in a sandbox do not see these folders, which are named by PATH or by variables of a stack',
    );
  const stopping = new AbortController();
  const { stacks } = settings.configuration;
  const prepare = spackCaches({ stacks, folder: join(home, 'spack'), env, log, signal: stopping.signal });
  parts.closing.push(() => stopping.abort());
  const { logBytes } = settings.configuration.limits;
  const { app, coordinator } = parts;
  const network = serverNetwork({
    settings,
    url: coordinator.context.baseUrl(),
    fetch: app.fetch,
    log,
    env,
    audit: (entry) => server.audit.record(entry),
  });
  const fetch = async (request: Request) => app.fetch(request);
  const jobserver = new Jobserver({ tokens: availableParallelism() });
  for (const known of parts.runners.filter(({ embedded }) => embedded)) {
    const shared = {
      ...parts,
      fetch,
      network,
      jobserver,
      folder,
      sandbox: { ...sandbox, prepare },
      bin,
      logBytes,
      env,
      log,
    };
    const runner = embeddedRunner(known, shared);
    parts.closing.push(parts.coordinator.jobs.onCancel((run) => void touch(runner, run, log)));
    await runner.start();
    parts.closing.push(async () => void (await runner.stop({ graceful: false })));
  }
}

/** Makes a runner check its job now, so that a canceled job ends at once and not with its next line of log. */
async function touch(runner: Runner, run: string, log: Logger): Promise<void> {
  await runner
    .touch(Number(run))
    .catch((error: unknown) => log.warn({ run, error: messageOf(error) }, 'the runner could not be reached'));
}
