import { sha256, type OnProgress } from '../../kit/index.ts';
import type { BuildcacheName, SpecNode } from '../../spack/index.ts';
import { checkEntry, type ReadOptions } from '../entries/entry.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { RecordedEntry } from './index-record.ts';

const AT_ONCE = 16;

export interface RefusedEntry {
  readonly hash: string;
  readonly code: string;
  readonly reason: string;
}

interface CheckedEntries {
  readonly found: readonly RecordedEntry[];
  readonly refused: readonly RefusedEntry[];
}

/** Reads and checks these entries of a mirror. Absent ones are left out. */
export async function checkEntries(
  store: ObjectStore,
  names: readonly BuildcacheName[],
  { onProgress, ...read }: ReadOptions & { readonly onProgress?: OnProgress },
): Promise<CheckedEntries> {
  const found: RecordedEntry[] = [];
  const refused: RefusedEntry[] = [];
  // A node that thousands of spec files hold is kept once.
  const known = new Map<string, SpecNode>();
  const once = (node: SpecNode): SpecNode => known.get(node.hash) ?? (known.set(node.hash, node), node);
  const look = async (name: BuildcacheName) => ({ name, checked: await checkEntry(store, name, read) });
  let done = 0;
  for await (const { name, checked } of inFlight(names, AT_ONCE, look)) {
    onProgress?.((done += 1), names.length);
    if (checked.state === 'invalid') refused.push({ hash: name.hash, code: checked.code, reason: checked.reason });
    if (checked.state !== 'valid') continue;
    const [first, ...others] = checked.entry.spec.nodes;
    found.push({ nodes: [once(first), ...others.map(once)], manifest: sha256(checked.entry.text) });
  }
  return { found, refused };
}
