import type { FaultList } from './fault-list.ts';
import { Field } from './field.ts';
import { get, isMapping, type Mapping } from './mapping.ts';
import { Reference } from './reference.ts';

const MAX_DEPTH = 10;

/** A value without references, and the length of the chain of references that led to it. */
interface Resolved {
  readonly value: unknown;
  readonly height: number;
}

/**
 * Replaces every `!reference` in a value by its target in `root`, at most ten levels deep as in GitLab.
 * A value without references is returned as it is, so that shared parts stay shared.
 */
export class ReferenceResolver {
  readonly #root: Mapping;
  readonly #faults: FaultList;
  readonly #done = new Map<object, Resolved>();
  readonly #active = new Set<object>();
  #depth = 0;

  constructor(root: Mapping, faults: FaultList) {
    this.#root = root;
    this.#faults = faults;
  }

  resolve(field: Field): Field {
    return field.with(this.#resolve(field.value, field).value);
  }

  /** Returns a value of the top level, resolved. */
  topLevel(key: string): Field {
    return this.resolve(new Field({ faults: this.#faults, owners: [key] }, get(this.#root, key)));
  }

  #resolve(value: unknown, field: Field): Resolved {
    if (typeof value !== 'object' || value === null) return { value, height: 0 };
    if (value instanceof Reference) return this.#follow(value, field);
    const known = this.#done.get(value);
    if (known !== undefined) return known;
    this.#active.add(value);
    const changed: [string, unknown][] = [];
    let height = 0;
    for (const [key, item] of Object.entries(value)) {
      if (typeof item !== 'object' || item === null) continue;
      const part = this.#resolve(item, field);
      height = Math.max(height, part.height);
      if (part.value !== item) changed.push([key, part.value]);
    }
    this.#active.delete(value);
    const copy = (): unknown =>
      Object.assign(Array.isArray(value) ? [...value] : { ...value }, Object.fromEntries(changed));
    const resolved = { value: changed.length === 0 ? value : copy(), height };
    this.#done.set(value, resolved);
    return resolved;
  }

  #follow(reference: Reference, field: Field): Resolved {
    const path = reference.path.map(String).join(', ');
    const refuse = (reason: string): Resolved => ({
      value: field.error('GITLAB_REFERENCE_INVALID', { path, reason }),
      height: 0,
    });
    const found = lookUp(this.#root, reference.path);
    if (found === undefined || found === null) return refuse('points at nothing');
    if (typeof found === 'object' && this.#active.has(found)) return refuse('points at what contains it');
    const tooDeep = `is nested more than ${MAX_DEPTH} levels deep`;
    if (this.#depth >= MAX_DEPTH) return refuse(tooDeep);
    this.#depth += 1;
    const { value, height } = this.#resolve(found, field);
    this.#depth -= 1;
    // A value that was resolved for another job counts like one that is resolved now.
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
