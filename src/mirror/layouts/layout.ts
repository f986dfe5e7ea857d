import type { OnProgress } from '../../kit/index.ts';
import type { BuildcacheName, IndexFile, SpecDocument } from '../../spack/index.ts';
import type { PublishedKey } from '../catalog/keys.ts';
import type { Entry, ReadOptions } from '../entries/entry.ts';
import type { ObjectStore } from '../stores/object-store.ts';

/** What is written into a layout. Its tarball's bytes are there before it is. */
export interface NewEntry {
  readonly id: BuildcacheName;
  readonly spec: SpecDocument;
  readonly tarball: { readonly sha256: string; readonly size: number; readonly diffId?: string };
}

/**
 * How a build cache is stored: v3 (also in a registry, whose store has Spack's own form) or v2. Reading checks
 * all but the tarball's bytes, as `readEntry` does, and throws the same. Entries of any layout can be installed with
 * `installEntry(layout.store, entry, …)`. Writing order: tarball, then `put`, then `publishIndex`.
 */
export interface MirrorLayout {
  readonly kind: 'v3' | 'v2';
  readonly store: ObjectStore;
  /** Lists each package once, without reading its files. The version is as in file names. */
  list(): AsyncIterable<BuildcacheName>;
  read(id: BuildcacheName, options: ReadOptions): Promise<Entry | undefined>;
  /** Key of the object that must hold the package's tarball. */
  tarballKey(entry: Pick<NewEntry, 'spec' | 'tarball'>): string;
  /** The text that is signed for a package: the manifest in v3, the spec file in v2. */
  payload(entry: NewEntry): Promise<string>;
  /** Makes the package visible, under its payload, signed or not. Replaces what was there. */
  put(entry: NewEntry, text: string): Promise<void>;
  /** Reads the published index; undefined if there is none. Throws if it cannot be read. */
  index(): Promise<IndexFile | undefined>;
  /** Makes the index from what is there. */
  publishIndex(onProgress?: OnProgress): Promise<void>;
  keys(): Promise<readonly PublishedKey[]>;
  /** Lists these beside those that are listed, without the withdrawn fingerprints. */
  publishKeys(keys: readonly PublishedKey[], withdrawn?: readonly string[]): Promise<void>;
}
