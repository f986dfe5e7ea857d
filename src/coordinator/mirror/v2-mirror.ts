import {
  publishV2IndexOf,
  v2Layout,
  type IndexPublisher,
  type MirrorLayout,
  type ObjectStore,
  type PublishedKey,
} from '../../mirror/index.ts';
import { blobKey, isClearsigned, readSpecFile, signedPayload, v2Checksum, v2TarballKey } from '../../spack/index.ts';

/**
 * A root of a mirror in layout v2, beside the same in v3: for Spack 0.19 to 0.23, which know no other. Tarballs are the
 * same bytes under a second name. `put` may be called many times at once; what comes while the index is being
 * written goes into the next one together.
 */
export class V2Mirror {
  readonly #store: ObjectStore;
  readonly #layout: MirrorLayout;
  readonly #publisher: Pick<IndexPublisher, 'text'>;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(store: ObjectStore, publisher: Pick<IndexPublisher, 'text'>) {
    this.#store = store;
    this.#layout = v2Layout(store);
    this.#publisher = publisher;
  }

  /**
   * Shows a package whose tarball's blob is there and which the index of v3 names; `text` is its spec file, signed or
   * not.
   */
  async put(text: string): Promise<void> {
    await this.write(text);
    await this.publish();
  }

  /** The same without the index. */
  async write(text: string): Promise<void> {
    const payload = isClearsigned(text) ? signedPayload(text) : text;
    const spec = readSpecFile(payload);
    const { name, version, hash } = spec.nodes[0];
    const sha256 = v2Checksum(payload);
    await shareObject(this.#store, blobKey(sha256), v2TarballKey(spec.nodes));
    await this.#layout.put({ id: { name, version, hash }, spec, tarball: { sha256, size: 0 } }, text);
  }

  /** Hashes of the packages that are there. */
  async hashes(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for await (const { hash } of this.#layout.list()) found.add(hash);
    return found;
  }

  publishKeys(keys: readonly PublishedKey[], withdrawn: readonly string[]): Promise<void> {
    return this.#layout.publishKeys(keys, withdrawn);
  }

  /** Writes the index again; callers that come while one is written share the next. */
  publish(): Promise<void> {
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#running = publishV2IndexOf(this.#store, this.#publisher);
        return this.#running;
      });
    return this.#next;
  }
}

/** Stores the same bytes under a second name. */
export async function shareObject(store: ObjectStore, source: string, target: string): Promise<void> {
  if (store.copy !== undefined) return store.copy(source, target);
  const bytes = await store.get(source);
  if (bytes !== undefined) await store.put(target, bytes);
}
