import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobKey } from '../../spack/index.ts';
import { blamingBytes, openBlob } from './blob-bytes.ts';
import { checkBlob, entryName } from './blob-records.ts';
import type { Entry } from './entry.ts';
import { checkSpecInside, siblingPrefixes } from '../archive/inspect.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { ArchiveFacts } from '../archive/read-archive.ts';
import { unpackTarball } from '../archive/unpack.ts';

/**
 * Puts an entry's files into a folder that does not exist yet. The tarball is hashed while it is unpacked; the
 * folder appears only if all its bytes are the ones that the (verified) manifest names, and are this package's.
 * `linkRoots` are further absolute prefixes that its symbolic links may point into. Returns the prefix that the files
 * were built for.
 */
export async function installEntry(
  store: ObjectStore,
  entry: Entry,
  { folder, linkRoots = [] }: { readonly folder: string; readonly linkRoots?: readonly string[] },
): Promise<string> {
  const label = { entry: entryName(entry.id), part: 'tarball' };
  const { sha256: checksum, size: contentLength, key = blobKey(checksum) } = entry.tarball;
  const blob = { store, record: { checksum, contentLength }, label, key };
  const unpacking = {
    source: await openBlob(blob),
    folder,
    linkRoots: (own: string) => [...siblingPrefixes(own, entry.spec.nodes), ...linkRoots],
    check: async (unpacked: string, facts: ArchiveFacts) => {
      checkBlob(blob.record, facts, label);
      checkSpecInside(await readFile(join(unpacked, '.spack/spec.json'), 'utf8').catch(() => undefined), entry.id);
    },
  };
  return (await blamingBytes(blob, () => unpackTarball(unpacking))).prefix;
}
