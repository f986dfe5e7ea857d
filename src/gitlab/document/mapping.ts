import { isRecord as isPlainMapping } from '../../kit/index.ts';
import { Reference } from './reference.ts';

export type Mapping = Readonly<Record<string, unknown>>;

/** Whether a value of the YAML is a mapping. */
export function isMapping(value: unknown): value is Mapping {
  return isPlainMapping(value) && !(value instanceof Reference);
}

/** A key's value, never one that every object inherits. */
export function get(mapping: Mapping, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

/** What copying so many keys counts: an object of more than a thousand is a hash table, and several times slower. */
export function copyingOf(keys: number): number {
  return keys > 1000 ? keys * 4 : keys;
}

/** What has been merged already, and who counts the work. */
export class MergeMemo {
  readonly known = new Map<Mapping, Map<Mapping, Mapping>>();
  readonly count: (keys: number) => void;

  constructor(count: (keys: number) => void = () => {}) {
    this.count = count;
  }
}

/**
 * GitLab's deep merge: mappings are merged key by key, everything else (lists too) is replaced. The memo keeps
 * what aliases share shared, so that merging two bombs costs no more than they are long.
 */
export function deepMerge(under: Mapping, over: Mapping, memo: MergeMemo): Mapping {
  const known = memo.known.get(under)?.get(over);
  if (known !== undefined) return known;
  const entries = new Map(Object.entries(under));
  memo.count(copyingOf(entries.size));
  for (const [key, value] of Object.entries(over)) {
    const old = entries.get(key);
    entries.set(key, isMapping(old) && isMapping(value) ? deepMerge(old, value, memo) : value);
  }
  const merged = Object.fromEntries(entries);
  memo.known.set(under, (memo.known.get(under) ?? new Map<Mapping, Mapping>()).set(over, merged));
  return merged;
}
