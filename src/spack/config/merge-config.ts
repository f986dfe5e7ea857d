import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../kit/index.ts';

export type ConfigMapping = Readonly<Record<string, unknown>>;

type Mode = 'merge' | 'override' | 'prepend' | 'append';

/**
 * Merges configuration as Spack does: `source` counts before `dest`. Mappings merge by key, lists are
 * joined without what stands in both, anything else is replaced. A key of the source that was written `key::` replaces
 * what is below it, `key+:` also joins texts, `key-:` adds lists and texts at the end; an empty value replaces too.
 * `dest` has plain keys, and so has the result.
 */
export function mergeConfig(dest: unknown, source: unknown): unknown {
  return merge(dest, source, 'merge');
}

/**
 * What is left of `dest` without what `source` names: entries of lists, and below mappings the same again. A key
 * that was written `key::` goes with all that is below it; a plain value takes nothing away.
 */
export function removeConfig(dest: unknown, source: unknown): unknown {
  if (Array.isArray(dest) && Array.isArray(source)) return without(dest, source);
  if (!isRecord(dest) || !isRecord(source)) return dest;
  const left = new Map(Object.entries(dest));
  for (const [written, value] of Object.entries(source)) {
    const { key, mode } = readKey(written);
    if (!left.has(key)) continue;
    if (mode === 'override') left.delete(key);
    else left.set(key, removeConfig(left.get(key), value));
  }
  return Object.fromEntries(left);
}

/** Merges several scopes of configuration, the most important first. */
export function mergeScopes(scopes: readonly ConfigMapping[]): ConfigMapping {
  const merged = scopes.toReversed().reduce<unknown>((dest, source) => mergeConfig(dest, source), {});
  return merged as ConfigMapping;
}

/** The value with `::`, `+:` and `-:` taken off the keys of its mappings; lists stay as they are, as in Spack. */
export function plainConfig(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [readKey(key).key, plainConfig(inner)]));
}

function merge(dest: unknown, source: unknown, mode: Mode): unknown {
  if (source === null || source === undefined) return null;
  if (Array.isArray(dest) && Array.isArray(source)) {
    const others = without(dest, source);
    return mode === 'append' ? [...others, ...source] : [...source, ...others];
  }
  if (isRecord(dest) && isRecord(source)) return mergeMappings(dest, source);
  if (typeof dest === 'string' && typeof source === 'string') {
    if (mode === 'prepend') return source + dest;
    if (mode === 'append') return dest + source;
  }
  return plainConfig(source);
}

/** Keys of the source come first, as in Spack, so that what we write has the same order. */
function mergeMappings(dest: ConfigMapping, source: ConfigMapping): ConfigMapping {
  const merged = new Map<string, unknown>();
  for (const [written, value] of Object.entries(source)) {
    const { key, mode } = readKey(written);
    const isNew = !Object.hasOwn(dest, key) && !merged.has(key);
    const before = merged.has(key) ? merged.get(key) : dest[key];
    merged.set(key, isNew || mode === 'override' ? plainConfig(value) : merge(before, value, mode));
  }
  for (const [key, value] of Object.entries(dest)) if (!merged.has(key)) merged.set(key, value);
  return Object.fromEntries(merged);
}

function readKey(written: string): { readonly key: string; readonly mode: Mode } {
  if (written.endsWith(':')) return { key: written.slice(0, -1), mode: 'override' };
  if (written.endsWith('+')) return { key: written.slice(0, -1), mode: 'prepend' };
  if (written.endsWith('-')) return { key: written.slice(0, -1), mode: 'append' };
  return { key: written, mode: 'merge' };
}

function without(list: readonly unknown[], others: readonly unknown[]): readonly unknown[] {
  return list.filter((one) => !others.some((other) => isDeepStrictEqual(one, other)));
}
