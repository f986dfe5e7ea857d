import type { NamedSecrets } from '../../kit/index.ts';
import { selectArtifactFiles } from '../artifacts/artifact-files.ts';
import { explain } from '../job-outcome.ts';
import { yellow } from '../section.ts';
import { zipFiles } from '../artifacts/zip-files.ts';
import type { CacheFolder } from './cache-folder.ts';
import type { JobCache } from '../../protocol/index.ts';
import type { CacheSetting } from './job-cache.ts';
import { keysOf } from './restore-caches.ts';

interface KeptFrom {
  readonly caches: CacheFolder;
  /** Folder with what the job left. */
  readonly project: string;
  /** What git does not track, if any cache asks for it. */
  readonly untracked: readonly string[];
  readonly setting: CacheSetting;
  /** Values that no file may contain. */
  readonly secrets: NamedSecrets;
}

/** The caches that are to be kept after this outcome. */
export function cachesToKeep(
  list: readonly JobCache[],
  isSuccess: boolean,
  { expand }: Pick<CacheSetting, 'expand'>,
): readonly JobCache[] {
  return list.filter(
    ({ policy, when }) =>
      expand(policy ?? '') !== 'pull' && (when === 'always' || (when === 'on_failure') !== isSuccess),
  );
}

/** Keeps what a job left under its keys. Nothing found leaves what was kept before; a failure is a warning. */
export async function keepCaches(list: readonly JobCache[], from: KeptFrom): Promise<void> {
  for (const cache of list)
    await keep(cache, from).catch((error: unknown) =>
      from.setting.print(yellow(`WARNING: the cache is not kept: ${explain(error)}`)),
    );
}

async function keep(cache: JobCache, { caches, project, untracked, setting, secrets }: KeptFrom): Promise<void> {
  const { print, expand, scope } = setting;
  const [key = ''] = keysOf(cache, setting);
  print(`Creating cache ${key}...`);
  const { files, found, left } = await selectArtifactFiles(
    project,
    cache.paths.map(expand),
    cache.untracked === true ? { untracked } : {},
  );
  for (const { pattern, count } of found)
    print(
      count > 0
        ? `${pattern}: found ${count} matching files and directories`
        : yellow(`WARNING: ${pattern}: no matching files`),
    );
  for (const line of left) print(yellow(`WARNING: not kept: ${line}`));
  if (files.length === 0) return print('Nothing to keep');
  await caches.keep({ scope, key }, (path) => zipFiles({ folder: project, files, secrets }, path));
  print('Created cache');
}
