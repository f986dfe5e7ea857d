import { indexManifestKey, readIndexFile, type IndexFile, type SpecNode } from '../../spack/index.ts';
import { getDocument } from '../archive/plain-document.ts';
import { isStoreFault } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';

interface PublishedIndexFile {
  readonly file: IndexFile;
  /** SHA-256 of the index's blob. */
  readonly digest: string;
}

/** Reads the index of layout v3; undefined if there is none. Throws if it cannot be read. */
export async function readIndex(store: ObjectStore): Promise<PublishedIndexFile | undefined> {
  const document = await getDocument(store, indexManifestKey);
  return document && { file: readIndexFile(document.text), digest: document.record.checksum };
}

/** Returns the packages whose entries are on the mirror; an index also names absent dependencies. */
export function presentNodes({ installs }: IndexFile): readonly SpecNode[] {
  return [...installs.values()].filter((one) => one.in_buildcache).map(({ spec }) => spec);
}

/** Treats an index that cannot be read as absent. */
export async function ifReadable<T>(index: Promise<T | undefined>): Promise<T | undefined> {
  return index.catch((error: unknown) => {
    if (isStoreFault(error)) throw error;
    return undefined;
  });
}
