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
export type GrowElf = (path: string, paths: ElfPaths) => Promise<void>;

/**
 * Makes an unpacked package work at another prefix, as Spack does it: texts, symbolic links, interpreter and search
 * path of programs, and the strings in them. Throws MIRROR_RELOCATION_REFUSED where that cannot be done safely (a new
 * path does not fit): the folder is then half done, and to be removed. Returns whether a script calls sbang at its new
 * path.
 */
export async function relocatePrefix(request: RelocationRequest): Promise<{ readonly needsSbang: boolean }> {
  const built = await readDistribution(request.folder);
  const { binary, text } = mapsOf(built, request);
  const visit = async (names: readonly string[], relocate: (path: string) => Promise<void>) => {
    for (const name of names) {
      const path = join(request.folder, name);
      await requireInside(request.folder, name)
        .then(() => relocate(path))
        .catch((cause: unknown) => {
          const details = { file: join(request.prefix, name), reason: messageOf(cause) };
          throw mirrorError('MIRROR_RELOCATION_REFUSED', details, { cause });
        });
    }
  };
  await visit(built.binaries, (path) => relocateBinary(path, binary, request.growElf));
  await visit(built.links, (path) => moveLink(path, binary));
  let needsSbang = false;
  await visit(built.textFiles, async (path) => {
    needsSbang = (await relocateScript(path, text, sbangOf(request))) || needsSbang;
  });
  return { needsSbang };
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

async function relocateBinary(path: string, map: PrefixMap, growElf: GrowElf | undefined): Promise<void> {
  let bytes = await readPlain(path);
  let headers = relocateElf(bytes, map);
  if (typeof headers === 'object') {
    if (growElf === undefined) throw new Error(headers.fault);
    await growElf(path, headers.paths);
    bytes = await readFile(path);
    headers = true;
  }
  const strings = relocateStrings(bytes, map);
  if (typeof strings === 'object') throw new Error(strings.fault);
  if (headers || strings > 0) await writeFile(path, bytes);
}

/** Returns whether the script calls sbang. */
async function relocateScript(path: string, map: PrefixMap, sbang: string): Promise<boolean> {
  const bytes = await readPlain(path);
  const moved = relocateText(bytes, map);
  const { mode } = await lstat(path);
  const isExecutable = (mode & 0o111) !== 0;
  const written = isExecutable ? (shortenFirstLine(moved ?? bytes, sbang) ?? moved) : moved;
  if (written !== undefined) await writeFile(path, written);
  const callsSbang = isExecutable && (written ?? bytes).indexOf(`${sbangLine(sbang)}\n`) === 0;
  if (callsSbang && isTooLong(sbang))
    throw new Error(`its first line is too long for Linux, and so is the path of \`${sbang}\`, which helps otherwise`);
  return callsSbang;
}

/** Written back in place, so that hard links stay links; a link in the way of the name is refused. */
async function readPlain(path: string): Promise<Buffer> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new Error('its metadata names it as a file, and it is none');
  return readFile(path);
}

async function moveLink(path: string, map: PrefixMap): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink() !== true) throw new Error('its metadata names it as a link, and it is none');
  const target = relocateLink(await readlink(path), map);
  if (target === undefined) return;
  const temporary = `${path}.slipway-link`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
}

/** No folder on the way is a link to somewhere else. */
async function requireInside(folder: string, name: string): Promise<void> {
  const [top, parent] = await Promise.all([realpath(folder), realpath(dirname(join(folder, name))).catch(() => '')]);
  if (parent !== top && !parent.startsWith(`${top}/`))
    throw new Error('its metadata names it, and it is not in the package');
}

/** Installs an entry so that it works at `prefix`, wherever it was built for. What cannot be moved leaves no folder. */
export async function installRelocated(store: ObjectStore, entry: Entry, install: RelocationRequest): Promise<void> {
  const { folder } = install;
  await installEntry(store, entry, { folder });
  try {
    await relocatePrefix(install);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
