import type { ObjectStore } from '../../src/mirror/index.ts';

/** A store that is written to in another way. */
export function withPut(store: ObjectStore, put: ObjectStore['put']): ObjectStore {
  return {
    url: store.url,
    get: (key) => store.get(key),
    open: (key) => store.open(key),
    head: (key) => store.head(key),
    list: (key) => store.list(key),
    put,
  };
}
