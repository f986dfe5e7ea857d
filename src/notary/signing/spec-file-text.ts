import { readSpecBlob, type EntryRecords, type ObjectStore } from '../../mirror/index.ts';
import { formatV2SpecFile, type BuildcacheName } from '../../spack/index.ts';

/**
 * The spec file of layout v2 (`….spec.json`) that says the same as an entry's manifest and spec blob. Written anew,
 * every token on a line, as Spack writes it: `gpg` cuts long lines without a word.
 */
export async function specFileText(store: ObjectStore, records: EntryRecords, id: BuildcacheName): Promise<string> {
  return formatV2SpecFile(await readSpecBlob(store, records.spec, id), records.tarball.checksum);
}
