import { explain } from '../job-outcome.ts';
import { extractArchive } from '../artifacts/extract-archive.ts';
import { yellow } from '../section.ts';
import type { CacheFolder } from './cache-folder.ts';
import type { CacheSetting, CacheWish } from './job-cache.ts';

/** Lays the caches that there are into a project. A job has to do without, so nothing that is wrong with one fails it. */
export async function restoreCaches(
  wishes: readonly CacheWish[],
  { caches, project, setting }: { caches: CacheFolder; project: string; setting: CacheSetting },
): Promise<void> {
  for (const wish of wishes) {
    if (setting.expand(wish.policy) === 'push') continue;
    await restoreFirst(keysOf(wish, setting), { caches, project, setting });
  }
}

export function keysOf({ key, fallbackKeys }: CacheWish, { expand }: Pick<CacheSetting, 'expand'>): readonly string[] {
  return [key, ...fallbackKeys].map(expand);
}

async function restoreFirst(
  keys: readonly string[],
  { caches, project, setting }: { caches: CacheFolder; project: string; setting: CacheSetting },
): Promise<void> {
  const { say, now, maxBytes, place } = setting;
  for (const key of keys) {
    say(`Checking cache for ${key}...`);
    const archive = await caches.find({ place, key }, now);
    if (archive === undefined) continue;
    try {
      await extractArchive(archive, project, { job: `cache ${key}`, maxBytes });
      return say('Successfully extracted cache');
    } catch (error) {
      say(yellow(`WARNING: the cache is broken and was removed: ${explain(error)}`));
      await caches.forget({ place, key });
    }
  }
  say('No cache found');
}
