/** An entry as pruning sees it. */
export interface PrunableEntry {
  readonly hash: string;
  /** Hashes of what it links or runs. */
  readonly needs: readonly string[];
  /** SHA-256 of the blobs that it names. */
  readonly blobs: readonly string[];
  /** Milliseconds since 1970; undefined if the store does not report it, which keeps the entry. */
  readonly modified: number | undefined;
}

export interface KeepRules {
  /** Hashes that locks, images and snapshots name. */
  readonly named: ReadonlySet<string>;
  /** Entries that were written at this time or later stay: milliseconds since 1970. */
  readonly since: number;
}

type KeepReason = 'named' | 'young' | 'needed';

export interface PrunePlan {
  /** Why each entry stays. */
  readonly kept: ReadonlyMap<string, KeepReason>;
  readonly removed: readonly string[];
  /** Blobs that only removed entries name. */
  readonly blobs: readonly string[];
}

/**
 * What goes and what stays: an entry stays that a lock, an image or a snapshot names, that is young, or that one that
 * stays needs to run. So what stays has no holes that it had not before.
 */
export function planPrune(entries: readonly PrunableEntry[], { named, since }: KeepRules): PrunePlan {
  const byHash = new Map(entries.map((entry) => [entry.hash, entry]));
  const kept = new Map<string, KeepReason>();
  for (const { hash, modified } of entries) {
    if (named.has(hash)) kept.set(hash, 'named');
    else if (modified === undefined || modified >= since) kept.set(hash, 'young');
  }
  const open = [...kept.keys()];
  for (let hash = open.pop(); hash !== undefined; hash = open.pop()) {
    for (const need of byHash.get(hash)?.needs ?? []) {
      if (kept.has(need) || !byHash.has(need)) continue;
      kept.set(need, 'needed');
      open.push(need);
    }
  }
  const removed = entries.filter(({ hash }) => !kept.has(hash));
  const inUse = new Set(entries.filter(({ hash }) => kept.has(hash)).flatMap(({ blobs }) => blobs));
  const blobs = new Set(removed.flatMap((entry) => entry.blobs).filter((digest) => !inUse.has(digest)));
  return { kept, removed: removed.map(({ hash }) => hash), blobs: [...blobs] };
}
