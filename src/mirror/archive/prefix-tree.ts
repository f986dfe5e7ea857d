import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { mirrorError } from '../errors.ts';

export interface PrefixFile {
  /** The path of a file on disk, or the bytes. */
  readonly source: string | Buffer;
  readonly size: number;
  readonly executable: boolean;
  /** Same text for files that are one file on disk (hard links). */
  readonly identity?: string;
}

type TreeLink = { readonly target: string };

export interface PrefixTree {
  /** Files and symbolic links by name. */
  readonly files: Map<string, PrefixFile | TreeLink>;
  readonly folders: Map<string, PrefixTree>;
}

/** The environment of a build can hold secrets (spack/spack#17545); a file of an earlier packing is stale. */
const EXCLUDED = /^\.spack\/(?:spack-build-env[^/]*|binary_distribution)$/;

/** Everything below a folder, by name. Devices, sockets and pipes are refused, and names that are not UTF-8. */
export async function readPrefixTree(folder: string, below: string = ''): Promise<PrefixTree> {
  const tree: PrefixTree = { files: new Map(), folders: new Map() };
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (EXCLUDED.test(path)) continue;
    // Node reads names that are not UTF-8 with replacement characters; the archive could not name them.
    if (entry.name.includes('\uFFFD')) throw unsuitable(folder, path, 'its name is not UTF-8');
    if (entry.isDirectory()) tree.folders.set(entry.name, await readPrefixTree(folder, path));
    else tree.files.set(entry.name, await readLeaf(folder, path));
  }
  return tree;
}

async function readLeaf(folder: string, path: string): Promise<PrefixFile | TreeLink> {
  const source = join(folder, path);
  const found = await lstat(source);
  if (found.isSymbolicLink()) return { target: await readlink(source) };
  if (!found.isFile()) throw unsuitable(folder, path, 'it is a device, a socket or a pipe');
  const identity = found.nlink > 1 ? { identity: `${found.dev}:${found.ino}` } : {};
  return { source, size: found.size, executable: (found.mode & 0o100) !== 0, ...identity };
}

/** Names in the order of Spack's archives: that of their code points. */
export function sortedByName<T>(entries: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...entries].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function unsuitable(folder: string, path: string, reason: string) {
  return mirrorError('MIRROR_PREFIX_UNSUITABLE', { path: join(folder, path), reason });
}
