import { createWriteStream } from 'node:fs';
import { chmod, link, lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Blob } from '../../oci/index.ts';
import { imageError } from '../errors.ts';
import { isFile, layerEntries, type TarEntry } from '../layers/layer-tar.ts';
import { rootedPath } from './rooted-path.ts';

/** The state of unpacking; shared by the layers of one image. */
export interface Unpacking {
  /** Absolute; exists. */
  readonly root: string;
  /** Folders and the modes that they get when all is in place: some forbid writing. */
  readonly folderModes: Map<string, number>;
  /** How many entries and bytes more are allowed. */
  readonly left: { entries: number; bytes: number };
}

/** Unpacks one layer over what lower layers left (OCI image-spec, "Applying Changesets"). */
export async function applyLayer(unpacking: Unpacking, layer: Blob): Promise<void> {
  const state = { unpacking, own: new Set<string>(), digest: layer.descriptor.digest };
  for await (const entry of layerEntries(layer)) await applyEntry(state, entry);
}

interface LayerState {
  readonly unpacking: Unpacking;
  /** Paths that this very layer has made: its whiteouts do not hide them. */
  readonly own: Set<string>;
  readonly digest: string;
}

async function applyEntry(state: LayerState, entry: TarEntry): Promise<void> {
  const { unpacking, own } = state;
  const { header } = entry;
  const { root, left } = unpacking;
  left.entries -= 1;
  left.bytes -= header.size ?? 0;
  if (left.entries < 0 || left.bytes < 0)
    throw refused(state, header.name, 'goes beyond the limits of what may be unpacked');
  if (header.name.split('/').includes('..')) throw refused(state, header.name, 'has `..` in its name');
  const path = await rootedPath(root, header.name);
  if (path === undefined) {
    if (/^[./]*$/.test(header.name)) return;
    throw refused(state, header.name, 'is below something that is not a folder');
  }
  const name = basename(path);
  if (name.startsWith('.wh.')) return applyWhiteout(state, dirname(path), name);
  await makeParents(unpacking, dirname(path));
  await makeEntry(state, entry, path);
  own.add(path);
}

async function makeEntry(state: LayerState, entry: TarEntry, path: string): Promise<void> {
  const { header } = entry;
  const mode = header.mode ?? 0o755;
  if (header.type === 'directory') return makeFolder(state.unpacking, path, mode & 0o1777);
  await remove(state.unpacking, path);
  if (header.type === 'symlink') return symlink(header.linkname ?? '', path);
  if (header.type === 'link') {
    const target = await rootedPath(state.unpacking.root, header.linkname ?? '');
    const isFile = target !== undefined && (await lstat(target).catch(() => undefined))?.isFile() === true;
    if (!isFile)
      throw refused(state, header.name, `is a hard link to \`${header.linkname}\`, which is no file of the image`);
    return link(target, path);
  }
  // Devices and pipes would need privileges; programs find their own in /dev.
  if (!isFile(entry)) return undefined;
  // `wx`: never through a link that was put there meanwhile. Set-user-id bits are dropped.
  await pipeline(entry, createWriteStream(path, { flags: 'wx', mode: mode & 0o777 }));
  return chmod(path, mode & 0o777);
}

async function makeFolder(unpacking: Unpacking, path: string, mode: number): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat !== undefined && !stat.isDirectory()) await remove(unpacking, path);
  if (stat?.isDirectory() !== true) await mkdir(path, { mode: 0o755 });
  unpacking.folderModes.set(path, mode);
}

/** Parents are known to be folders, or missing, up to the root. */
async function makeParents({ root }: Unpacking, path: string): Promise<void> {
  if (path !== root && relative(root, path) !== '') await mkdir(path, { recursive: true, mode: 0o755 });
}

async function remove(unpacking: Unpacking, path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  for (const folder of unpacking.folderModes.keys()) {
    if (folder === path || folder.startsWith(path + sep)) unpacking.folderModes.delete(folder);
  }
}

/** OCI image-spec, "Whiteouts": `.wh.name` hides a name, `.wh..wh..opq` all that lower layers have in the folder. */
async function applyWhiteout(state: LayerState, folder: string, name: string): Promise<void> {
  const isOpaque = name === '.wh..wh..opq';
  const hidden = isOpaque ? await readdir(folder).catch(() => []) : [name.slice('.wh.'.length)];
  for (const one of hidden) {
    if (one === '' || one === '.' || one === '..') throw refused(state, name, 'hides no name');
    await removeLower(state, join(folder, one));
  }
}

async function removeLower(state: LayerState, path: string): Promise<void> {
  const hasOwn = [...state.own].some((one) => one === path || one.startsWith(path + sep));
  if (!hasOwn) return remove(state.unpacking, path);
  const stat = await lstat(path);
  if (!stat.isDirectory()) return undefined;
  for (const name of await readdir(path)) await removeLower(state, join(path, name));
  return undefined;
}

function refused({ digest }: LayerState, name: string, reason: string) {
  return imageError('IMAGE_UNPACK_REFUSED', { digest, name, reason });
}
