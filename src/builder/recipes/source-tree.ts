import { copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, runProgram } from '../../kit/index.ts';
import { builderError } from '../errors.ts';
import type { Source } from './recipe.ts';
import { fetchSource } from './source-cache.ts';
import { sourceNames } from './source-digest.ts';

interface SourceTreeOptions {
  readonly environment: string;
  /** Search path for `tar`. */
  readonly path: string;
  readonly cacheFolder: string;
  readonly signal?: AbortSignal;
}

/**
 * Puts a package's source into an empty folder, and gives back the folder in which the steps start: the one that
 * the archive holds if it holds only one, as source archives do.
 */
export async function placeSource(
  recipe: { name: string; source: Source | undefined },
  folder: string,
  options: SourceTreeOptions,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { name, source } = recipe;
  if (source === undefined) return folder;
  if ('path' in source) {
    const from = join(options.environment, source.path);
    const names = (await readdir(from)).filter(sourceNames(source.files));
    const filter = (path: string) => basename(path) !== '.git';
    // One by one: Node copies no folder into itself, and the job's own folder may be below that of the stack.
    for (const one of names)
      await cp(join(from, one), join(folder, one), { recursive: true, verbatimSymlinks: true, filter });
    return folder;
  }
  const archive = await fetchSource(
    { recipe: name, ...source },
    { folder: options.cacheFolder, signal: options.signal },
  );
  if (!/\.(tar(\.\w+)?|tgz|tbz2?|txz)$/.test(source.url)) {
    await copyFile(archive, join(folder, basename(new URL(source.url).pathname)));
    return folder;
  }
  await unpack({ name, url: source.url, archive, folder }, options);
  return onlyFolder(folder);
}

async function unpack(
  what: { name: string; url: string; archive: string; folder: string },
  options: SourceTreeOptions,
): Promise<void> {
  const args = ['-x', '-f', what.archive, '-C', what.folder, '--no-same-owner', '--no-same-permissions'];
  try {
    await runProgram('tar', args, { env: { PATH: options.path, LC_ALL: 'C' }, signal: options.signal });
  } catch (error) {
    throw builderError(
      'RECIPE_SOURCE_UNPACK',
      { recipe: what.name, url: what.url, reason: messageOf(error) },
      { cause: error },
    );
  }
}

async function onlyFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [first] = entries;
  return entries.length === 1 && first?.isDirectory() === true ? join(folder, first.name) : folder;
}
