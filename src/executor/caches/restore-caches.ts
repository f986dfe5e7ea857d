import { explain } from '../job-outcome.ts';
import { extractArchive } from '../artifacts/extract-archive.ts';
import { yellow } from '../section.ts';
import type { CacheFolder } from './cache-folder.ts';
import type { JobCache } from '../../protocol/index.ts';
import type { CacheSetting } from './job-cache.ts';

/** Lays the caches that there are into a project. A job works without them, so a broken one does not fail it. */
export async function restoreCaches(
  list: readonly JobCache[],
  { caches, project, setting }: { caches: CacheFolder; project: string; setting: CacheSetting },
): Promise<void> {
  for (const cache of list) {
    if (setting.expand(cache.policy ?? '') === 'push') continue;
    await restoreFirst(keysOf(cache, setting), { caches, project, setting });
  }
}

export function keysOf(
  { key, fallback_keys: others }: JobCache,
  { expand }: Pick<CacheSetting, 'expand'>,
): readonly string[] {
  return [key, ...others].map(expand);
}

async function restoreFirst(
  keys: readonly string[],
  { caches, project, setting }: { caches: CacheFolder; project: string; setting: CacheSetting },
): Promise<void> {
  const { print, now, maxBytes, scope } = setting;
  for (const key of keys) {
    print(`Checking cache for ${key}...`);
    const archive = await caches.find({ scope, key }, now);
    if (archive === undefined) continue;
    try {
      await extractArchive(archive, project, { job: `cache ${key}`, maxBytes });
      return print('Successfully extracted cache');
    } catch (error) {
      print(yellow(`WARNING: the cache is broken and was removed: ${explain(error)}`));
      await caches.forget({ scope, key });
    }
  }
  print('No cache found');
}
