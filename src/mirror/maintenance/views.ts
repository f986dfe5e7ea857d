import { indexManifestKey, parseManifestKey } from '../../spack/index.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectInfo, ObjectStore } from '../stores/object-store.ts';

/** A view of a lock (`locks/<digest>`) or a snapshot (`snapshots/<name>`) of the mirror that holds it. */
interface MirrorView {
  readonly prefix: string;
  readonly entries: number;
  /** Bytes of its blobs, which stores may share with those of the mirror. */
  readonly bytes: number;
  /** Time of creation in milliseconds since 1970, if the store reports it. */
  readonly made?: number;
  /** False if writing it was interrupted. */
  readonly isComplete: boolean;
}

/** Lists the objects of all views and snapshots, with their keys inside of these. */
export async function* objectsOfViews(
  store: ObjectStore,
): AsyncIterable<ObjectInfo & { readonly prefix: string; readonly inside: string }> {
  for (const folder of ['locks/', 'snapshots/']) {
    for await (const info of store.list(folder)) {
      const [, name = '', ...rest] = info.key.split('/');
      yield { ...info, prefix: folder + name, inside: rest.join('/') };
    }
  }
}

/** The views and snapshots of a mirror, by name. */
export async function listViews(store: ObjectStore): Promise<readonly MirrorView[]> {
  const views = new Map<string, MirrorView>();
  for await (const { prefix, inside, size, modified } of objectsOfViews(store)) {
    const { entries, bytes, isComplete, made } = views.get(prefix) ?? { entries: 0, bytes: 0, isComplete: false };
    const isIndex = inside === indexManifestKey;
    views.set(prefix, {
      prefix,
      entries: entries + (parseManifestKey(inside) === undefined ? 0 : 1),
      bytes: bytes + (inside.startsWith('blobs/') ? size : 0),
      isComplete: isComplete || isIndex,
      made: isIndex ? modified : made,
    });
  }
  return [...views.values()];
}

/**
 * Removes a view or snapshot: its index first, so that the rest is not taken for a complete one. The mirror's own
 * objects stay, but pruning may then remove them.
 */
export async function removeView(store: ObjectStore, prefix: string): Promise<void> {
  if (!/^(?:locks\/[0-9a-f]{64}|snapshots\/[\w][\w.+-]{0,99})$/.test(prefix))
    throw mirrorError('MIRROR_KEY_INVALID', { key: prefix, reason: 'it names no view (`locks/…`) and no snapshot' });
  if (store.remove === undefined) throw mirrorError('MIRROR_STORE_READ_ONLY', { key: prefix, store: store.url });
  await store.remove(`${prefix}/${indexManifestKey}`);
  const keys: string[] = [];
  for await (const { key } of store.list(`${prefix}/`)) keys.push(key);
  for (const key of keys) await store.remove(key);
}
