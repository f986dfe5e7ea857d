import type { Readable } from 'node:stream';
import { Serial, hasCode, sha256 } from '../../kit/index.ts';
import { checkKey } from './object-key.ts';
import type { ObjectBody, ObjectInfo, ObjectStore, PutOptions } from './object-store.ts';
import { modifiedAt, readListing } from './s3-answers.ts';
import { S3Connection, drained } from './s3-connection.ts';
import { extendObject } from './s3-extend.ts';
import { putInParts } from './s3-multipart.ts';
import type { S3Options } from './s3-options.ts';
import { openResuming } from './resuming-read.ts';

export type { S3Credentials, S3Options, S3Settings } from './s3-options.ts';

/**
 * A mirror in a bucket of S3 or of anything that speaks its protocol, slipway's own gateway included. Where the
 * server keeps no conditions on a put, they hold among the puts of this process only.
 */
export function s3Store(options: S3Options): ObjectStore {
  return new S3Store(new S3Connection(options));
}

const MULTIPART_ABOVE = 64 * 2 ** 20;

class S3Store implements ObjectStore {
  readonly url: string;
  readonly #connection: S3Connection;
  readonly #writes = new Serial();
  #keepsConditions: Promise<boolean> | undefined;

  constructor(connection: S3Connection) {
    this.#connection = connection;
    this.url = connection.url;
  }

  async get(key: string): Promise<Buffer | undefined> {
    return this.#connection.request({ method: 'GET', key: checkKey(key) }, async (answer) =>
      Buffer.from(await answer.arrayBuffer()),
    );
  }

  async open(key: string): Promise<Readable | undefined> {
    return openResuming(this.#connection, checkKey(key));
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    return this.#connection.request({ method: 'HEAD', key: checkKey(key) }, (answer) =>
      Promise.resolve({
        key,
        size: Number(answer.headers.get('content-length')),
        etag: answer.headers.get('etag') ?? '',
        ...modifiedAt(answer.headers.get('last-modified')),
      }),
    );
  }

  async put(key: string, body: ObjectBody, options: PutOptions = {}): Promise<void> {
    const { ifMatch } = options;
    const headers = { 'content-type': options.contentType ?? 'application/octet-stream' };
    if (ifMatch === undefined) return this.#send(checkKey(key), body, headers);
    this.#keepsConditions ??= keepsConditions(this.#connection);
    checkKey(key);
    if (await this.#keepsConditions) {
      const condition: Record<string, string> =
        ifMatch === 'absent' ? { 'if-none-match': '*' } : { 'if-match': ifMatch };
      return this.#send(key, body, { ...headers, ...condition });
    }
    return this.#writes.run(key, async () => {
      const present = (await this.head(key))?.etag;
      if (present !== (ifMatch === 'absent' ? undefined : ifMatch))
        throw this.#connection.failure({ method: 'PUT', key }, 412, 'it was changed');
      await this.#send(key, body, headers);
    });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    let token: string | undefined;
    do {
      const query = {
        'list-type': '2',
        prefix: this.#connection.prefix + prefix,
        ...(token === undefined ? {} : { 'continuation-token': token }),
      };
      const request = { method: 'GET', key: prefix, target: 'bucket', query } as const;
      const text = (await this.#connection.request(request, (answer) => answer.text())) ?? '';
      const page = readListing(text, { key: prefix, store: this.url });
      for (const one of page.objects) yield { ...one, key: one.key.slice(this.#connection.prefix.length) };
      token = page.next;
    } while (token !== undefined);
  }

  async copy(source: string, target: string): Promise<void> {
    if (!(await this.#copyFrom(this.#connection, source, target)))
      throw this.#connection.failure({ method: 'PUT', key: source }, 404, 'NoSuchKey');
  }

  async adopt(source: ObjectStore, sourceKey: string, target: string): Promise<boolean> {
    if (!(source instanceof S3Store) || !source.#connection.isSameService(this.#connection)) return false;
    // These credentials need not be allowed to read there: then the bytes go the long way.
    return this.#copyFrom(source.#connection, sourceKey, target).catch(() => false);
  }

  /** Returns false if there is no such object. */
  async #copyFrom(connection: S3Connection, source: string, target: string): Promise<boolean> {
    const headers = { 'x-amz-copy-source': connection.copySource(checkKey(source)) };
    const request = { method: 'PUT', key: checkKey(target), headers } as const;
    return (await this.#connection.request(request, drained)) !== undefined;
  }

  extend(source: string, target: string, change: { keep: number; tail: Uint8Array }): Promise<void> {
    return extendObject(this.#connection, { source: checkKey(source), target: checkKey(target), ...change });
  }

  async remove(key: string): Promise<void> {
    await this.#connection.request({ method: 'DELETE', key: checkKey(key) }, drained);
  }

  async #send(key: string, body: ObjectBody, headers: Readonly<Record<string, string>>): Promise<void> {
    const { multipartAbove = MULTIPART_ABOVE } = this.#connection.options;
    if (!(body instanceof Uint8Array) && body.size > multipartAbove)
      return putInParts(this.#connection, { key, file: body, headers });
    const isOurs = async () => body instanceof Uint8Array && (await this.get(key))?.equals(body) === true;
    const checked = { ...headers, ...contentDigest(key, body) };
    const done = await this.#connection.request({ method: 'PUT', key, body, headers: checked, isOurs }, drained);
    if (done === undefined) throw this.#connection.failure({ method: 'PUT', key }, 404, 'NoSuchKey');
  }
}

/** A blob's name is the digest of its bytes: the server checks it while they arrive. */
function contentDigest(key: string, body: ObjectBody): Record<string, string> {
  const digest = /(?:^|\/)blobs\/sha256\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(key)?.[1];
  return digest === undefined || body instanceof Uint8Array ? {} : { 'x-amz-content-sha256': digest };
}

/**
 * Whether the server keeps the conditions of a put (`If-None-Match: *`, `If-Match`); many that speak S3 accept them and
 * write all the same. Tries it with an object that it removes again. A server that refuses that object (slipway's
 * gateway) is assumed to keep them.
 */
async function keepsConditions(connection: S3Connection): Promise<boolean> {
  const key = `.slipway-probe-${sha256(String((connection.options.retry?.random ?? Math.random)())).slice(0, 16)}`;
  const put = (headers: Record<string, string>) =>
    connection.request({ method: 'PUT', key, body: Buffer.from('probe'), headers }, drained).then(
      () => undefined,
      (error: unknown) => error,
    );
  if ((await put({})) !== undefined) return true;
  const answers = [await put({ 'if-none-match': '*' }), await put({ 'if-match': `"${'0'.repeat(32)}"` })];
  await connection.request({ method: 'DELETE', key }, drained).catch(() => undefined);
  return answers.every((error) => hasCode(error, 'MIRROR_STORE_CONFLICT'));
}
