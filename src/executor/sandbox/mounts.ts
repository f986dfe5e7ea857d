import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isWithin } from '../../kit/index.ts';

/** What a sandbox shows. Paths are absolute; what does not exist is left out. */
export interface SandboxView {
  /** Files and folders that can be read, under their own names and where their links lead. */
  readonly readable: readonly string[];
  /** The same, and written. */
  readonly writable: readonly string[];
  /** Files and folders that are empty, where they are within something readable. */
  readonly hidden: readonly string[];
  /** An empty folder, for this one script: `/tmp` and `/var/tmp` in the sandbox. */
  readonly temporary: string;
  /** Files under other names in the sandbox, read-only: name inside to name outside. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** The folder in which the command starts. */
  readonly folder: string;
  /** `slot`: the network of the process that builds the sandbox; `none`: an empty one. */
  readonly network: 'slot' | 'none';
}

/** One part of a sandbox's file system, at its path inside. */
export type Mount =
  | { readonly kind: 'read' | 'write'; readonly path: string; readonly source: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** A folder without anything, or a file that cannot be read. */
  | { readonly kind: 'empty-folder' | 'empty-file'; readonly path: string };

interface Place {
  /** Without links. */
  readonly real: string;
  readonly isFolder: boolean;
  /** The links on the way. */
  readonly links: readonly (Mount & { readonly kind: 'link' })[];
}

/**
 * Returns what to mount for a view, the outer before the inner. No path leads over a link that the host has made: a
 * mechanism that followed one while it builds the new root would end up elsewhere. Links themselves are made again.
 */
export function mountsOf(view: SandboxView): readonly Mount[] {
  const folders = new Set<string>();
  const find = (paths: readonly string[]) => paths.flatMap((path) => trace(path, folders) ?? []);
  const [readable, writable, hidden] = [find(view.readable), find(view.writable), find(view.hidden)];
  const binds = new Map<string, 'read' | 'write'>(readable.map(({ real }) => [real, 'read']));
  for (const { real } of writable) binds.set(real, 'write');
  const covers = hidden.filter(({ real }) => nearest(real, binds) !== undefined).map(coverOf);
  const shown = [...binds].filter(([path]) => !isSeenAnyway(path, binds, covers));
  const links = [...readable, ...writable].flatMap((place) => place.links).filter(({ path }) => !nearest(path, binds));
  const unique = new Map(links.map((link) => [link.path, link]));
  const all: readonly Mount[] = [
    { kind: 'write', path: '/tmp', source: view.temporary },
    { kind: 'write', path: '/var/tmp', source: view.temporary },
    ...covers,
    ...shown.map(([path, kind]): Mount => ({ kind, path, source: path })),
    ...unique.values(),
    ...Object.entries(view.renamed ?? {}).map(([path, source]): Mount => ({ kind: 'read', path, source })),
  ];
  return all.toSorted((one, other) => depth(one.path) - depth(other.path));
}

function coverOf({ real, isFolder }: Place): Mount {
  return { kind: isFolder ? 'empty-folder' : 'empty-file', path: real };
}

/** Returns the innermost of some folders around a path. */
function nearest(path: string, folders: ReadonlyMap<string, unknown>): string | undefined {
  for (let around = dirname(path); around !== '/'; around = dirname(around)) if (folders.has(around)) return around;
  return undefined;
}

/** Whether a path that can be read is within another one, with nothing in between that changes that. */
function isSeenAnyway(path: string, binds: ReadonlyMap<string, 'read' | 'write'>, covers: readonly Mount[]): boolean {
  if (binds.get(path) === 'write') return false;
  const around = nearest(path, binds);
  if (around === undefined || binds.get(around) === 'write') return false;
  return !covers.some((cover) => isWithin(path, cover.path) && isWithin(cover.path, around));
}

/**
 * Follows a path link by link; undefined where it leads nowhere that this process can see. Folders on the way are
 * looked at once.
 */
function trace(path: string, folders: Set<string>): Place | undefined {
  const links: (Mount & { readonly kind: 'link' })[] = [];
  const rest = path.split('/').filter(Boolean);
  let [real, isFolder] = ['/', true];
  try {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      const next = name === '..' ? dirname(real) : join(real, name);
      if (folders.has(next)) {
        [real, isFolder] = [next, true];
        continue;
      }
      const found = lstatSync(next, { throwIfNoEntry: false });
      if (found === undefined || links.length > MOST_LINKS) return undefined;
      if (found.isSymbolicLink()) {
        const target = readlinkSync(next);
        links.push({ kind: 'link', path: next, target });
        if (target.startsWith('/')) real = '/';
        rest.unshift(...target.split('/').filter(Boolean));
      } else [real, isFolder] = [next, found.isDirectory()];
      if (isFolder && real === next) folders.add(next);
    }
    return { real, isFolder, links };
  } catch {
    return undefined;
  }
}

const MOST_LINKS = 40;

function depth(path: string): number {
  return path.split('/').length;
}
