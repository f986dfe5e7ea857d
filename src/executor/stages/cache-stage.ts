import { cachesToKeep, keepCaches } from '../caches/keep-caches.ts';
import type { CacheSetting } from '../caches/job-cache.ts';
import { restoreCaches } from '../caches/restore-caches.ts';
import { secretsOf } from '../job-secrets.ts';
import { pathIn } from '../workspace/workspace.ts';
import { expandIn, type JobContext } from './job-context.ts';
import { listUntracked } from './untracked-files.ts';

/** Lays into the project what earlier jobs have saved. */
export async function restoreCacheStage(context: JobContext): Promise<void> {
  const { caches, job, workspace, exchange } = context;
  const { incoming } = workspace;
  if (caches === undefined || incoming === undefined || job.cache.length === 0) return;
  const setting = settingOf(context, caches.scope);
  await exchange.log.section('restore_cache', 'Restoring cache', () =>
    restoreCaches(job.cache, { caches: caches.folder, project: incoming, setting }),
  );
}

/** Saves what the job left for later ones. */
export async function archiveCacheStage(context: JobContext, isSuccess: boolean): Promise<void> {
  const { caches, job, workspace, exchange } = context;
  if (caches === undefined || workspace.incoming === undefined || job.cache.length === 0) return;
  const setting = settingOf(context, caches.scope);
  const list = cachesToKeep(job.cache, isSuccess, setting);
  if (list.length === 0) return;
  const name = isSuccess ? 'archive_cache' : 'archive_cache_on_failure';
  await exchange.log.section(name, `Saving cache for ${isSuccess ? 'successful' : 'failed'} job`, async () => {
    const untracked = list.some((cache) => cache.untracked === true) ? await listUntracked(context) : [];
    const project = await workspace.readable([...list.flatMap(({ paths }) => paths.map(setting.expand)), ...untracked]);
    await keepCaches(list, { caches: caches.folder, project, untracked, setting, secrets: secretsOf(job) });
  });
}

function settingOf(context: JobContext, scope: string): CacheSetting {
  const { exchange, clock, maxBytes, workspace } = context;
  const expand = expandIn(context);
  return {
    scope,
    expand: (text) => pathIn(workspace.project, expand(text)),
    print: (line) => exchange.log.print(line),
    now: clock.now(),
    maxBytes,
  };
}
