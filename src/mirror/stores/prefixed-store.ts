import { checkKey } from './object-key.ts';
import type { ObjectStore } from './object-store.ts';

/** The part of a store below a prefix (no slash at its ends), as a store of its own. */
export function prefixedStore(store: ObjectStore, prefix: string): ObjectStore {
  const inside = (key: string) => `${checkKey(prefix)}/${checkKey(key)}`;
  return {
    url: `${store.url.replace(/\/$/, '')}/${prefix}`,
    get: async (key) => store.get(inside(key)),
    open: async (key) => store.open(inside(key)),
    head: async (key) => {
      const info = await store.head(inside(key));
      return info && { ...info, key };
    },
    put: async (key, body, options) => store.put(inside(key), body, options),
    list: (start) => below(store, `${checkKey(prefix)}/`, start),
    copy: store.copy && (async (source, target) => store.copy?.(inside(source), inside(target))),
    extend: store.extend && (async (source, target, change) => store.extend?.(inside(source), inside(target), change)),
    remove: store.remove && (async (key) => store.remove?.(inside(key))),
  };
}

async function* below(store: ObjectStore, folder: string, start: string) {
  for await (const info of store.list(folder + start)) yield { ...info, key: info.key.slice(folder.length) };
}
