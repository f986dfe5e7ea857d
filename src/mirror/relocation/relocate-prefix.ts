import { lstat, readFile, readlink, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../../kit/index.ts';
import type { Entry } from '../entries/entry.ts';
import { installEntry } from '../entries/install.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { prefixMap, type PrefixMap } from './prefix-map.ts';
import { readDistribution, type BuiltFor } from './read-distribution.ts';
import { relocateElf, type ElfPaths } from './relocate-elf.ts';
import { relocateStrings } from './relocate-strings.ts';
import { relocateLink, relocateText } from './relocate-text.ts';
import { isTooLong, sbangLine, shortenFirstLine } from './sbang.ts';

export interface RelocationRequest {
  /** The unpacked package on this disk. */
  readonly folder: string;
  /** The absolute prefix that it is to work at; `folder` may be another view of it. */
  readonly prefix: string;
  /** The new install tree's root, padding included. */
  readonly root: string;
  /** Prefix, now, of each package that it may name, by DAG hash. */
  readonly prefixes: ReadonlyMap<string, string>;
  /** Path of the program `sbang` that scripts with long first lines call; by default in `bin` of the root. */
  readonly sbang?: string;
  /** Rewrites an ELF file whose paths grow (`patchelf` does); without one, that is refused. */
  readonly growElf?: GrowElf;
}

/** Must keep the file's inode: it may have other names. */
export type GrowElf = (path: string, wanted: ElfPaths) => Promise<void>;

export interface Relocated {
  /** The prefix that it was built for. */
  readonly from: string;
  /** Paths below the prefix of what was rewritten. */
  readonly changed: readonly string[];
  /** Whether one of its scripts calls sbang at its new place. */
  readonly needsSbang: boolean;
}

/**
 * Makes an unpacked package work at another prefix, as Spack does it: texts, symbolic links, interpreter and search
 * path of programs, and the strings in them. Throws MIRROR_RELOCATION_REFUSED where that cannot be done safely (a new
 * path is longer than there is room for): the folder is then half done, and to be thrown away.
 */
export async function relocatePrefix(request: RelocationRequest): Promise<Relocated> {
  const built = await readDistribution(request.folder);
  const { binary, text } = mapsOf(built, request);
  const changed: string[] = [];
  const visit = async (names: readonly string[], one: (path: string) => Promise<boolean>) => {
    for (const name of names) {
      const isChanged = await guarded(join(request.prefix, name), async () => {
        await requireInside(request.folder, name);
        return one(join(request.folder, name));
      });
      if (isChanged) changed.push(name);
    }
  };
  await visit(built.binaries, async (path) => relocateBinary(path, binary, request.growElf));
  await visit(built.links, async (path) => moveLink(path, binary));
  let needsSbang = false;
  await visit(built.textFiles, async (path) => {
    const { isChanged, callsSbang } = await relocateScript(path, text, sbangOf(request));
    needsSbang ||= callsSbang;
    return isChanged;
  });
  return { from: built.prefix, changed, needsSbang };
}

/** Specific prefixes before the root that holds them: a dependency may have gone elsewhere. */
function mapsOf(built: BuiltFor, request: RelocationRequest): { binary: PrefixMap; text: PrefixMap } {
  const own = [...built.prefixes].flatMap(([hash, old]) => {
    const now = request.prefixes.get(hash);
    return now === undefined ? [] : [[old, now] as const];
  });
  const common = [...own, [built.prefix, request.prefix] as const, [built.root, request.root] as const];
  const sbang = built.sbang === undefined ? [] : [[built.sbang, sbangOf(request)] as const];
  const line = sbangLine(sbangOf(request));
  const former = built.spackPrefix === undefined ? [] : [[`#!/bin/bash ${built.spackPrefix}/bin/sbang`, line] as const];
  return { binary: prefixMap(common), text: prefixMap([...sbang, ...common, ...former]) };
}

function sbangOf({ sbang, root }: RelocationRequest): string {
  return sbang ?? `${root}/bin/sbang`;
}

async function relocateBinary(path: string, map: PrefixMap, growElf: GrowElf | undefined): Promise<boolean> {
  let bytes = await readPlain(path);
  let headers = relocateElf(bytes, map);
  if (typeof headers === 'object') {
    if (growElf === undefined) throw new Error(headers.fault);
    await growElf(path, headers.wanted);
    bytes = await readFile(path);
    headers = true;
  }
  const strings = relocateStrings(bytes, map);
  if (typeof strings === 'object') throw new Error(strings.fault);
  if (headers || strings > 0) await writeFile(path, bytes);
  return headers || strings > 0;
}

async function relocateScript(
  path: string,
  map: PrefixMap,
  sbang: string,
): Promise<{ readonly isChanged: boolean; readonly callsSbang: boolean }> {
  const bytes = await readPlain(path);
  const moved = relocateText(bytes, map);
  const { mode } = await lstat(path);
  const isExecutable = (mode & 0o111) !== 0;
  const written = isExecutable ? (shortenFirstLine(moved ?? bytes, sbang) ?? moved) : moved;
  if (written !== undefined) await writeFile(path, written);
  const callsSbang = isExecutable && (written ?? bytes).indexOf(`${sbangLine(sbang)}\n`) === 0;
  if (callsSbang && isTooLong(sbang))
    throw new Error(`its first line is too long for Linux, and so is the path of \`${sbang}\`, which helps otherwise`);
  return { isChanged: written !== undefined, callsSbang };
}

/** Written back in place, so that hard links stay links; a link in the way of the name is refused. */
async function readPlain(path: string): Promise<Buffer> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new Error('its metadata names it as a file, and it is none');
  return readFile(path);
}

async function moveLink(path: string, map: PrefixMap): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink() !== true) throw new Error('its metadata names it as a link, and it is none');
  const target = relocateLink(await readlink(path), map);
  if (target === undefined) return false;
  const temporary = `${path}.slipway-link`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
  return true;
}

/** No folder on the way is a link to somewhere else. */
async function requireInside(folder: string, name: string): Promise<void> {
  const [top, parent] = await Promise.all([realpath(folder), realpath(dirname(join(folder, name))).catch(() => '')]);
  if (parent !== top && !parent.startsWith(`${top}/`))
    throw new Error('its metadata names it, and it is not in the package');
}

async function guarded(file: string, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    throw mirrorError('MIRROR_RELOCATION_REFUSED', { file, reason: messageOf(error) }, { cause: error });
  }
}

/** Installs an entry so that it works at `prefix`, wherever it was built for. What cannot be moved leaves no folder. */
export async function installRelocated(
  store: ObjectStore,
  entry: Entry,
  install: RelocationRequest,
): Promise<Relocated> {
  const { folder } = install;
  await installEntry(store, entry, { folder });
  try {
    return await relocatePrefix(install);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
