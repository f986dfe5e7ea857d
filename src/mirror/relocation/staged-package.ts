import { lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { readSpecFile, type SpecNode } from '../../spack/index.ts';
import type { Entry } from '../entries/entry.ts';
import { installEntry } from '../entries/install.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { readDistribution, type BuiltFor } from './read-distribution.ts';

/** A package that has been unpacked, and is not yet where it is to be. */
export interface StagedPackage {
  readonly node: SpecNode;
  readonly folder: string;
  readonly prefix: string;
  readonly built: BuiltFor;
}

interface StageRequest {
  readonly store: ObjectStore;
  readonly entry: Entry;
  /** The new install tree. */
  readonly root: string;
  /** Where the package goes; by default where it lay in its own install tree. */
  readonly prefix?: string;
  /** Further absolute prefixes that its symbolic links may point into. */
  readonly linkRoots: readonly string[];
}

/** Unpacks a package beside its prefix. What fails leaves no folder. */
export async function stagePackage(request: StageRequest): Promise<StagedPackage> {
  const { store, entry, root, prefix, linkRoots } = request;
  const [node] = entry.spec.nodes;
  const folder = join(prefix === undefined ? root : dirname(prefix), `.slipway-install-${node.hash}`);
  await installEntry(store, entry, { folder, linkRoots });
  try {
    const built = await readDistribution(folder);
    return { node, folder, prefix: prefix ?? ownPath(root, built), built };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function ownPath(root: string, built: BuiltFor): string {
  const path = stagedPath(root, built, built.prefix);
  if (path !== undefined) return path;
  const reason = `\`${built.prefix}\` is not in its install tree \`${built.root}\``;
  throw mirrorError('MIRROR_RELOCATION_REFUSED', { file: '.spack/binary_distribution', reason });
}

/** Where a prefix of the old install tree is in the new one; undefined if it was not in the old one. */
export function stagedPath(root: string, built: BuiltFor, old: string): string | undefined {
  const inside = posix.relative(built.root, old);
  return inside === '' || inside.startsWith('..') ? undefined : join(root, inside);
}

/** Whether the package is installed there; throws MIRROR_FOLDER_OCCUPIED if something else is. */
export async function isInstalledAt(prefix: string, node: SpecNode): Promise<boolean> {
  const found = await lstat(prefix).catch(() => undefined);
  if (found === undefined) return false;
  const text = await readFile(join(prefix, '.spack/spec.json'), 'utf8').catch(() => '');
  if (hashIn(text) === node.hash) return true;
  throw mirrorError('MIRROR_FOLDER_OCCUPIED', { folder: prefix });
}

export async function moveToPlace({ folder, prefix }: StagedPackage): Promise<void> {
  await mkdir(dirname(prefix), { recursive: true });
  await rename(folder, prefix);
}

function hashIn(specFile: string): string | undefined {
  try {
    return readSpecFile(specFile).nodes[0].hash;
  } catch {
    return undefined;
  }
}
