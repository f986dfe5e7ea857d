import { SlipwayError } from '../../kit/index.ts';
import { blobKey, dependenciesOf, manifestKey, parseBlobKey, parseManifestKey } from '../../spack/index.ts';
import type { BuildcacheName } from '../../spack/index.ts';
import type { IndexPublisher } from '../catalog/index-publisher.ts';
import { listEntries } from '../catalog/list.ts';
import type { ListedEntry } from '../catalog/list.ts';
import { readEntry } from '../entries/entry.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { inFlight } from './in-flight.ts';
import { planPrune } from './prune-plan.ts';
import type { KeepRules, PrunableEntry, PrunePlan } from './prune-plan.ts';
import { namedBlobs, verifyDocuments } from './verify-documents.ts';

export interface Pruning extends PrunePlan {
  readonly names: ReadonlyMap<string, BuildcacheName>;
  /** Entries that can not be read; they and their blobs stay, as evidence. */
  readonly unreadable: readonly string[];
  /** Blobs of no entry at all that were written before `since`. */
  readonly litter: readonly string[];
  /** What removing gives back, in bytes. */
  readonly bytes: number;
}

const AT_ONCE = 16;

/** Hashes that the mirror's views and snapshots name: what images in use were made of is among them. */
export async function hashesOfViews(store: ObjectStore): Promise<ReadonlySet<string>> {
  const hashes = new Set<string>();
  for (const folder of ['locks/', 'snapshots/']) {
    for await (const { key } of store.list(folder)) {
      const id = parseManifestKey(key.split('/').slice(2).join('/'));
      if (id !== undefined) hashes.add(id.hash);
    }
  }
  return hashes;
}

/** What pruning a mirror would do; nothing is changed. Views and snapshots are always kept, with what they name. */
export async function preparePruning(store: ObjectStore, rules: KeepRules): Promise<Pruning> {
  const named = new Set([...rules.named, ...(await hashesOfViews(store))]);
  const names = new Map<string, BuildcacheName>();
  const entries: PrunableEntry[] = [];
  const unreadable: string[] = [];
  const inUse = new Set((await verifyDocuments(store)).blobs);
  for await (const one of inFlight(listEntries(store), AT_ONCE, (listed) => look(store, listed))) {
    names.set(one.hash, one.name);
    if (one.isReadable) entries.push(one);
    else unreadable.push(one.hash);
    if (!one.isReadable) for (const digest of one.blobs) inUse.add(digest);
  }
  const plan = planPrune(entries, { named, since: rules.since });
  const blobs = plan.blobs.filter((digest) => !inUse.has(digest));
  const known = new Set([...inUse, ...entries.flatMap((entry) => entry.blobs)]);
  const going = new Set(blobs);
  const litter: string[] = [];
  let bytes = 0;
  for await (const { key, size, modified } of store.list('blobs/')) {
    const digest = parseBlobKey(key);
    if (digest === undefined) continue;
    const isLitter = !known.has(digest) && modified !== undefined && modified < rules.since;
    if (isLitter) litter.push(digest);
    if (isLitter || going.has(digest)) bytes += size;
  }
  return { ...plan, blobs, names, unreadable, litter, bytes };
}

/**
 * Removes what was planned: first from the index, then the manifests, then the blobs that nothing names any more, looked up
 * anew, so that what was pushed meanwhile keeps its own. A push that finds a blob present in the same moment could
 * lose it: prune while nothing is pushed.
 */
export async function prune(store: ObjectStore, pruning: Pruning, publisher: IndexPublisher): Promise<void> {
  const { removed, names, blobs, litter } = pruning;
  await publisher.remove(removed);
  for (const hash of removed) {
    const id = names.get(hash);
    if (id !== undefined) await store.remove?.(manifestKey(id));
  }
  const inUse = new Set((await verifyDocuments(store)).blobs);
  for await (const named of inFlight(listEntries(store), AT_ONCE, ({ key }) => namedBlobs(store, key)))
    for (const digest of named) inUse.add(digest);
  for (const digest of [...blobs, ...litter]) if (!inUse.has(digest)) await store.remove?.(blobKey(digest));
}

type Looked = PrunableEntry & { readonly name: BuildcacheName; readonly isReadable: boolean };

async function look(store: ObjectStore, listed: ListedEntry): Promise<Looked> {
  const { name, version, hash, key, modified } = listed;
  const common = { hash, name: { name, version, hash }, modified, blobs: await namedBlobs(store, key) };
  try {
    const entry = await readEntry(store, listed, { requireSignature: false });
    if (entry === undefined) return { ...common, needs: [], isReadable: false };
    const needs = dependenciesOf(entry.spec.nodes[0], ['link', 'run']).map((need) => need.hash);
    return { ...common, needs, isReadable: true };
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code.startsWith('MIRROR_STORE_')) throw error;
    return { ...common, needs: [], isReadable: false };
  }
}
