import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { compareText } from '../../kit/index.ts';
import { gzip } from '../../mirror/index.ts';
import { bytesBlob, digestOf, mediaTypes } from '../../oci/index.ts';
import type { RootIndex } from '../facts/root-index.ts';
import { parentsOf } from '../paths.ts';
import type { ImageLayer } from './package-layers.ts';

/** An entry of a layer of ours. Paths have no slash at either end. */
export type LayerEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly bytes: Uint8Array;
      readonly mode: number;
      readonly uid?: number;
      readonly gid?: number;
    }
  | {
      readonly kind: 'folder';
      readonly path: string;
      readonly mode: number;
      readonly uid?: number;
      readonly gid?: number;
      /** Seconds since 1970. */
      readonly mtime?: number;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/**
 * A layer of these entries and the folders above them, which are as the root below has them. The same entries give the
 * same bytes: sorted, times 0 but for folders that are there already. Undefined if there are none.
 */
export async function ownLayer(
  entries: readonly LayerEntry[],
  below: RootIndex,
  createdBy: string,
): Promise<ImageLayer | undefined> {
  if (entries.length === 0) return undefined;
  const all = new Map<string, LayerEntry>();
  for (const { path } of entries) for (const parent of parentsOf(path)) all.set(parent, folderEntry(parent, below));
  for (const one of entries) all.set(one.path, one);
  const archive = pack();
  for (const entry of [...all.values()].toSorted((a, b) => compareText(a.path, b.path))) add(archive, entry);
  archive.finalize();
  const tar = await buffer(archive);
  return { blob: bytesBlob(gzip(tar), mediaTypes.layerGzip), diffId: digestOf(tar), createdBy };
}

/** A folder as the root below has it; a new one is root's, mode 0755. */
export function folderEntry(path: string, below: RootIndex): LayerEntry & { readonly kind: 'folder' } {
  const { mode = 0o755, uid = 0, gid = 0, mtime = 0 } = below.get(path)?.folder ?? {};
  return { kind: 'folder', path, mode, uid, gid, mtime };
}

function add(archive: ReturnType<typeof pack>, entry: LayerEntry): void {
  if (entry.kind === 'link') {
    const { path: name, target: linkname } = entry;
    archive.entry({ name, linkname, type: 'symlink', mode: 0o777, mtime: new Date(0), uid: 0, gid: 0 });
    return;
  }
  const { path: name, mode, uid = 0, gid = 0 } = entry;
  if (entry.kind === 'file') archive.entry({ name, mode, uid, gid, mtime: new Date(0) }, Buffer.from(entry.bytes));
  else archive.entry({ name, type: 'directory', mode, uid, gid, mtime: new Date((entry.mtime ?? 0) * 1000) });
}
