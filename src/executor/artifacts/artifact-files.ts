import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { compileGlob, fixedFolder, hasCode } from '../../kit/index.ts';

export interface ArtifactFile {
  /** Relative to the project, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
}

export interface ArtifactSelection {
  /** Sorted by path, so that the same files give the same archive. */
  readonly files: readonly ArtifactFile[];
  readonly found: readonly { readonly pattern: string; readonly count: number }[];
  /** What was left out, and why, in words. */
  readonly left: readonly string[];
}

interface SelectionRest {
  readonly exclude?: readonly string[];
  /** Paths of files besides those that match, as they are: what git does not track. */
  readonly untracked?: readonly string[];
}

/**
 * The files of a project that match the patterns. A folder that matches comes with all that is in it. Links are
 * kept as links and never followed; nothing outside the project is taken.
 */
export async function selectArtifactFiles(
  project: string,
  paths: readonly string[],
  { exclude = [], untracked }: SelectionRest = {},
): Promise<ArtifactSelection> {
  const root = await realpath(project);
  const excluded = exclude.map((pattern) => compileGlob(pattern, 'doublestar'));
  const chosen = new Map<string, ArtifactFile>();
  const found: { pattern: string; count: number }[] = [];
  const left: string[] = [];
  const choose = (pattern: string, files: readonly ArtifactFile[]) => {
    const matches = files.filter((file) => !excluded.some((isExcluded) => isExcluded(file.path)));
    found.push({ pattern, count: matches.length });
    for (const file of matches) chosen.set(file.path, file);
  };
  for (const pattern of paths) {
    const inside = insideProject(pattern, project);
    if (inside === undefined) left.push(`${pattern}: it is outside of the project folder`);
    choose(pattern, inside === undefined ? [] : await matching(root, inside));
  }
  if (untracked !== undefined) choose('untracked', await named(root, untracked));
  const files: ArtifactFile[] = [];
  for (const file of [...chosen.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (await leadsOutside(root, file)) left.push(`${file.path}: the link leads out of the project folder`);
    else files.push(file);
  }
  return { files, found, left };
}

async function named(root: string, paths: readonly string[]): Promise<readonly ArtifactFile[]> {
  const files: ArtifactFile[] = [];
  for (const path of paths) {
    const isOurs =
      !isAbsolute(path) && !path.split('/').includes('..') && (await isInside(root, dirname(join(root, path))));
    const kind = isOurs ? await kindOf(join(root, path)) : undefined;
    if (kind !== undefined) files.push({ path, kind });
  }
  return files;
}

/** The pattern relative to the project; undefined if it leads out of it. */
function insideProject(pattern: string, project: string): string | undefined {
  const local = isAbsolute(pattern) ? relative(project, pattern) : pattern;
  if (local.split('/').includes('..')) return undefined;
  return local;
}

async function matching(root: string, pattern: string): Promise<readonly ArtifactFile[]> {
  const isMatch = compileGlob(pattern, 'doublestar');
  const start = fixedFolder(pattern);
  // The way to the start may go through a link that leaves the project.
  if (start !== '' && !(await isInside(root, dirname(join(root, start))))) return [];
  const matches: ArtifactFile[] = [];
  await walk(root, { path: start, isBelowMatch: false }, (file, isBelowMatch) => {
    const isTaken = isBelowMatch || isMatch(file.path);
    if (isTaken && file.path !== '') matches.push(file);
    return isTaken;
  });
  return matches;
}

/** Says whether a file is taken; all below a folder that is taken comes with it. */
type Visit = (file: ArtifactFile, isBelowMatch: boolean) => boolean;

interface Step {
  readonly path: string;
  /** Whether a folder above was taken. */
  readonly isBelowMatch: boolean;
}

async function walk(root: string, { path, isBelowMatch }: Step, visit: Visit): Promise<void> {
  const kind = await kindOf(join(root, path));
  if (kind === undefined) return;
  const isMatch = visit({ path, kind }, isBelowMatch);
  if (kind !== 'folder') return;
  for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
    await walk(root, { path: childPath(path, entry), isBelowMatch: isMatch }, visit);
  }
}

function childPath(path: string, entry: Dirent): string {
  return path === '' ? entry.name : `${path}/${entry.name}`;
}

async function kindOf(path: string): Promise<ArtifactFile['kind'] | undefined> {
  try {
    const status = await lstat(path);
    if (status.isDirectory()) return 'folder';
    if (status.isSymbolicLink()) return 'link';
    // Sockets, pipes and devices are no artifacts.
    return status.isFile() ? 'file' : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function leadsOutside(root: string, file: ArtifactFile): Promise<boolean> {
  if (file.kind !== 'link') return false;
  const target = await readlink(join(root, file.path));
  return isAbsolute(target) || !contains(root, resolve(root, dirname(file.path), target));
}

async function isInside(root: string, path: string): Promise<boolean> {
  try {
    return contains(root, await realpath(path));
  } catch {
    return false;
  }
}

/** Whether a path, already without links, is the folder or below it. */
export function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}
