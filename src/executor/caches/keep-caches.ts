import { selectArtifactFiles } from '../artifacts/artifact-files.ts';
import { explain } from '../job-outcome.ts';
import { yellow } from '../section.ts';
import { zipFiles } from '../artifacts/zip-files.ts';
import type { CacheFolder } from './cache-folder.ts';
import type { CacheSetting, CacheWish } from './job-cache.ts';
import { keysOf } from './restore-caches.ts';

export interface KeptFrom {
  readonly caches: CacheFolder;
  /** Folder with what the job left. */
  readonly project: string;
  /** What git does not track, if any cache asks for it. */
  readonly untracked: readonly string[];
  readonly setting: CacheSetting;
}

/** The caches that are to be kept after this outcome. */
export function cachesToKeep(
  wishes: readonly CacheWish[],
  isSuccess: boolean,
  { expand }: Pick<CacheSetting, 'expand'>,
): readonly CacheWish[] {
  return wishes.filter(
    ({ policy, when }) => expand(policy) !== 'pull' && (when === 'always' || (when === 'on_failure') !== isSuccess),
  );
}

/** Keeps what a job left under its keys. Nothing found leaves what was kept before; a failure is a warning. */
export async function keepCaches(wishes: readonly CacheWish[], from: KeptFrom): Promise<void> {
  for (const wish of wishes)
    await keep(wish, from).catch((error: unknown) =>
      from.setting.say(yellow(`WARNING: the cache is not kept: ${explain(error)}`)),
    );
}

async function keep(wish: CacheWish, { caches, project, untracked, setting }: KeptFrom): Promise<void> {
  const { say, expand, place } = setting;
  const [key = ''] = keysOf(wish, setting);
  say(`Creating cache ${key}...`);
  const { files, found, left } = await selectArtifactFiles(
    project,
    wish.paths.map(expand),
    wish.untracked ? { untracked } : {},
  );
  for (const { pattern, count } of found)
    say(
      count > 0
        ? `${pattern}: found ${count} matching files and directories`
        : yellow(`WARNING: ${pattern}: no matching files`),
    );
  for (const line of left) say(yellow(`WARNING: not kept: ${line}`));
  if (files.length === 0) return say('Nothing to keep');
  await caches.keep({ place, key }, (path) => zipFiles(project, files, path));
  say('Created cache');
}
