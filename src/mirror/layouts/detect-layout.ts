import { layoutKey, parseV2SpecKey, specManifestPrefix, v2Folder, v2IndexKey } from '../../spack/index.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { MirrorLayout } from './layout.ts';
import { v2Layout } from './v2-layout.ts';
import { v3Layout } from './v3-layout.ts';

/** The layout of what is in a store: v3 where there is any of it, else v2 where there is, else v3. */
export async function detectLayout(store: ObjectStore): Promise<MirrorLayout> {
  if (await hasV3(store)) return v3Layout(store);
  return (await hasAny(store, v2Folder)) ? v2Layout(store) : v3Layout(store);
}

/** All the layouts in which a store holds packages, v3 first; none where there is nothing yet. */
export async function layoutsIn(store: ObjectStore): Promise<readonly MirrorLayout[]> {
  const [v3, v2] = await Promise.all([hasV3(store), hasV2(store)]);
  return [...(v3 ? [v3Layout(store)] : []), ...(v2 ? [v2Layout(store)] : [])];
}

async function hasV3(store: ObjectStore): Promise<boolean> {
  return (await store.head(layoutKey)) !== undefined || hasAny(store, specManifestPrefix);
}

/** Other files than packages may be in its folder, beside packages of layout v3. */
async function hasV2(store: ObjectStore): Promise<boolean> {
  for await (const { key } of store.list(v2Folder))
    if (key === v2IndexKey || parseV2SpecKey(key) !== undefined) return true;
  return false;
}

async function hasAny(store: ObjectStore, prefix: string): Promise<boolean> {
  for await (const _ of store.list(prefix)) return true;
  return false;
}
