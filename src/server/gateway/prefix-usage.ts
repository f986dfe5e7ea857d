import type { ObjectStore } from '../../mirror/index.ts';
import { gatewayError } from './gateway-errors.ts';
import type { MirrorGrant } from '../../coordinator/index.ts';

/** A prefix may also grow or go without the gateway: it is measured again after so long. */
const FRESH_MS = 10 * 60_000;

interface Measured {
  readonly at: number;
  bytes: number;
}

/** The bytes below the prefixes of pull requests. Each is measured by a list, and then counted as objects arrive. */
export class PrefixUsage {
  readonly #prefixes = new Map<string, Promise<Measured>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws GATEWAY_QUOTA_EXCEEDED if so many bytes more are too many. */
  async check(grant: MirrorGrant, store: ObjectStore, size: number): Promise<void> {
    await this.#room(grant, store, size);
  }

  /**
   * Writes an object of this size. Its bytes count while it is written, so that uploads at once cannot pass the limit
   * together, and afterwards unless it failed.
   */
  async write<T>(
    grant: MirrorGrant,
    { store, size }: { store: ObjectStore; size: number },
    work: () => Promise<T>,
  ): Promise<T> {
    const measured = await this.#room(grant, store, size);
    if (measured !== undefined) measured.bytes += size;
    try {
      return await work();
    } catch (error) {
      if (measured !== undefined) measured.bytes -= size;
      throw error;
    }
  }

  async #room({ writePrefix = '', maxBytes: limit = 0 }: MirrorGrant, store: ObjectStore, size: number) {
    if (limit === 0) return undefined;
    const measured = await this.#measured(`${store.url} ${writePrefix}`, store, writePrefix);
    if (measured.bytes + size > limit)
      throw gatewayError('GATEWAY_QUOTA_EXCEEDED', { prefix: writePrefix, used: measured.bytes, limit, size });
    return measured;
  }

  async #measured(name: string, store: ObjectStore, prefix: string): Promise<Measured> {
    const known = this.#prefixes.get(name);
    if (known === undefined) {
      const measuring = this.#measure(store, prefix);
      this.#prefixes.set(name, measuring);
      // A list that failed is tried again by the next request.
      measuring.catch(() => this.#prefixes.delete(name));
      return measuring;
    }
    const measured = await known;
    if (this.#now() - measured.at < FRESH_MS) return measured;
    if (this.#prefixes.get(name) === known) this.#prefixes.delete(name);
    return this.#measured(name, store, prefix);
  }

  async #measure(store: ObjectStore, prefix: string): Promise<Measured> {
    let bytes = 0;
    for await (const { size } of store.list(prefix)) bytes += size;
    return { at: this.#now(), bytes };
  }
}
