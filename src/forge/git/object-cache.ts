import type { GitObject } from './object-output.ts';

/** Bytes of all objects that are kept, and of one. */
const MOST = 16 * 1024 * 1024;
const MOST_OF_ONE = 1024 * 1024;
/** What an object costs besides its bytes. */
const OVERHEAD = 500;

/** The objects that were read last, as many as fit into a few megabytes; what a SHA names never changes. */
export class ObjectCache {
  readonly #objects = new Map<string, GitObject>();
  #size = 0;

  get(name: string): GitObject | undefined {
    const found = this.#objects.get(name);
    if (found === undefined) return undefined;
    this.#objects.delete(name);
    this.#objects.set(name, found);
    return found;
  }

  keep(name: string, object: GitObject): void {
    if (object.bytes.length > MOST_OF_ONE || this.#objects.has(name)) return;
    this.#objects.set(name, object);
    this.#size += object.bytes.length + OVERHEAD;
    for (const [oldest, { bytes }] of this.#objects) {
      if (this.#size <= MOST) return;
      this.#objects.delete(oldest);
      this.#size -= bytes.length + OVERHEAD;
    }
  }
}
