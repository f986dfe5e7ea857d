import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { join, posix, relative } from 'node:path';
import { relocatePrefix, unpackTarball, type GrowElf } from '../../mirror/index.ts';
import { closure, type Lockfile } from '../../spack/index.ts';
import type { FactsReader } from '../facts/facts-cache.ts';
import { imageError } from '../errors.ts';
import type { LayerMaker } from '../layers/layer-cache.ts';
import { layerTar, type LayerEntry } from '../layers/layer-tar.ts';
import { parentsOf } from '../paths.ts';
import { describePackage } from '../plan.ts';
import { placePackage, type PlacedPackage } from './placed-package.ts';

interface RelocationOptions {
  readonly lock: Lockfile;
  /** Absolute; the install tree in the image. Each package keeps its path below the tree. */
  readonly root: string;
  readonly facts: FactsReader;
  readonly make: LayerMaker;
  /** Folder for packages while they are unpacked. */
  readonly work: string;
  readonly growElf?: GrowElf;
}

/**
 * Makes packages that were built for other install trees work in the image's: unpacked, rewritten as Spack does it and
 * packed again, once; the result is kept by its inputs. Packages with the right prefix stay as they are.
 */
export async function relocatePackages(
  packages: readonly PlacedPackage[],
  options: RelocationOptions,
): Promise<readonly PlacedPackage[]> {
  const prefixes = new Map(packages.map((one) => [one.planned.node.hash, newPrefix(one, options.root)]));
  const moved: PlacedPackage[] = [];
  for (const one of packages) {
    const prefix = prefixes.get(one.planned.node.hash) as string;
    if (packages.every((other) => prefixes.get(other.planned.node.hash) === other.prefix)) moved.push(one);
    else
      moved.push(await relocate(one, { ...options, prefix, packages, prefixes: usedPrefixes(one, prefixes, options) }));
  }
  return moved;
}

/** Refuses packages of several install trees, whose paths to each other would lead nowhere. */
export function requireOneTree(packages: readonly PlacedPackage[]): void {
  const trees = [...new Set(packages.map(({ facts }) => facts.installTree).filter((one) => one !== undefined))];
  if (trees.length > 1) throw imageError('IMAGE_TREES_MIXED', { trees: trees.join(', ') });
}

function newPrefix({ planned, prefix, facts }: PlacedPackage, root: string): string {
  const inside = facts.installTree === undefined ? '' : posix.relative(facts.installTree, prefix);
  if (inside !== '' && !inside.startsWith('..')) return posix.join(root, inside);
  throw imageError('IMAGE_PREFIX_UNKNOWN', { package: describePackage(planned.node) });
}

/** The new prefixes of the packages that a package links or runs. Changes of other packages do not change it. */
function usedPrefixes(
  { planned: { node } }: PlacedPackage,
  prefixes: ReadonlyMap<string, string>,
  { lock }: RelocationOptions,
): ReadonlyMap<string, string> {
  const used = closure(lock, [node.hash], ['link', 'run']);
  return new Map([...prefixes].filter(([hash]) => used.has(hash)));
}

interface Move extends RelocationOptions {
  readonly prefix: string;
  readonly packages: readonly PlacedPackage[];
  readonly prefixes: ReadonlyMap<string, string>;
}

async function relocate(one: PlacedPackage, move: Move): Promise<PlacedPackage> {
  const { root, prefixes, make, facts } = move;
  const { blob } = await make({
    key: [`relocated to ${root}`, one.blob.descriptor.digest, ...[...prefixes].map((pair) => pair.join(' '))].join(
      '\n',
    ),
    compression: 'gzip',
    tar: () => relocatedTar(one, move),
  });
  return { ...placePackage(one.planned, await facts(blob), blob), isMade: true };
}

async function* relocatedTar({ blob, prefix: old }: PlacedPackage, move: Move): AsyncGenerator<Uint8Array> {
  const { work, prefix, root, prefixes, packages, growElf } = move;
  const folder = join(work, `relocated-${randomBytes(8).toString('hex')}`);
  await mkdir(work, { recursive: true });
  try {
    const linkRoots = () => packages.map((other) => other.prefix);
    await unpackTarball({ source: await blob.open(), folder, prefix: old, linkRoots });
    await relocatePrefix({ folder, prefix, root, prefixes, growElf });
    yield* layerTar(folderEntries(folder, prefix.slice(1)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The entries of a folder for a layer that has it at `at`: sorted, hard links kept. */
async function* folderEntries(folder: string, at: string): AsyncGenerator<LayerEntry> {
  for (const path of [...parentsOf(at), at]) yield { kind: 'folder', path };
  const firstNames = new Map<string, string>();
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const source of found.map(({ parentPath, name }) => join(parentPath, name)).toSorted()) {
    const path = join(at, relative(folder, source));
    const stat = await lstat(source);
    if (stat.isDirectory()) yield { kind: 'folder', path };
    else if (stat.isSymbolicLink()) yield { kind: 'link', path, target: await readlink(source) };
    else {
      const id = `${stat.dev}:${stat.ino}`;
      const target = firstNames.get(id);
      firstNames.set(id, target ?? path);
      const file = { path, mode: (stat.mode & 0o100) === 0 ? 0o644 : 0o755 };
      yield target === undefined ? { kind: 'copy', source, ...file } : { kind: 'hard', target, ...file };
    }
  }
}
