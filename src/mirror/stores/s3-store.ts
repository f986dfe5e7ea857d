import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { AwsV4Signer } from 'aws4fetch';
import { messageOf, sha256 } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { checkKey } from './object-key.ts';
import type { ObjectBody, ObjectInfo, ObjectStore, PutOptions } from './object-store.ts';
import { Retryable, retrying } from './retry.ts';
import type { RetryOptions } from './retry.ts';
import { readListing, readProblem } from './s3-answers.ts';

export interface S3Options {
  /** `https://host[:port]`, without the bucket: requests are path style. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Put before every key; no slash at either end. */
  readonly prefix?: string;
  /** Without an access key requests are anonymous. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly region?: string;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly retry?: RetryOptions;
}

/** A mirror in a bucket of S3 or of anything that speaks its protocol, slipway's own gateway included. */
export function s3Store(options: S3Options): ObjectStore {
  return new S3Store(options);
}

interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Key below the prefix, for messages and, unless there is a query, for the path. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ObjectBody;
}

class S3Store implements ObjectStore {
  readonly url: string;
  readonly #options: S3Options;
  readonly #prefix: string;
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>;

  constructor(options: S3Options) {
    this.#options = options;
    this.#prefix = options.prefix === undefined || options.prefix === '' ? '' : `${checkKey(options.prefix)}/`;
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
    this.url = `s3://${options.bucket}/${this.#prefix}`.replace(/\/$/, '');
  }

  async get(key: string): Promise<Buffer | undefined> {
    return this.#request({ method: 'GET', key: checkKey(key) }, async (answer) =>
      Buffer.from(await answer.arrayBuffer()),
    );
  }

  async open(key: string): Promise<Readable | undefined> {
    return this.#request({ method: 'GET', key: checkKey(key) }, (answer) =>
      Promise.resolve(answer.body === null ? Readable.from([]) : Readable.fromWeb(answer.body)),
    );
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    return this.#request({ method: 'HEAD', key: checkKey(key) }, (answer) =>
      Promise.resolve({
        key,
        size: Number(answer.headers.get('content-length')),
        etag: answer.headers.get('etag') ?? '',
      }),
    );
  }

  async put(key: string, body: ObjectBody, options: PutOptions = {}): Promise<void> {
    const headers: Record<string, string> = { 'content-type': options.contentType ?? 'application/octet-stream' };
    if (options.ifMatch === 'absent') headers['if-none-match'] = '*';
    else if (options.ifMatch !== undefined) headers['if-match'] = options.ifMatch;
    await this.#request({ method: 'PUT', key: checkKey(key), body, headers }, drain);
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    let token: string | undefined;
    do {
      const query = {
        'list-type': '2',
        prefix: this.#prefix + prefix,
        ...(token === undefined ? {} : { 'continuation-token': token }),
      };
      const text = (await this.#request({ method: 'GET', key: prefix, query }, (answer) => answer.text())) ?? '';
      const page = readListing(text, { key: prefix, store: this.url });
      for (const one of page.objects) yield { ...one, key: one.key.slice(this.#prefix.length) };
      token = page.next;
    } while (token !== undefined);
  }

  async copy(source: string, target: string): Promise<void> {
    const from = `/${this.#options.bucket}/${encodePath(this.#prefix + checkKey(source))}`;
    const request: S3Request = { method: 'PUT', key: checkKey(target), headers: { 'x-amz-copy-source': from } };
    if ((await this.#request(request, drain)) === undefined)
      throw this.#failure({ ...request, key: source }, 404, 'NoSuchKey');
  }

  async remove(key: string): Promise<void> {
    await this.#request({ method: 'DELETE', key: checkKey(key) }, drain);
  }

  /** Sends a request until it is answered for good; `undefined` for what is not there. */
  #request<T>(request: S3Request, read: (answer: Response) => Promise<T>): Promise<T | undefined> {
    return retrying(async () => {
      let answer: Response;
      try {
        answer = await this.#send(request);
        if (answer.ok) return await read(answer);
      } catch (error) {
        throw new Retryable(this.#failure(request, 0, reasonOf(error)));
      }
      const problem = readProblem(await answer.text().catch(() => ''));
      if (answer.status === 404 && problem.code !== 'NoSuchBucket') return undefined;
      const failure = this.#failure(request, answer.status, problem.text || `HTTP status ${answer.status}`);
      throw answer.status >= 500 || answer.status === 429 ? new Retryable(failure) : failure;
    }, this.#options.retry);
  }

  async #send(request: S3Request): Promise<Response> {
    const url = this.#urlOf(request);
    const headers = new Headers(request.headers);
    const body = request.body;
    if (body instanceof Uint8Array) headers.set('x-amz-content-sha256', sha256(body));
    const signed = await this.#sign(request.method, url, headers);
    if (body === undefined) return this.#fetch(url, { method: request.method, headers: signed });
    const size = body instanceof Uint8Array ? body.length : body.size;
    signed.set('content-length', String(size));
    const content = body instanceof Uint8Array ? body : Readable.toWeb(createReadStream(body.file));
    return this.#fetch(url, { method: request.method, headers: signed, body: content, duplex: 'half' });
  }

  async #sign(method: string, url: string, headers: Headers): Promise<Headers> {
    const { accessKeyId, secretAccessKey, sessionToken, region = 'us-east-1' } = this.#options;
    if (accessKeyId === undefined || secretAccessKey === undefined) return headers;
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    return (await new AwsV4Signer({ ...credentials, method, url, headers, service: 's3', region }).sign()).headers;
  }

  #urlOf(request: S3Request): string {
    const base = `${this.#options.endpoint.replace(/\/+$/, '')}/${encodePath(this.#options.bucket)}`;
    if (request.query === undefined) return `${base}/${encodePath(this.#prefix + request.key)}`;
    const query = Object.entries(request.query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
    return `${base}?${query.join('&')}`;
  }

  #failure(request: S3Request, status: number, reason: string): Error {
    const details = { method: request.method, key: request.key, store: this.url, reason };
    if (status === 412 || status === 409) return mirrorError('MIRROR_STORE_CONFLICT', details);
    if (status === 401 || status === 403) return mirrorError('MIRROR_STORE_DENIED', details);
    return mirrorError('MIRROR_STORE_REQUEST_FAILED', details);
  }
}

async function drain(answer: Response): Promise<true> {
  await answer.arrayBuffer();
  return true;
}

function encodePath(path: string): string {
  return path.split('/').map(encode).join('/');
}

/** RFC 3986, as the signature's canonical form has it. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** fetch hides the reason (connection refused, no such host) in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}
