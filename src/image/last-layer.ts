import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { gzip } from '../mirror/index.ts';
import { bytesBlob, digestOf, mediaTypes } from '../oci/index.ts';
import type { Blob } from '../oci/index.ts';
import type { BasePath } from './base-folders.ts';
import { parentsOf } from './base-folders.ts';
import { imageError } from './errors.ts';
import type { FileSource } from './folder-files.ts';

/** Bytes of all files together; they are held in memory. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface LastLayer {
  readonly blob: Blob;
  readonly diffId: string;
}

/** A file of the last layer; its path has no slash at either end. */
export interface LayerFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** Reads what `files` of an image's definition names, and says where each file goes. */
export async function collectFiles(
  files: Readonly<Record<string, string>>,
  source: FileSource,
): Promise<readonly LayerFile[]> {
  const collected = new Map<string, LayerFile>();
  let size = 0;
  for (const [from, to] of Object.entries(files)) {
    const found = await source(from);
    if (found.length === 0) throw imageError('IMAGE_FILE_MISSING', { path: from, place: 'the repository' });
    for (const { path, bytes, executable } of found) {
      size += bytes.length;
      if (size > MAX_BYTES) throw imageError('IMAGE_FILES_TOO_LARGE', { limit: MAX_BYTES });
      addFile(collected, { path: (path === '' ? to : `${to}/${path}`).slice(1), bytes, executable });
    }
  }
  return [...collected.values()];
}

/**
 * The layer on top: the files, their folders, and the parent folders of packages as the base has them. The same
 * input gives the same bytes: entries sorted, times 0 but for the base's folders. Undefined if it would be empty.
 */
export async function makeLastLayer(
  files: readonly LayerFile[],
  packageParents: ReadonlySet<string>,
  base: ReadonlyMap<string, BasePath>,
): Promise<LastLayer | undefined> {
  const folders = new Set(files.flatMap(({ path }) => parentsOf(path)));
  for (const path of packageParents) if (base.has(path)) folders.add(path);
  const entries = [
    ...[...folders].map((path) => ({ path, file: undefined })),
    ...files.map((file) => ({ path: file.path, file })),
  ];
  if (entries.length === 0) return undefined;
  const archive = pack();
  for (const { path, file } of entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (file === undefined) archive.entry(folderHeader(path, base.get(path)));
    else
      archive.entry(
        { name: path, mode: file.executable ? 0o755 : 0o644, mtime: new Date(0), uid: 0, gid: 0 },
        Buffer.from(file.bytes),
      );
  }
  archive.finalize();
  const tar = await buffer(archive);
  return { blob: bytesBlob(gzip(tar), mediaTypes.layerGzip), diffId: digestOf(tar) };
}

/** Refuses paths that go through something of the base that is no folder: a layer would replace it. */
export function refuseCrossings(paths: Iterable<string>, base: ReadonlyMap<string, BasePath>): void {
  for (const path of paths) {
    const link = parentsOf(path).find((parent) => base.has(parent) && base.get(parent)?.kind !== 'folder');
    if (link === undefined) continue;
    const to = base.get(link)?.target;
    throw imageError('IMAGE_PATH_CROSSES_LINK', {
      path: `/${path}`,
      link: `/${link}`,
      target: to === undefined ? '' : ` but a link to \`${to}\``,
    });
  }
}

function addFile(collected: Map<string, LayerFile>, file: LayerFile): void {
  if (/(^|\/)\.wh\./.test(file.path))
    throw imageError('IMAGE_FILE_REFUSED', {
      path: file.path,
      reason: 'names that begin with `.wh.` delete files of an image',
    });
  const isTaken = [file.path, ...parentsOf(file.path)].some((path) => collected.has(path));
  const clash = isTaken || [...collected.keys()].some((path) => path.startsWith(`${file.path}/`));
  if (clash)
    throw imageError('IMAGE_FILE_REFUSED', {
      path: `/${file.path}`,
      reason: 'two entries of `files` put something there',
    });
  collected.set(file.path, file);
}

function folderHeader(path: string, base: BasePath | undefined) {
  const { mode = 0o755, uid = 0, gid = 0, mtime = 0 } = base ?? {};
  return { name: path, type: 'directory' as const, mode, uid, gid, mtime: new Date(mtime * 1000) };
}
