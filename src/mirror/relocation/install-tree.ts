import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OnProgress } from '../../kit/index.ts';
import { closure, topologicalOrder } from '../../spack/index.ts';
import { entryName } from '../entries/blob-records.ts';
import type { Entry, ReadOptions } from '../entries/entry.ts';
import { mirrorError } from '../errors.ts';
import type { MirrorLayout } from '../layouts/layout.ts';
import { relocatePrefix, type GrowElf } from './relocate-prefix.ts';
import { sbangProgram } from './sbang.ts';
import { isInstalledAt, moveToPlace, stagedPath, stagePackage, type StagedPackage } from './staged-package.ts';

export interface TreeInstall {
  readonly layout: MirrorLayout;
  readonly entry: Entry;
  /** How the entries of what it needs are read. */
  readonly read: ReadOptions;
  /** Absolute; the new install tree, in which each package is where it was in the tree that it was built in. */
  readonly root: string;
  /** Absolute; for the package itself instead. */
  readonly prefix?: string;
  readonly growElf?: GrowElf;
  /** Receives how many packages were unpacked or found installed. */
  readonly onProgress?: OnProgress;
}

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly prefix: string;
  /** False if it was there already. */
  readonly isNew: boolean;
}

/**
 * Installs a package and whatever it links or runs, each made to work at its new prefix. All are unpacked beside their
 * prefixes and renamed only when every one is valid: what is refused (MIRROR_RELOCATION_REFUSED,
 * MIRROR_DEPENDENCY_MISSING, MIRROR_FOLDER_OCCUPIED, or a fault of an entry) leaves nothing behind. What is there
 * already with the same hash is kept. The package itself comes first in the answer. One installation at a time for a
 * root.
 */
export async function installTree(request: TreeInstall): Promise<readonly InstalledPackage[]> {
  const { root, growElf } = request;
  const entries = await readAll(request);
  const made = await mkdir(root, { recursive: true });
  const staged: StagedPackage[] = [];
  const kept = new Map<string, string>();
  try {
    await stageAll(request, entries, { staged, kept });
    const prefixes = new Map([...kept, ...staged.map(({ node, prefix }) => [node.hash, prefix] as const)]);
    let needsSbang = false;
    for (const { folder, prefix } of staged) {
      const moved = await relocatePrefix({ folder, prefix, root, prefixes, growElf });
      needsSbang ||= moved.needsSbang;
    }
    if (needsSbang) await placeSbang(root);
    // What others need is there before they are.
    for (const one of staged.toReversed()) await moveToPlace(one);
    return entries.map(({ spec }) => {
      const [{ name, version, hash }] = spec.nodes;
      return { name, version, hash, prefix: prefixes.get(hash) ?? '', isNew: !kept.has(hash) };
    });
  } catch (error) {
    for (const { folder } of staged) await rm(folder, { recursive: true, force: true });
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    throw error;
  }
}

/** The entry, then what it links and runs; all are read before anything is written. */
async function readAll({ layout, entry, read }: TreeInstall): Promise<readonly Entry[]> {
  const [own] = entry.spec.nodes;
  const graph = { nodes: new Map(entry.spec.nodes.map((node) => [node.hash, node])) };
  const needed = topologicalOrder(graph, closure(graph, [own.hash], ['link', 'run']));
  const entries = [entry];
  const missing: string[] = [];
  for (const node of needed.toReversed()) {
    if (node.hash === own.hash || node.external !== undefined) continue;
    const found = await layout.read(node, read);
    if (found === undefined) missing.push(entryName(node));
    else entries.push(found);
  }
  if (missing.length === 0) return entries;
  const details = { entry: entryName(own), missing: missing.join(', '), store: layout.store.url };
  throw mirrorError('MIRROR_DEPENDENCY_MISSING', details);
}

/** Unpacks missing packages. A package's prefix is known from those that use it, or only once it is unpacked. */
async function stageAll(
  { layout, root, prefix, entry: main, onProgress }: TreeInstall,
  entries: readonly Entry[],
  { staged, kept }: { readonly staged: StagedPackage[]; readonly kept: Map<string, string> },
): Promise<void> {
  const likely = new Map(prefix === undefined ? [] : [[main.spec.nodes[0].hash, prefix]]);
  for (const [index, entry] of entries.entries()) {
    onProgress?.(index, entries.length);
    const [node] = entry.spec.nodes;
    const path = likely.get(node.hash);
    if (path !== undefined && (await isInstalledAt(path, node))) {
      kept.set(node.hash, path);
      continue;
    }
    const linkRoots = staged.flatMap(({ built }) => [...built.prefixes.values()]);
    const ownPrefix = entry === main ? prefix : undefined;
    const one = await stagePackage({ store: layout.store, entry, root, linkRoots, prefix: ownPrefix });
    staged.push(one);
    if (path === undefined && (await isInstalledAt(one.prefix, node))) {
      staged.pop();
      await rm(one.folder, { recursive: true });
      kept.set(node.hash, one.prefix);
    }
    for (const [hash, old] of one.built.prefixes) {
      const now = stagedPath(root, one.built, old);
      if (now !== undefined && !likely.has(hash)) likely.set(hash, now);
    }
  }
}

async function placeSbang(root: string): Promise<void> {
  const path = join(root, 'bin/sbang');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, sbangProgram, { mode: 0o755, flag: 'wx' }).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
  });
}
