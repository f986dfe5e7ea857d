import { SlipwayError } from '../../kit/index.ts';
import { indexManifestKey, parseManifestKey, readIndexFile, specManifestPrefix } from '../../spack/index.ts';
import { getDocument } from '../archive/plain-document.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { MirrorLayout } from './layout.ts';

const AT_ONCE = 16;

/**
 * Hashes of the packages with these names that a mirror may hold, so that nobody need ask for what is not there: for
 * some servers each "no" takes seconds. A folder and S3 list the names; of a web server, which lists nothing, the index
 * answers. Undefined where asking one by one is as good. Nothing is verified.
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

/** A new mirror is asked once, and not for each of thousands of packages. */
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
  try {
    const document = await getDocument(store, indexManifestKey);
    if (document === undefined) return undefined;
    const { installs } = readIndexFile(document.text);
    return new Set([...installs].filter(([, one]) => one.in_buildcache).map(([hash]) => hash));
  } catch (error) {
    if (error instanceof SlipwayError && error.code.startsWith('MIRROR_STORE_')) throw error;
    return undefined; // an index that can not be read answers nothing
  }
}
