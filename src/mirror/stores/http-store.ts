import {
  indexManifestKey,
  keyManifestKey,
  keysManifestKey,
  manifestKey,
  specManifestPrefix,
} from '../../spack/index.ts';
import { publishedFingerprints } from '../catalog/keys.ts';
import { presentNodes, readIndex } from '../catalog/read-index.ts';
import { mirrorError } from '../errors.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import { HttpConnection, type HttpStoreOptions } from './http-connection.ts';
import { checkKey } from './object-key.ts';
import type { ObjectStore } from './object-store.ts';
import { openResuming } from './resuming-read.ts';

/**
 * A mirror behind a web server, read only. Web servers list nothing, so its index provides the packages:
 * `list` names those, the index and the keys, and is right where the index is.
 */
export function httpStore(url: string, options: HttpStoreOptions = {}): ObjectStore {
  const connection = new HttpConnection(url.replace(/\/+$/, ''), options);
  const store: ObjectStore = {
    url: connection.url,
    get: (key) => connection.request({ method: 'GET', key }, async (answer) => Buffer.from(await answer.arrayBuffer())),
    open: (key) => openResuming(connection, key, { 'accept-encoding': 'identity' }),
    head: (key) =>
      connection.request({ method: 'HEAD', key }, async ({ headers }) => ({
        key,
        size: Number(headers.get('content-length')),
        etag: headers.get('etag') ?? headers.get('last-modified') ?? '',
      })),
    put: async (key) => {
      throw mirrorError('MIRROR_STORE_READ_ONLY', { key: checkKey(key), store: connection.url });
    },
    async *list(prefix) {
      const keys = (await publishedKeys(store, prefix)).filter((key) => key.startsWith(prefix)).toSorted();
      for await (const info of inFlight(keys, AT_ONCE, store.head)) if (info !== undefined) yield info;
    },
  };
  return store;
}

const AT_ONCE = 16;

/** Keys of all objects that the index and the list of keys name, as far as they may begin with a prefix. */
async function publishedKeys(store: ObjectStore, prefix: string): Promise<readonly string[]> {
  const index = overlaps(prefix, specManifestPrefix) ? await readIndex(store) : undefined;
  const fingerprints = overlaps(prefix, 'v3/manifests/key/') ? await publishedFingerprints(store) : [];
  const packages = index === undefined ? [] : presentNodes(index.file).map(manifestKey);
  return [...packages, indexManifestKey, keysManifestKey, ...fingerprints.map(keyManifestKey)];
}

function overlaps(prefix: string, key: string): boolean {
  return key.startsWith(prefix) || prefix.startsWith(key);
}
