import { Readable } from 'node:stream';
import { messageOf } from '../../kit/index.ts';
import {
  indexManifestKey,
  keyManifestKey,
  keysManifestKey,
  manifestKey,
  readIndexFile,
  specManifestPrefix,
} from '../../spack/index.ts';
import { getDocument } from '../archive/plain-document.ts';
import { inFlight } from '../care/in-flight.ts';
import { publishedFingerprints } from '../catalog/keys.ts';
import { mirrorError } from '../errors.ts';
import { checkKey } from './object-key.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { Retryable, retrying } from './retry.ts';
import type { RetryOptions } from './retry.ts';

export interface HttpStoreOptions {
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly retry?: RetryOptions;
}

/**
 * A mirror behind a web server, to be read only. Web servers list nothing, so its index says which packages there are:
 * `list` names those, the index and the keys, and is right where the index is.
 */
export function httpStore(url: string, options: HttpStoreOptions = {}): ObjectStore {
  return new HttpStore(url.replace(/\/+$/, ''), options);
}

const AT_ONCE = 16;

class HttpStore implements ObjectStore {
  readonly url: string;
  readonly #base: string;
  readonly #options: HttpStoreOptions;

  constructor(base: string, options: HttpStoreOptions) {
    const { origin, pathname } = new URL(base);
    this.url = `${origin}${pathname}`.replace(/\/$/, '');
    this.#base = base;
    this.#options = options;
  }

  get(key: string): Promise<Buffer | undefined> {
    return this.#request('GET', key, async (answer) => Buffer.from(await answer.arrayBuffer()));
  }

  open(key: string): Promise<Readable | undefined> {
    return this.#request('GET', key, async (answer) =>
      answer.body === null ? Readable.from([]) : Readable.fromWeb(answer.body),
    );
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return this.#request('HEAD', key, async ({ headers }) => ({
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
    const wanted = keys.filter((one) => one.startsWith(prefix)).toSorted();
    for await (const info of inFlight(wanted, AT_ONCE, (key) => this.head(key))) if (info !== undefined) yield info;
  }

  async #indexed(): Promise<readonly string[]> {
    const document = await getDocument(this, indexManifestKey);
    if (document === undefined) return [];
    const { installs } = readIndexFile(document.text);
    return [...installs.values()].filter((one) => one.in_buildcache).map(({ spec }) => manifestKey(spec));
  }

  async #request<T>(
    method: 'GET' | 'HEAD',
    key: string,
    read: (answer: Response) => Promise<T>,
  ): Promise<T | undefined> {
    checkKey(key);
    const { fetch: send = (url: string, init: RequestInit) => fetch(url, init), retry } = this.#options;
    const fail = (reason: string, code: 'MIRROR_STORE_REQUEST_FAILED' | 'MIRROR_STORE_DENIED') =>
      mirrorError(code, { method, key, store: this.url, reason });
    return retrying(async () => {
      let answer: Response;
      try {
        answer = await send(`${this.#base}/${key.split('/').map(encodeURIComponent).join('/')}`, { method });
        if (answer.ok) return await read(answer);
      } catch (error) {
        throw new Retryable(fail(reasonOf(error), 'MIRROR_STORE_REQUEST_FAILED'));
      }
      await answer.body?.cancel();
      const { status } = answer;
      if (status === 404 || status === 410) return undefined;
      if (status === 401 || status === 403) throw fail(`HTTP status ${status}`, 'MIRROR_STORE_DENIED');
      const failure = fail(`HTTP status ${status}`, 'MIRROR_STORE_REQUEST_FAILED');
      throw status >= 500 || status === 429 ? new Retryable(failure) : failure;
    }, retry);
  }
}

function overlaps(prefix: string, place: string): boolean {
  return place.startsWith(prefix) || prefix.startsWith(place);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}
