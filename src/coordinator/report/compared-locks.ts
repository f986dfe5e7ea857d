import { BoundedMap } from '../../kit/index.ts';
import { explainHashes, type HashReason, type Lockfile } from '../../spack/index.ts';
import type { DataFiles, StackMirror } from '../context.ts';
import { readRecordedLock } from '../locks/lock-record.ts';
import type { RecordedLock } from '../pipeline-ledger.ts';

/** The locks of one pipeline, and what they hold together. */
interface ComparedLocks {
  readonly locks: readonly RecordedLock[];
  readonly lock: Lockfile;
}

/** Locks for several platforms as one. */
export async function joinedLock(context: DataFiles, locks: readonly RecordedLock[]): Promise<Lockfile> {
  const all = await Promise.all(locks.map(async (one) => (await readRecordedLock(context, one)).lock));
  const [first, ...others] = all as [Lockfile, ...Lockfile[]];
  if (others.length === 0) return first;
  return { ...first, nodes: new Map(all.flatMap(({ nodes }) => [...nodes])), roots: all.flatMap(({ roots }) => roots) };
}

const KEPT = 20;
const reasonsKept = new WeakMap<StackMirror, BoundedMap<string, readonly HashReason[]>>();

/** Explains hashes as `explainHashes` does. Locks of a thousand packages take a while, and pages ask often. */
export function reasonsBetween(
  mirror: StackMirror,
  before: ComparedLocks,
  after: ComparedLocks,
): readonly HashReason[] {
  const kept = reasonsKept.get(mirror) ?? new BoundedMap<string, readonly HashReason[]>(KEPT);
  reasonsKept.set(mirror, kept);
  const key = JSON.stringify([before, after].map(({ locks }) => locks.map(({ digest }) => digest)));
  const found = kept.get(key) ?? explainHashes(before.lock, after.lock);
  kept.set(key, found);
  return found;
}
