import { SlipwayError, messageOf } from '../../kit/index.ts';
import { indexManifestKey, readIndexFile, type BuildcacheName } from '../../spack/index.ts';
import { getDocument } from '../archive/plain-document.ts';
import { memberOf, readStatement, statementKey, type IndexStatement } from '../catalog/index-statement.ts';
import { SetDigest } from '../catalog/set-digest.ts';
import { entryName } from '../entries/blob-records.ts';
import type { ReadOptions } from '../entries/entry.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { finding, type MirrorFinding } from './finding.ts';

/** What a reader knows of an index from before, from the record of its writer or from an earlier verifying. */
export interface IndexExpectation {
  /** The highest number of a statement that was seen. */
  readonly number: number;
  /** SHA-256 of the newest manifest by DAG hash, as far as it is known. */
  manifestOf?(hash: string): string | undefined;
}

/** A valid entry with what others are compared with. */
export interface VerifiedEntry {
  readonly id: BuildcacheName;
  /** SHA-256 of the manifest as it is stored. */
  readonly manifest: string;
  readonly needs: readonly { readonly name: string; readonly hash: string }[];
}

type Entries = ReadonlyMap<string, VerifiedEntry>;

/** The index against the entries, and both against the statement that their writer signed. */
export async function* verifyIndex(
  store: ObjectStore,
  entries: Entries,
  options: ReadOptions & { readonly expected?: IndexExpectation },
): AsyncIterable<MirrorFinding> {
  const { expected } = options;
  for (const { id, manifest } of entries.values()) {
    const known = expected?.manifestOf?.(id.hash);
    if (known === undefined || known === '' || known === manifest) continue;
    const message = `The manifest of \`${entryName(id)}\` has SHA-256 \`${manifest}\`; the newest that was recorded has \`${known}\``;
    yield finding('entry-replayed', entryName(id), { message });
  }
  const read = await readIndex(store);
  if ('finding' in read) {
    if (read.finding.kind !== 'index-missing' || entries.size > 0) yield read.finding;
  } else {
    yield* compareNames(read.hashes, entries);
  }
  yield* verifyStatement(store, { entries, digest: 'finding' in read ? undefined : read.digest }, options);
}

type ReadIndex = { readonly hashes: ReadonlySet<string>; readonly digest: string };

async function readIndex(store: ObjectStore): Promise<ReadIndex | { readonly finding: MirrorFinding }> {
  try {
    const document = await getDocument(store, indexManifestKey);
    if (document === undefined) {
      const message = 'There is no index: Spack finds packages here only by their exact hash';
      return { finding: finding('index-missing', 'index', { message }) };
    }
    const installs = [...readIndexFile(document.text).installs];
    const hashes = new Set(installs.filter(([, one]) => one.in_buildcache).map(([hash]) => hash));
    return { hashes, digest: document.record.checksum };
  } catch (error) {
    const message = `The index can not be read: ${messageOf(error)}`;
    return { finding: finding('index-unreadable', 'index', { message }) };
  }
}

function* compareNames(indexed: ReadonlySet<string>, entries: Entries): Iterable<MirrorFinding> {
  for (const [hash, { id }] of entries) {
    const name = entryName(id);
    if (!indexed.has(hash)) yield finding('not-in-index', name, { message: `\`${name}\` is not in the index` });
  }
  for (const hash of indexed) {
    const message = `The index names \`/${hash}\`, which has no valid entry`;
    if (!entries.has(hash)) yield finding('index-names-absent', hash, { message });
  }
}

async function* verifyStatement(
  store: ObjectStore,
  found: { readonly entries: Entries; readonly digest: string | undefined },
  { verifier, expected }: ReadOptions & { readonly expected?: IndexExpectation },
): AsyncIterable<MirrorFinding> {
  if (verifier === undefined) return;
  const newest = expected?.number ?? 0;
  let statement: IndexStatement | undefined;
  try {
    statement = await readStatement(store, verifier);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code.startsWith('MIRROR_STORE_')) throw error;
    yield finding('statement-invalid', statementKey, { message: `${error.message} [${error.code}]`, code: error.code });
    return;
  }
  if (statement === undefined) {
    const message = `The statement on the index is gone; number ${newest} was there`;
    if (newest > 0) yield finding('statement-missing', statementKey, { message });
    return;
  }
  if (statement.number < newest) {
    const message = `The statement on the index has number ${statement.number} (${statement.at}); number ${newest} was seen before`;
    yield finding('index-replayed', 'index', { message });
  }
  if (found.digest !== undefined && found.digest !== statement.index) {
    const message = `The index is \`${found.digest}\`; its writer signed \`${statement.index}\` as number ${statement.number}`;
    yield finding('index-replayed', 'index', { message });
  } else if (found.digest !== undefined && digestOf(found.entries) !== statement.entries) {
    const message = `The entries are not the ${statement.count} that the statement of ${statement.at} is about: a manifest was changed, removed or put back`;
    yield finding('entries-replayed', 'index', { message });
  }
}

function digestOf(entries: Entries): string {
  const digest = new SetDigest();
  for (const [hash, { manifest }] of entries) digest.add(memberOf(hash, manifest));
  return digest.digest;
}
