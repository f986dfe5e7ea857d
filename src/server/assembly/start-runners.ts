import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFolder, Coordinator, ServerSettings } from '../../coordinator/index.ts';
import { writeLauncher, type Journal, type Runner } from '../../executor/index.ts';
import { messageOf, type Logger } from '../../kit/index.ts';
import { embeddedRunner, type ConfiguredRunner } from './runners.ts';
import { sandboxFolders } from './sandbox-folders.ts';
import { spackCaches } from './spack-caches.ts';

interface RunnerOptions {
  readonly settings: ServerSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly entry: string;
}

interface RunnerParts {
  readonly coordinator: Coordinator;
  readonly folder: DataFolder;
  /** Gets what stops the runners. */
  readonly closing: (() => Promise<void> | void)[];
  readonly runners: readonly ConfiguredRunner[];
  readonly journal: Journal;
  readonly url: string;
  fetch(request: Request): Promise<Response>;
}

/** Starts the embedded runners of the configuration. */
export async function startRunners(options: RunnerOptions, parts: RunnerParts): Promise<void> {
  const bin = await writeLauncher(join(parts.folder.runner, 'bin'), {
    entry: options.entry,
    cache: join(parts.folder.runner, 'cache'),
  });
  const sandbox = await sandboxFolders(options.settings, parts.folder, options.env);
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

/** Has a runner look at its job now, so that a canceled job ends at once and not with its next line of log. */
async function touch(runner: Runner, run: string, log: Logger): Promise<void> {
  await runner
    .touch(Number(run))
    .catch((error: unknown) => log.warn({ run, error: messageOf(error) }, 'the runner was not reached'));
}
