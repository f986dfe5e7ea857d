import { lockDigest, readLockfile } from '../../spack/index.ts';
import { notaryError } from '../errors.ts';

const MOST = 32;

/**
 * Which packages each lock allows, by the lock's digest; the newest few are kept. A lock whose bytes do not have the
 * digest is refused.
 */
export class LockCache {
  readonly #allowed = new Map<string, ReadonlyMap<string, string>>();

  /** Name by DAG hash. */
  async allowed(digest: string, read: () => Promise<string>): Promise<ReadonlyMap<string, string>> {
    const known = this.#allowed.get(digest);
    if (known !== undefined) return known;
    const text = await read();
    const found = lockDigest(text);
    if (found !== digest) throw notaryError('NOTARY_LOCK_WRONG', { lock: digest, found });
    const { nodes } = readLockfile(text, `lock ${digest}`, { checkHashes: true });
    const allowed = new Map([...nodes.values()].map((node) => [node.hash, node.name]));
    this.#allowed.set(digest, allowed);
    const [oldest] = this.#allowed.keys();
    if (this.#allowed.size > MOST && oldest !== undefined) this.#allowed.delete(oldest);
    return allowed;
  }

  knows(digest: string): boolean {
    return this.#allowed.has(digest);
  }
}
