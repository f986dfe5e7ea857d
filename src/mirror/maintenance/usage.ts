import { parseBlobKey } from '../../spack/index.ts';
import { listEntries } from '../catalog/list.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { inFlight } from './in-flight.ts';
import { namedBlobs, verifyDocuments } from './verify-documents.ts';

interface MirrorUsage {
  readonly entries: number;
  /** Bytes of all blobs. */
  readonly bytes: number;
  /** Bytes of the blobs that entries name, each blob counted once, by package name; largest first. */
  readonly packages: readonly { readonly name: string; readonly entries: number; readonly bytes: number }[];
  /** Bytes of indexes and keys that are current. */
  readonly documents: number;
  /** Bytes of blobs that nothing names. */
  readonly unused: number;
}

const AT_ONCE = 16;

/** Measures a mirror without its views, which share their blobs where the store can. */
export async function mirrorUsage(store: ObjectStore): Promise<MirrorUsage> {
  const sizes = new Map<string, number>();
  for await (const { key, size } of store.list('blobs/')) sizes.set(parseBlobKey(key) ?? key, size);
  const bytes = sum(sizes.values());
  const take = (digests: readonly string[]): number =>
    sum(
      digests.map((digest) => {
        const size = sizes.get(digest) ?? 0;
        sizes.delete(digest);
        return size;
      }),
    );
  const documents = take((await verifyDocuments(store)).blobs);
  const packages = new Map<string, { entries: number; bytes: number }>();
  let entries = 0;
  const look = async ({ key, name }: { key: string; name: string }) => ({ name, blobs: await namedBlobs(store, key) });
  for await (const { name, blobs } of inFlight(listEntries(store), AT_ONCE, look)) {
    const before = packages.get(name) ?? { entries: 0, bytes: 0 };
    packages.set(name, { entries: before.entries + 1, bytes: before.bytes + take(blobs) });
    entries += 1;
  }
  const list = [...packages].map(([name, one]) => ({ name, ...one })).toSorted((a, b) => b.bytes - a.bytes);
  return { entries, bytes, packages: list, documents, unused: sum(sizes.values()) };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
