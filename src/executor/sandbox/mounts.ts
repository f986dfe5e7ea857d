import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isWithin } from './is-within.ts';

/** What a sandbox shows. Paths are absolute; what does not exist is left out. */
export interface SandboxView {
  /** Files and folders that can be read, under their own names and where their links lead. */
  readonly readable: readonly string[];
  /** The same, and written. */
  readonly writable: readonly string[];
  /** Files and folders that are empty, where they lie within something readable. */
  readonly hidden: readonly string[];
  /** An empty folder, for this one script: `/tmp` and `/var/tmp` in the sandbox. */
  readonly temporary: string;
  /** Files under other names in the sandbox, read-only: name inside to name outside. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** The folder in which the command starts. */
  readonly folder: string;
  /** `slot`: the network of whoever builds the sandbox; `none`: an empty one. */
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
  const [readable, writable] = [view.readable, view.writable].map((paths) =>
    paths.flatMap((path) => trace(path) ?? []),
  );
  const places = [...(readable ?? []), ...(writable ?? [])];
  const binds = new Map<string, 'read' | 'write'>((readable ?? []).map(({ real }) => [real, 'read']));
  for (const { real } of writable ?? []) binds.set(real, 'write');
  const covers = coversOf(view.hidden, [...binds.keys()]);
  const shown = [...binds].filter(([path]) => !isSeenAnyway(path, binds, covers));
  const links = places
    .flatMap((place) => place.links)
    .filter(({ path }) => !shown.some(([one]) => isWithin(path, one)));
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

/** What is hidden within something that is shown, unless it is itself shown by its name. */
function coversOf(hidden: readonly string[], shown: readonly string[]): readonly Mount[] {
  const found = hidden.flatMap((path) => trace(path) ?? []);
  const inside = found.filter(({ real }) => shown.some((one) => one !== real && isWithin(real, one)));
  return inside.map(({ real, isFolder }) => ({ kind: isFolder ? 'empty-folder' : 'empty-file', path: real }));
}

/** Whether a path that can be read lies in another one, with nothing in between that changes that. */
function isSeenAnyway(path: string, binds: ReadonlyMap<string, 'read' | 'write'>, covers: readonly Mount[]): boolean {
  if (binds.get(path) === 'write') return false;
  const around = [...binds.keys()].filter((one) => one !== path && isWithin(path, one));
  const nearest = around.toSorted((one, other) => other.length - one.length)[0];
  if (nearest === undefined || binds.get(nearest) === 'write') return false;
  return !covers.some((cover) => isWithin(path, cover.path) && isWithin(cover.path, nearest));
}

/** Follows a path link by link; undefined where it leads nowhere that this process can see. */
function trace(path: string): Place | undefined {
  const links: (Mount & { readonly kind: 'link' })[] = [];
  const rest = path.split('/').filter(Boolean);
  let [real, isFolder] = ['/', true];
  try {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      const next = name === '..' ? dirname(real) : join(real, name);
      const found = lstatSync(next, { throwIfNoEntry: false });
      if (found === undefined || links.length > MOST_LINKS) return undefined;
      if (found.isSymbolicLink()) {
        const target = readlinkSync(next);
        links.push({ kind: 'link', path: next, target });
        if (target.startsWith('/')) real = '/';
        rest.unshift(...target.split('/').filter(Boolean));
      } else [real, isFolder] = [next, found.isDirectory()];
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
