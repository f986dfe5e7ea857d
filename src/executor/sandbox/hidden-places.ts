import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Folders that every job has for itself. */
export const ownFolders = ['/tmp', '/var/tmp'];

/** What no job has business with, wherever the server runs. */
export const alwaysHidden = [
  '/home',
  '/root',
  '/run',
  '/var/run',
  '/boot',
  '/var/lib/docker',
  '/var/lib/containers',
  '/var/spool',
  '/var/backups',
  '/etc/ssh',
  '/etc/ssl/private',
  '/etc/shadow',
  '/etc/shadow-',
  '/etc/gshadow',
  '/etc/gshadow-',
  '/etc/sudoers',
  '/etc/krb5.keytab',
];

const covered = [...alwaysHidden, ...ownFolders];

/** Whether a path is another one or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** Whether a sandbox covers a path, by its name alone. */
export function isCovered(path: string): boolean {
  return covered.some((folder) => isWithin(path, folder));
}

/**
 * What to mount so that some paths are seen, and what then is to be hidden. Without links but below covered folders.
 */
interface ShownPlaces {
  readonly readable: readonly string[];
  readonly hidden: readonly string[];
}

/**
 * Shows paths under their own names and where their links lead: below a covered folder no link exists until it is made.
 * What is hidden in a folder is hidden under each of its names. A path that does not exist is passed over.
 */
export async function shownPlaces(paths: readonly string[], hidden: readonly string[]): Promise<ShownPlaces> {
  const found = (await Promise.all(paths.map(namesOf))).filter((names) => names !== undefined);
  const aliases = found.flatMap(({ name, real }) =>
    hidden.filter((one) => isWithin(one, real)).map((one) => name + one.slice(real.length)),
  );
  const all = [...new Set([...hidden, ...aliases])];
  return { readable: outermost([...new Set(found.flatMap(({ name, real }) => [name, real]))], all), hidden: all };
}

/**
 * The name under which a path is mounted in the sandbox, and its name without links; undefined if it does not exist.
 */
async function namesOf(path: string): Promise<{ readonly name: string; readonly real: string } | undefined> {
  const named = resolve(path);
  const real = await realpath(named).catch(() => undefined);
  if (real === undefined) return undefined;
  const cover = covered.find((folder) => isWithin(named, folder));
  return { real, name: cover === undefined ? real : (await realpath(cover)) + named.slice(cover.length) };
}

/** Drops what lies within another of the paths, where nothing hidden is between the two. */
export function outermost(paths: readonly string[], hidden: readonly string[] = []): readonly string[] {
  const isSeen = (path: string, outer: string): boolean =>
    path !== outer && isWithin(path, outer) && !hidden.some((one) => isWithin(path, one) && isWithin(one, outer));
  return paths.filter((path) => !paths.some((outer) => isSeen(path, outer)));
}
