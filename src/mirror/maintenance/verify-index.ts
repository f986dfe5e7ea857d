import { existsSync } from 'node:fs';
import { messageOf } from '../../kit/index.ts';
import type { BuildcacheName, IndexFile } from '../../spack/index.ts';
import { IndexRows, indexPath } from '../catalog/index-rows.ts';
import { memberOf, readStatement, statementKey, type IndexStatement } from '../catalog/index-statement.ts';
import { presentNodes, readIndex } from '../catalog/read-index.ts';
import { SetDigest } from '../catalog/set-digest.ts';
import { entryName } from '../entries/blob-records.ts';
import type { ReadOptions } from '../entries/entry.ts';
import { isEntryFault } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { finding, faultFinding, type FindingKind, type MirrorFinding } from './finding.ts';

/** What a reader knows about an index from its writer's record or from an earlier verification. */
export interface IndexExpectation {
  /** The highest number of a statement that was seen. */
  readonly number: number;
  /** SHA-256 of the newest manifest by DAG hash, as far as it is known. */
  manifestOf?(hash: string): string | undefined;
}

/** Reads what the writers of a folder mirror recorded; undefined without a record. Close it after use. */
export function recordedExpectation(folder: string): (IndexExpectation & { close(): void }) | undefined {
  const path = indexPath(folder);
  if (!existsSync(path)) return undefined;
  const rows = new IndexRows(path);
  return {
    number: Number(rows.fact('number') ?? 0),
    manifestOf: (hash) => rows.row(hash)?.manifest,
    close: () => rows.close(),
  };
}

/** A valid entry, as far as others are compared with it. */
export interface VerifiedEntry {
  readonly id: BuildcacheName;
  /** SHA-256 of the manifest as it is stored. */
  readonly manifest: string;
}

type Entries = ReadonlyMap<string, VerifiedEntry>;

/** Verifies the index against the entries, and both against the statement that their writer signed. */
export async function* verifyIndex(
  store: ObjectStore,
  entries: Entries,
  options: ReadOptions & { readonly expected?: IndexExpectation },
): AsyncIterable<MirrorFinding> {
  for (const { id, manifest } of entries.values()) {
    const known = options.expected?.manifestOf?.(id.hash);
    if (known === undefined || known === '' || known === manifest) continue;
    const name = entryName(id);
    const message = `The manifest of \`${name}\` has SHA-256 \`${manifest}\`; the newest recorded one has \`${known}\``;
    yield finding('entry-replayed', name, { message });
  }
  const index = readIndex(store);
  yield* await compareIndex(
    index.then((one) => one?.file),
    entries,
  );
  const digest = (await index.catch(() => undefined))?.digest;
  yield* verifyStatement(store, { entries, digest }, options);
}

/** Compares the packages that an index names with the valid entries. */
export async function compareIndex(
  index: Promise<IndexFile | undefined>,
  entries: Entries,
): Promise<readonly MirrorFinding[]> {
  const of = (kind: FindingKind, entry: string, message: string) => finding(kind, entry, { message });
  try {
    const file = await index;
    if (file === undefined) {
      const message = 'There is no index: Spack finds packages here only by their exact hash';
      return entries.size === 0 ? [] : [of('index-missing', 'index', message)];
    }
    const named = new Set(presentNodes(file).map(({ hash }) => hash));
    const lacking = [...entries.values()].map(({ id }) => id).filter(({ hash }) => !named.has(hash));
    const absent = [...named].filter((hash) => !entries.has(hash));
    return [
      ...lacking.map(entryName).map((name) => of('not-in-index', name, `\`${name}\` is not in the index`)),
      ...absent.map((hash) => of('index-names-absent', hash, `The index names \`/${hash}\`, which has no valid entry`)),
    ];
  } catch (error) {
    return [of('index-unreadable', 'index', `The index cannot be read: ${messageOf(error)}`)];
  }
}

async function* verifyStatement(
  store: ObjectStore,
  { entries, digest }: { readonly entries: Entries; readonly digest: string | undefined },
  { verifier, expected }: ReadOptions & { readonly expected?: IndexExpectation },
): AsyncIterable<MirrorFinding> {
  if (verifier === undefined) return;
  const newest = expected?.number ?? 0;
  let statement: IndexStatement | undefined;
  try {
    statement = await readStatement(store, verifier);
  } catch (error) {
    if (!isEntryFault(error)) throw error;
    yield faultFinding('statement-invalid', statementKey, error);
    return;
  }
  if (statement === undefined) {
    const message = `The statement on the index is gone; number ${newest} was there`;
    if (newest > 0) yield finding('statement-missing', statementKey, { message });
    return;
  }
  const { number, at, count } = statement;
  if (number < newest) {
    const message = `The statement on the index has number ${number} (${at}); number ${newest} was seen before`;
    yield finding('index-replayed', 'index', { message });
  }
  if (digest === undefined) return;
  if (digest !== statement.index) {
    const message = `The index is \`${digest}\`; its writer signed \`${statement.index}\` as number ${number}`;
    yield finding('index-replayed', 'index', { message });
  } else if (digestOf(entries) !== statement.entries) {
    const message = `Manifests were changed, removed or put back since the statement of ${at} on ${count} entries`;
    yield finding('entries-replayed', 'index', { message });
  }
}

function digestOf(entries: Entries): string {
  const digest = new SetDigest();
  for (const [hash, { manifest }] of entries) digest.add(memberOf(hash, manifest));
  return digest.digest;
}
