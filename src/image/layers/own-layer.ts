import { buffer } from 'node:stream/consumers';
import { compareText } from '../../kit/index.ts';
import { gzip } from '../../mirror/index.ts';
import { bytesBlob, digestOf, mediaTypes } from '../../oci/index.ts';
import type { RootIndex } from '../facts/root-index.ts';
import { parentsOf } from '../paths.ts';
import { layerTar, type LayerEntry } from './layer-tar.ts';
import type { ImageLayer } from './package-layers.ts';

/**
 * Makes a layer of these entries and the folders above them, which are as the root below has them. The same entries
 * make the same bytes: sorted, times 0 but for folders that are there already. Undefined if there are none.
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
  const tar = await buffer(layerTar([...all.values()].toSorted((a, b) => compareText(a.path, b.path))));
  return { blob: bytesBlob(gzip(tar), mediaTypes.layerGzip), diffId: digestOf(tar), createdBy };
}

/** A folder as the root below has it; a new one is root's, mode 0755. */
export function folderEntry(path: string, below: RootIndex): LayerEntry {
  return { kind: 'folder', path, ...below.get(path)?.folder };
}
