import { layoutKey, specManifestPrefix, v2Folder } from '../../spack/index.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { Layout } from './layout.ts';
import { v2Layout } from './v2-layout.ts';
import { v3Layout } from './v3-layout.ts';

/** The layout of what is in a store: v3 where there is any of it, else v2 where there is, else v3. */
export async function detectLayout(store: ObjectStore): Promise<Layout> {
  if ((await store.head(layoutKey)) !== undefined || (await hasAny(store, specManifestPrefix))) return v3Layout(store);
  return (await hasAny(store, v2Folder)) ? v2Layout(store) : v3Layout(store);
}

async function hasAny(store: ObjectStore, prefix: string): Promise<boolean> {
  for await (const _ of store.list(prefix)) return true;
  return false;
}
