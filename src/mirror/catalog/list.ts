import { parseManifestKey, specManifestPrefix, type BuildcacheName } from '../../spack/index.ts';
import type { ObjectInfo, ObjectStore } from '../stores/object-store.ts';

/** A package's manifest on the mirror, unread. */
export type ListedEntry = BuildcacheName & ObjectInfo;

/** The packages of a mirror, by the names of their manifests, sorted by name. The version is as in file names. */
export async function* listEntries(store: ObjectStore): AsyncIterable<ListedEntry> {
  for await (const info of store.list(specManifestPrefix)) {
    const id = parseManifestKey(info.key);
    if (id !== undefined) yield { ...id, ...info };
  }
}

/** Returns the names of a mirror's packages by their hashes. */
export async function entryNames(store: ObjectStore): Promise<ReadonlyMap<string, BuildcacheName>> {
  const names = new Map<string, BuildcacheName>();
  for await (const { name, version, hash } of listEntries(store)) names.set(hash, { name, version, hash });
  return names;
}
