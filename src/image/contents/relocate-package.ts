import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { relocatePrefix, unpackTarball, type GrowElf } from '../../mirror/index.ts';
import { closure, type Lockfile } from '../../spack/index.ts';
import type { FactsReader } from '../facts/facts-cache.ts';
import { imageError } from '../errors.ts';
import type { LayerMaker } from '../layers/layer-cache.ts';
import { parentsOf } from '../paths.ts';
import { describePackage } from '../plan.ts';
import { placePackage, type PlacedPackage } from './placed-package.ts';

interface RelocationOptions {
  readonly lock: Lockfile;
  /** Absolute; the install tree in the image, in which each package lies where it lay in its own. */
  readonly root: string;
  readonly facts: FactsReader;
  readonly make: LayerMaker;
  /** Folder for packages while they are unpacked. */
  readonly work: string;
  readonly growElf?: GrowElf;
}

/**
 * Makes packages that were built for other install trees work in the image's: unpacked, rewritten as Spack does it and
 * packed again, once; what is made is kept by what it was made of. Packages that lie there anyway stay as they are.
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

/** Where that lies which a package links or runs: when something else moves or changes, it stays as it is. */
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
    yield* folderTar(folder, prefix.slice(1));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder as a tar whose entries begin with `at`: sorted, root's, times 0, hard links kept. */
async function* folderTar(folder: string, at: string): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const writing = (async () => {
    for (const name of [...parentsOf(at), at]) addFolder(archive, name);
    await addTree(archive, { folder, at, below: '', seen: new Map() });
    archive.finalize();
  })();
  writing.catch((error: unknown) => archive.destroy(error as Error));
  yield* archive as unknown as AsyncIterable<Uint8Array>;
  await writing;
}

interface Walk {
  readonly folder: string;
  readonly at: string;
  readonly below: string;
  /** First name of each file that has several. */
  readonly seen: Map<string, string>;
}

const plain = { mtime: new Date(0), uid: 0, gid: 0 };

async function addTree(archive: Pack, walk: Walk): Promise<void> {
  const { folder, at, below, seen } = walk;
  for (const entry of (await readdir(join(folder, below), { withFileTypes: true })).toSorted(byName)) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    const [name, source] = [`${at}/${path}`, join(folder, path)];
    if (entry.isDirectory()) {
      addFolder(archive, name);
      await addTree(archive, { ...walk, below: path });
    } else if (entry.isSymbolicLink()) {
      archive.entry({ ...plain, name, type: 'symlink', linkname: await readlink(source), mode: 0o777 });
    } else {
      const { nlink, dev, ino, mode, size } = await lstat(source);
      const first = nlink > 1 ? seen.get(`${dev}:${ino}`) : undefined;
      seen.set(`${dev}:${ino}`, first ?? name);
      const header = { ...plain, name, mode: (mode & 0o100) === 0 ? 0o644 : 0o755 };
      if (first !== undefined) archive.entry({ ...header, type: 'link', linkname: first });
      else await pipeline(createReadStream(source), archive.entry({ ...header, size }));
    }
  }
}

function addFolder(archive: Pack, name: string): void {
  archive.entry({ ...plain, name, type: 'directory', mode: 0o755 });
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
