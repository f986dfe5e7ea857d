import type { Spot } from './fault-list.ts';
import { isMapping } from './mapping.ts';
import { Reference } from './reference.ts';

const MAX_DEPTH = 10;

/**
 * Replaces every `!reference` in a value by what it points at in `root`, at most ten levels deep as in GitLab.
 * A value without references is given back as it is, so that shared parts stay shared.
 */
export class ReferenceResolver {
  readonly #root: Readonly<Record<string, unknown>>;
  readonly #done = new Map<object, unknown>();
  readonly #active = new Set<object>();
  #depth = 0;

  constructor(root: Readonly<Record<string, unknown>>) {
    this.#root = root;
  }

  resolve(value: unknown, spot: Spot): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Reference) return this.#follow(value, spot);
    if (this.#done.has(value)) return this.#done.get(value);
    this.#active.add(value);
    const changed = this.#changedParts(value as Record<string, unknown>, spot);
    this.#active.delete(value);
    const copy = (): unknown =>
      Object.assign(Array.isArray(value) ? [...value] : { ...value }, Object.fromEntries(changed));
    const result = changed.size === 0 ? value : copy();
    this.#done.set(value, result);
    return result;
  }

  #changedParts(value: Readonly<Record<string, unknown>>, spot: Spot): ReadonlyMap<string, unknown> {
    const changed = new Map<string, unknown>();
    for (const key of Object.keys(value)) {
      const item = value[key];
      if (typeof item !== 'object' || item === null) continue;
      const resolved = this.resolve(item, spot);
      if (resolved !== item) changed.set(key, resolved);
    }
    return changed;
  }

  #follow(reference: Reference, spot: Spot): unknown {
    const path = reference.path.map(String).join(', ');
    const found = lookUp(this.#root, reference.path);
    if (found === undefined || found === null)
      return spot.error('GITLAB_REFERENCE_INVALID', { path, reason: 'points at nothing' });
    const isCircular = typeof found === 'object' && found !== null && this.#active.has(found);
    if (isCircular || this.#depth >= MAX_DEPTH) {
      const reason = isCircular ? 'points at what contains it' : `is nested more than ${MAX_DEPTH} levels deep`;
      return spot.error('GITLAB_REFERENCE_INVALID', { path, reason });
    }
    this.#depth += 1;
    const result = this.resolve(found, spot);
    this.#depth -= 1;
    return result;
  }
}

function lookUp(root: unknown, path: readonly unknown[]): unknown {
  let value = root;
  for (const part of path) {
    if (!isMapping(value) || !Object.hasOwn(value, String(part))) return undefined;
    value = value[String(part)];
  }
  return path.length === 0 ? undefined : value;
}
