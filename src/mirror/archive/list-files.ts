import type { Entry } from '../entries/entry.ts';
import { blamingBytes, openBlob } from '../entries/blob-bytes.ts';
import { entryName } from '../entries/blob-records.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { ArchiveEntry } from './archive-rules.ts';
import { siblingPrefixes } from './inspect.ts';
import { readArchive } from './read-archive.ts';

export interface ListedFiles {
  /** Absolute. */
  readonly prefix: string;
  /** In the order of the archive, by their paths below the prefix; without the folders above it. */
  readonly files: readonly ArchiveEntry[];
}

const LIMITS = { maxEntries: 200_000, maxBytes: 16 * 2 ** 30 };

/**
 * Lists what is in a package's tarball. An archive has no table of contents, so this reads all of it, a piece at a
 * time. Throws MIRROR_ARCHIVE_TOO_LARGE for one beyond the limits.
 */
export async function listFiles(store: ObjectStore, { id, tarball, spec }: Entry): Promise<ListedFiles> {
  const record = { checksum: tarball.sha256, contentLength: tarball.size };
  const blob = { store, record, label: { entry: entryName(id), part: 'tarball' }, key: tarball.key };
  const entries: ArchiveEntry[] = [];
  const source = await openBlob(blob);
  const { prefix } = await blamingBytes(blob, () =>
    readArchive({
      source,
      limits: LIMITS,
      linkRoots: (own) => siblingPrefixes(own, spec.nodes),
      onEntry: async (entry) => void entries.push(entry),
    }),
  );
  const start = `${prefix.slice(1)}/`;
  const below = entries.filter(({ name }) => name.startsWith(start));
  return { prefix, files: below.map((entry) => ({ ...entry, name: entry.name.slice(start.length) })) };
}
