import { parseManifestKey, specManifestPrefix } from '../../spack/index.ts';
import { ifReadable, presentNodes, readIndex } from '../catalog/read-index.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { MirrorLayout } from './layout.ts';

const AT_ONCE = 16;

/**
 * Returns the hashes of the packages with these names that a mirror may hold, so that absent ones need no request: some
 * servers take seconds to answer each. A folder and S3 list the names; for a web server, which lists nothing, the index
 * does. Undefined where single requests are as good. Nothing is verified.
 */
export async function listedHashes(
  { kind, store }: MirrorLayout,
  names: ReadonlySet<string>,
): Promise<ReadonlySet<string> | undefined> {
  if (kind !== 'v3') return undefined;
  if (/^https?:/.test(store.url)) return indexed(store);
  if (!/^(?:file|s3):/.test(store.url)) return undefined;
  const hashes = new Set<string>();
  if (await isEmpty(store)) return hashes;
  for await (const found of inFlight(names, AT_ONCE, (name) => listed(store, name)))
    for (const hash of found) hashes.add(hash);
  return hashes;
}

/** Saves a request for each of thousands of packages where a mirror is new. */
async function isEmpty(store: ObjectStore): Promise<boolean> {
  for await (const _first of store.list(specManifestPrefix)) return false;
  return true;
}

async function listed(store: ObjectStore, name: string): Promise<readonly string[]> {
  const hashes: string[] = [];
  for await (const { key } of store.list(`${specManifestPrefix}${name}/`)) {
    const id = parseManifestKey(key);
    if (id !== undefined) hashes.push(id.hash);
  }
  return hashes;
}

async function indexed(store: ObjectStore): Promise<ReadonlySet<string> | undefined> {
  const index = await ifReadable(readIndex(store));
  return index && new Set(presentNodes(index.file).map(({ hash }) => hash));
}
