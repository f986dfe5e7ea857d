import type { Spot } from './fault-list.ts';
import { isMapping } from './mapping.ts';
import { Reference } from './reference.ts';

const MAX_DEPTH = 10;

/** A value without references, and how many of them led to it, one behind the other. */
interface Resolved {
  readonly value: unknown;
  readonly height: number;
}

/**
 * Replaces every `!reference` in a value by what it points at in `root`, at most ten levels deep as in GitLab.
 * A value without references is given back as it is, so that shared parts stay shared.
 */
export class ReferenceResolver {
  readonly #root: Readonly<Record<string, unknown>>;
  readonly #done = new Map<object, Resolved>();
  readonly #active = new Set<object>();
  #depth = 0;

  constructor(root: Readonly<Record<string, unknown>>) {
    this.#root = root;
  }

  resolve(value: unknown, spot: Spot): unknown {
    return this.#resolve(value, spot).value;
  }

  #resolve(value: unknown, spot: Spot): Resolved {
    if (typeof value !== 'object' || value === null) return { value, height: 0 };
    if (value instanceof Reference) return this.#follow(value, spot);
    const known = this.#done.get(value);
    if (known !== undefined) return known;
    this.#active.add(value);
    const { changed, height } = this.#changedParts(value as Record<string, unknown>, spot);
    this.#active.delete(value);
    const copy = (): unknown =>
      Object.assign(Array.isArray(value) ? [...value] : { ...value }, Object.fromEntries(changed));
    const resolved = { value: changed.size === 0 ? value : copy(), height };
    this.#done.set(value, resolved);
    return resolved;
  }

  #changedParts(
    value: Readonly<Record<string, unknown>>,
    spot: Spot,
  ): { readonly changed: ReadonlyMap<string, unknown>; readonly height: number } {
    const changed = new Map<string, unknown>();
    let height = 0;
    for (const key of Object.keys(value)) {
      const item = value[key];
      if (typeof item !== 'object' || item === null) continue;
      const resolved = this.#resolve(item, spot);
      height = Math.max(height, resolved.height);
      if (resolved.value !== item) changed.set(key, resolved.value);
    }
    return { changed, height };
  }

  #follow(reference: Reference, spot: Spot): Resolved {
    const path = reference.path.map(String).join(', ');
    const refuse = (reason: string): Resolved => ({
      value: spot.error('GITLAB_REFERENCE_INVALID', { path, reason }),
      height: 0,
    });
    const found = lookUp(this.#root, reference.path);
    if (found === undefined || found === null) return refuse('points at nothing');
    if (typeof found === 'object' && this.#active.has(found)) return refuse('points at what contains it');
    const tooDeep = `is nested more than ${MAX_DEPTH} levels deep`;
    if (this.#depth >= MAX_DEPTH) return refuse(tooDeep);
    this.#depth += 1;
    const { value, height } = this.#resolve(found, spot);
    this.#depth -= 1;
    // What has been resolved before for another job counts like what is resolved now.
    return height >= MAX_DEPTH ? refuse(tooDeep) : { value, height: height + 1 };
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
