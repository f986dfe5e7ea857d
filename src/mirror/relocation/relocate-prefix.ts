import { lstat, readFile, readlink, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SlipwayError } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { prefixMap } from './prefix-map.ts';
import type { PrefixMap } from './prefix-map.ts';
import { readDistribution } from './read-distribution.ts';
import type { BuiltFor } from './read-distribution.ts';
import { relocateElf } from './relocate-elf.ts';
import { relocateStrings } from './relocate-strings.ts';
import { relocateLink, relocateText } from './relocate-text.ts';

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
}

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
      await requireInside(request.folder, name);
      if (await guarded(name, () => one(join(request.folder, name)))) changed.push(name);
    }
  };
  if (built.prefix !== request.prefix) {
    await visit(built.binaries, async (path) => relocateBinary(path, binary));
    await visit(built.links, async (path) => moveLink(path, binary));
  }
  await visit(built.textFiles, async (path) => rewrite(path, (bytes) => relocateText(bytes, text)));
  return { from: built.prefix, changed, needsSbang: await callsSbang(built, request) };
}

/** Specific prefixes before the root that holds them: a dependency may have gone elsewhere. */
function mapsOf(built: BuiltFor, request: RelocationRequest): { binary: PrefixMap; text: PrefixMap } {
  const own = [...built.prefixes].flatMap(([hash, old]) => {
    const now = request.prefixes.get(hash);
    return now === undefined ? [] : [[old, now] as const];
  });
  const common = [...own, [built.prefix, request.prefix] as const, [built.root, request.root] as const];
  const sbang = built.sbang === undefined ? [] : [[built.sbang, sbangOf(request)] as const];
  const line = `#!/bin/sh ${sbangOf(request)}`;
  const former = built.spackPrefix === undefined ? [] : [[`#!/bin/bash ${built.spackPrefix}/bin/sbang`, line] as const];
  return { binary: prefixMap(common), text: prefixMap([...sbang, ...common, ...former]) };
}

function sbangOf({ sbang, root }: RelocationRequest): string {
  return sbang ?? `${root}/bin/sbang`;
}

async function relocateBinary(path: string, map: PrefixMap): Promise<boolean> {
  return rewrite(path, (bytes) => {
    const headers = relocateElf(bytes, map);
    if (typeof headers === 'object') throw refused(path, headers.fault);
    const strings = relocateStrings(bytes, map);
    if (typeof strings === 'object') throw refused(path, strings.fault);
    return headers || strings > 0 ? bytes : undefined;
  });
}

/** In place, so that hard links stay links; a link in the way of the name is refused. */
async function rewrite(path: string, change: (bytes: Buffer) => Buffer | undefined): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw refused(path, 'its metadata names it as a file, and it is none');
  const changed = change(await readFile(path));
  if (changed !== undefined) await writeFile(path, changed);
  return changed !== undefined;
}

async function moveLink(path: string, map: PrefixMap): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink() !== true) throw refused(path, 'its metadata names it as a link, and it is none');
  const target = relocateLink(await readlink(path), map);
  if (target === undefined) return false;
  const temporary = `${path}.slipway-link`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
  return true;
}

async function callsSbang(built: BuiltFor, request: RelocationRequest): Promise<boolean> {
  const line = Buffer.from(`#!/bin/sh ${sbangOf(request)}\n`);
  for (const name of built.textFiles) {
    const bytes = await readFile(join(request.folder, name));
    if (bytes.subarray(0, line.length).equals(line)) return true;
  }
  return false;
}

/** No folder on the way is a link to somewhere else. */
async function requireInside(folder: string, name: string): Promise<void> {
  const [top, parent] = await Promise.all([realpath(folder), realpath(dirname(join(folder, name))).catch(() => '')]);
  if (parent !== top && !parent.startsWith(`${top}/`))
    throw refused(name, 'its metadata names it, and it is not in the package');
}

async function guarded(name: string, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw mirrorError('MIRROR_RELOCATION_REFUSED', { file: name, reason: String(error) }, { cause: error });
  }
}

function refused(file: string, reason: string) {
  return mirrorError('MIRROR_RELOCATION_REFUSED', { file, reason });
}
