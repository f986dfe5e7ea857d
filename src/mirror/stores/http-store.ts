import type { Readable } from 'node:stream';
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
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { openResuming } from './resuming-read.ts';

/**
 * A mirror behind a web server, read only. Web servers list nothing, so its index provides the packages:
 * `list` names those, the index and the keys, and is right where the index is.
 */
export function httpStore(url: string, options: HttpStoreOptions = {}): ObjectStore {
  return new HttpStore(new HttpConnection(url.replace(/\/+$/, ''), options));
}

const AT_ONCE = 16;

class HttpStore implements ObjectStore {
  readonly url: string;
  readonly #connection: HttpConnection;

  constructor(connection: HttpConnection) {
    this.#connection = connection;
    this.url = connection.url;
  }

  get(key: string): Promise<Buffer | undefined> {
    return this.#connection.request({ method: 'GET', key }, async (answer) => Buffer.from(await answer.arrayBuffer()));
  }

  open(key: string): Promise<Readable | undefined> {
    return openResuming(this.#connection, key, { 'accept-encoding': 'identity' });
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return this.#connection.request({ method: 'HEAD', key }, async ({ headers }) => ({
      key,
      size: Number(headers.get('content-length')),
      etag: headers.get('etag') ?? headers.get('last-modified') ?? '',
    }));
  }

  async put(key: string): Promise<void> {
    throw mirrorError('MIRROR_STORE_READ_ONLY', { key: checkKey(key), store: this.url });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    const keys: string[] = [];
    if (overlaps(prefix, specManifestPrefix)) keys.push(...(await this.#indexed()));
    if (overlaps(prefix, indexManifestKey)) keys.push(indexManifestKey);
    if (overlaps(prefix, 'v3/manifests/key/'))
      keys.push(keysManifestKey, ...(await publishedFingerprints(this)).map(keyManifestKey));
    const listed = keys.filter((one) => one.startsWith(prefix)).toSorted();
    for await (const info of inFlight(listed, AT_ONCE, (key) => this.head(key))) if (info !== undefined) yield info;
  }

  async #indexed(): Promise<readonly string[]> {
    const index = await readIndex(this);
    return index === undefined ? [] : presentNodes(index.file).map(manifestKey);
  }
}

function overlaps(prefix: string, key: string): boolean {
  return key.startsWith(prefix) || prefix.startsWith(key);
}
