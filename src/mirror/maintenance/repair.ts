import { layoutKey, blobKey } from '../../spack/index.ts';
import type { IndexPublisher } from '../catalog/index-publisher.ts';
import { writeLayout } from '../catalog/keys.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { FindingKind, MirrorFinding } from './finding.ts';
import { verifyDocuments } from './verify-documents.ts';

/** Faults that publishing the index again from the entries repairs. */
const ofTheIndex: ReadonlySet<FindingKind> = new Set<FindingKind>([
  'not-in-index',
  'index-names-absent',
  'index-missing',
  'index-unreadable',
  'index-replayed',
  'entry-invalid',
  'entries-replayed',
  'statement-missing',
  'statement-invalid',
]);

interface RepairOptions {
  /** With the same keys that the findings were made with; signs the statement if the mirror has one. */
  readonly publisher: IndexPublisher;
  /** Blobs of no entry that are younger (milliseconds since 1970) may belong to a push that is under way. */
  readonly unusedBefore: number;
}

/**
 * Repairs what can be repaired without building anything and without deciding whom to believe: the index is made again
 * of the entries that are valid, the layout's mark is written, old blobs of no entry are removed. Manifests and the blobs
 * that they name stay, also of entries that are wrong: they are evidence. Returns what was done, as sentences.
 */
export async function repairMirror(
  store: ObjectStore,
  findings: readonly MirrorFinding[],
  { publisher, unusedBefore }: RepairOptions,
): Promise<readonly string[]> {
  const done: string[] = [];
  if (findings.some(({ kind }) => kind === 'layout-missing')) {
    await writeLayout(store);
    done.push(`Wrote \`${layoutKey}\``);
  }
  if (findings.some(({ kind }) => ofTheIndex.has(kind))) {
    const { added, dropped, refused } = await publisher.rebuild();
    done.push(`Made the index again: ${added.length} added, ${dropped.length} dropped, ${refused.length} left out`);
  }
  const { blobs } = await verifyDocuments(store); // the index that was just made may name one of them again
  for (const { kind, entry } of findings) {
    if (kind !== 'blob-unused' || blobs.includes(entry)) continue;
    const info = await store.head(blobKey(entry));
    if (info?.modified === undefined || info.modified >= unusedBefore || store.remove === undefined) continue;
    await store.remove(blobKey(entry));
    done.push(`Removed blob \`${entry}\`, which belonged to no entry`);
  }
  return done;
}
