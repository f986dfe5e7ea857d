import { cachesToKeep, keepCaches } from '../caches/keep-caches.ts';
import type { CacheSetting, CacheWish } from '../caches/job-cache.ts';
import { restoreCaches } from '../caches/restore-caches.ts';
import { either, section } from './stage-context.ts';
import type { StageContext } from './stage-context.ts';
import { listUntracked } from '../artifacts/untracked-files.ts';

/** Lays into the project what earlier jobs have kept. */
export async function restoreCacheStage(context: StageContext): Promise<void> {
  const { caches, project } = context;
  const wishes = wishesOf(context);
  if (caches === undefined || wishes.length === 0) return;
  await section(context, 'restore_cache', 'Restoring cache', () =>
    restoreCaches(wishes, { caches, project, setting: settingOf(context) }),
  );
}

/** Keeps what the job left for later ones. */
export async function archiveCacheStage(context: StageContext, isSuccess: boolean): Promise<void> {
  const { caches, project } = context;
  const setting = settingOf(context);
  const wishes = cachesToKeep(wishesOf(context), isSuccess, setting);
  if (caches === undefined || wishes.length === 0) return;
  const name = isSuccess ? 'archive_cache' : 'archive_cache_on_failure';
  await section(context, name, `Saving cache for ${isSuccess ? 'successful' : 'failed'} job`, async () => {
    const untracked = wishes.some((wish) => wish.untracked) ? await listUntracked(context, either(context)) : [];
    await keepCaches(wishes, { caches, project, untracked, setting });
  });
}

/** What belongs to one project is never another's. */
function wishesOf({ job }: StageContext): readonly CacheWish[] {
  return job.cache.map(({ key, fallback_keys: fallbackKeys, paths, untracked, policy, when }) => ({
    key,
    fallbackKeys,
    paths,
    untracked: untracked === true,
    policy: policy ?? 'pull-push',
    when: when === 'always' || when === 'on_failure' ? when : 'on_success',
  }));
}

function settingOf({ job, expand, say, clock, maxBytes }: StageContext): CacheSetting {
  return { expand, say, now: clock.now(), maxBytes, place: `project ${job.job_info.project_id}` };
}
