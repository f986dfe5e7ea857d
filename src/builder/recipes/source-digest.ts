import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { compileGlob, digestFile, hasCode, sha256 } from '../../kit/index.ts';
import { builderError } from '../errors.ts';

/** A folder of the stack that is a package's source. */
interface SourceFolder {
  /** For messages. */
  readonly recipe: string;
  /** Folder of the environment. */
  readonly environment: string;
  /** Relative to it. */
  readonly path: string;
  /** Patterns of the names at its top that are the source; by default all are. */
  readonly files?: readonly string[] | undefined;
}

/** Returns whether a name at the top of a source folder is part of the source. */
export function sourceNames(files: readonly string[] | undefined): (name: string) => boolean {
  const patterns = files?.map((pattern) => compileGlob(pattern, 'text'));
  return (name) => name !== '.git' && (patterns === undefined || patterns.some((isMatch) => isMatch(name)));
}

/**
 * SHA-256 over the sorted relative names, the modes (executable or not) and the contents of a source folder.
 * `.git` does not count. Times and owners neither, since git does not keep them.
 */
export async function digestSourceFolder(source: SourceFolder): Promise<string> {
  await refuseLinkedFolder(source);
  const lines: string[] = [];
  for await (const line of describeFolder(source, '')) lines.push(line);
  return sha256(lines.join('\n'));
}

/** A link on the way to the folder could lead out of the stack, to files that are not the author's. */
async function refuseLinkedFolder(source: SourceFolder): Promise<void> {
  const expected = join(await realpath(source.environment), source.path);
  const actual = await realpath(join(source.environment, source.path)).catch(() => undefined);
  if (actual !== undefined && join(actual, '/') !== join(expected, '/')) throw unusable(source, '', 'a link');
}

async function* describeFolder(source: SourceFolder, below: string): AsyncGenerator<string> {
  const folder = join(source.environment, source.path, below);
  for (const name of await folderNames(source, folder, below === '')) {
    const relative = below === '' ? name : `${below}/${name}`;
    const path = join(folder, name);
    const info = await lstat(path);
    if (info.isDirectory()) yield* describeFolder(source, relative);
    else if (info.isFile())
      yield `${JSON.stringify(relative)} ${info.mode & 0o100 ? 'x' : '-'} ${(await digestFile(path)).sha256}`;
    else if (info.isSymbolicLink())
      yield `${JSON.stringify(relative)} l ${JSON.stringify(await innerLink(source, relative))}`;
    else throw unusable(source, relative, 'neither file nor folder');
  }
}

async function folderNames(source: SourceFolder, folder: string, isTop: boolean): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    const found = names.filter(sourceNames(isTop ? source.files : undefined)).toSorted();
    const { recipe, path, files } = source;
    if (isTop && files !== undefined && found.length === 0)
      throw builderError('RECIPE_SOURCE_MISSING', { recipe, path: `${path}/{${files.join(',')}}` });
    return found;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) {
      throw builderError('RECIPE_SOURCE_MISSING', { recipe: source.recipe, path: source.path }, { cause: error });
    }
    throw error;
  }
}

/** A link out of the source would make the hash depend on what it does not cover. */
async function innerLink(source: SourceFolder, relative: string): Promise<string> {
  const target = await readlink(join(source.environment, source.path, relative));
  const depth = relative.split('/').length - 1;
  let level = depth;
  for (const part of target.split('/')) {
    if (part === '..') level -= 1;
    else if (part !== '.' && part !== '') level += 1;
    if (level < 0) break;
  }
  if (target.startsWith('/') || level < 0) throw unusable(source, relative, 'a link out of the source');
  return target;
}

function unusable(source: SourceFolder, relative: string, kind: string) {
  return builderError('RECIPE_SOURCE_UNUSABLE', { recipe: source.recipe, path: join(source.path, relative), kind });
}
