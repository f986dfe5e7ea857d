import { indexManifestKey, parseManifestKey } from '../../spack/index.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { mirrorError } from '../errors.ts';

/** A view of a lock (`locks/<digest>`) or a snapshot (`snapshots/<name>`) on the mirror that it is made of. */
interface MirrorView {
  readonly prefix: string;
  readonly entries: number;
  /** Bytes of its blobs; where the store can share them with the mirror's, they take no room of their own. */
  readonly bytes: number;
  /** When it was made, in milliseconds since 1970; absent where the store does not tell. */
  readonly made?: number;
  /** False for one whose making was cut off. */
  readonly isComplete: boolean;
}

const FOLDERS = ['locks/', 'snapshots/'];

/** The views and snapshots of a mirror, by name. */
export async function listViews(store: ObjectStore): Promise<readonly MirrorView[]> {
  const views = new Map<string, MirrorView>();
  for (const folder of FOLDERS) {
    for await (const { key, size, modified } of store.list(folder)) {
      const [place = '', name = '', ...rest] = key.split('/');
      const prefix = `${place}/${name}`;
      const inside = rest.join('/');
      const { entries, bytes, isComplete, made } = views.get(prefix) ?? { entries: 0, bytes: 0, isComplete: false };
      const isIndex = inside === indexManifestKey;
      const when = isIndex ? modified : made;
      views.set(prefix, {
        prefix,
        entries: entries + (parseManifestKey(inside) === undefined ? 0 : 1),
        bytes: bytes + (inside.startsWith('blobs/') ? size : 0),
        isComplete: isComplete || isIndex,
        made: when,
      });
    }
  }
  return [...views.values()];
}

/**
 * Removes a view or snapshot: its index first, so that nobody takes what is left of it for whole. What the mirror
 * itself holds stays; pruning is not held up by the view any more.
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
