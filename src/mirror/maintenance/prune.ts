import type { OnProgress } from '../../kit/index.ts';
import { blobKey, dependenciesOf, parseBlobKey, parseManifestKey } from '../../spack/index.ts';
import type { IndexPublisher } from '../catalog/index-publisher.ts';
import { listEntries, type ListedEntry } from '../catalog/list.ts';
import { checkEntry, readEntry } from '../entries/entry.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { inFlight } from './in-flight.ts';
import { planPrune, type KeepRules, type PrunableEntry, type PrunePlan } from './prune-plan.ts';
import { removeFromV2 } from './prune-v2.ts';
import { namedBlobs, verifyDocuments } from './verify-documents.ts';
import { objectsOfViews } from './views.ts';

export interface Pruning extends PrunePlan, Pick<PruneRules, 'blobsSince'> {
  /** The entries, as they were listed. */
  readonly names: ReadonlyMap<string, ListedEntry>;
  /** Entries that cannot be read; they and their blobs stay, as evidence. */
  readonly unreadable: readonly string[];
  /** Blobs of no entry at all. */
  readonly litter: readonly string[];
  /** Blobs of no entry that stays, and that stay all the same for now: a push that is under way may count on them. */
  readonly young: readonly string[];
  /** What removing returns, in bytes. */
  readonly bytes: number;
}

interface PruneRules extends KeepRules {
  /** Blobs that were written at this time or later stay: milliseconds since 1970. See `removableBefore`. */
  readonly blobsSince: number;
  /** Receives how many entries were read. */
  readonly onProgress?: OnProgress;
}

interface PruneOptions {
  /** The mirror's index. */
  readonly publisher: IndexPublisher;
  /** Receives how many entries and blobs were looked at once more, and removed or kept. */
  readonly onProgress?: OnProgress;
}

const AT_ONCE = 16;

/** What pruning a mirror would do; nothing is changed. Views and snapshots are always kept, with what they name. */
export async function preparePruning(store: ObjectStore, rules: PruneRules): Promise<Pruning> {
  const named = new Set(rules.named);
  for await (const { inside } of objectsOfViews(store)) named.add(parseManifestKey(inside)?.hash ?? '');
  const all: ListedEntry[] = [];
  for await (const listed of listEntries(store)) all.push(listed);
  const names = new Map<string, ListedEntry>();
  const entries: PrunableEntry[] = [];
  const unreadable: string[] = [];
  const inUse = new Set((await verifyDocuments(store)).blobs);
  for await (const { listed, blobs, entry } of inFlight(all, AT_ONCE, (id) => look(store, id))) {
    names.set(listed.hash, listed);
    rules.onProgress?.(names.size, all.length);
    if (entry !== undefined) {
      entries.push(entry);
      continue;
    }
    unreadable.push(listed.hash);
    for (const digest of blobs) inUse.add(digest);
  }
  const plan = planPrune(entries, { named, since: rules.since });
  const known = new Set([...inUse, ...entries.flatMap((entry) => entry.blobs)]);
  const going = new Set(plan.blobs.filter((digest) => !inUse.has(digest)));
  const [blobs, litter, young]: [string[], string[], string[]] = [[], [], []];
  let bytes = 0;
  for await (const { key, size, modified } of store.list('blobs/')) {
    const digest = parseBlobKey(key);
    if (digest === undefined || (known.has(digest) && !going.has(digest))) continue;
    const isYoung = modified === undefined || modified >= rules.blobsSince;
    const kind = going.has(digest) ? blobs : litter;
    (isYoung ? young : kind).push(digest);
    if (!isYoung) bytes += size;
  }
  const { blobsSince } = rules;
  return { ...plan, blobsSince, blobs, litter, young, names, unreadable, bytes };
}

/**
 * Removes what was planned: first from the index, then the manifests (and what layout v2 has of them), then the blobs
 * that nothing names any more. All is looked up again right before, so that what was pushed meanwhile stays, with its
 * blobs; a push that is still under way counts on none of these (see `removableBefore`). Returns the hashes that
 * went.
 */
export async function prune(
  store: ObjectStore,
  pruning: Pruning,
  { publisher, onProgress }: PruneOptions,
): Promise<readonly string[]> {
  const digests = [...pruning.blobs, ...pruning.litter];
  const total = pruning.removed.length + digests.length;
  let done = 0;
  const onDone = () => onProgress?.((done += 1), total);
  const gone = await removeEntries(store, pruning, { publisher, onDone });
  await removeFromV2(store, new Set(gone));
  const inUse = new Set((await verifyDocuments(store)).blobs);
  for await (const named of inFlight(listEntries(store), AT_ONCE, ({ key }) => namedBlobs(store, key)))
    for (const digest of named) inUse.add(digest);
  for (const digest of digests) {
    onDone();
    if (inUse.has(digest)) continue;
    const { modified = Infinity } = (await store.head(blobKey(digest))) ?? {};
    if (modified < pruning.blobsSince) await store.remove?.(blobKey(digest));
  }
  return gone;
}

async function removeEntries(
  store: ObjectStore,
  { removed, names }: Pruning,
  { publisher, onDone }: { readonly publisher: IndexPublisher; readonly onDone: () => void },
): Promise<readonly string[]> {
  const planned = removed.map((hash) => names.get(hash) as ListedEntry);
  const going: ListedEntry[] = [];
  const compare = async (entry: ListedEntry) => ({ entry, isUnchanged: await isAsListed(store, entry) });
  for await (const { entry, isUnchanged } of inFlight(planned, AT_ONCE, compare)) if (isUnchanged) going.push(entry);
  await publisher.remove(going.map(({ hash }) => hash));
  const gone: string[] = [];
  for (const listed of going) {
    onDone();
    if (await isAsListed(store, listed)) {
      await store.remove?.(listed.key);
      gone.push(listed.hash);
    } else {
      // It was pushed again between the two looks.
      const entry = await readEntry(store, listed, { requireSignature: false });
      if (entry !== undefined) await publisher.add(entry.spec);
    }
  }
  return gone;
}

async function isAsListed(store: ObjectStore, { key, etag }: ListedEntry): Promise<boolean> {
  return (await store.head(key))?.etag === etag;
}

async function look(store: ObjectStore, listed: ListedEntry) {
  const blobs = await namedBlobs(store, listed.key);
  const checked = await checkEntry(store, listed, { requireSignature: false });
  if (checked.state !== 'valid') return { listed, blobs };
  const needs = dependenciesOf(checked.entry.spec.nodes[0], ['link', 'run']).map((need) => need.hash);
  return { listed, blobs, entry: { hash: listed.hash, modified: listed.modified, blobs, needs } };
}
