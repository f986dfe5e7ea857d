import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { AwsV4Signer } from 'aws4fetch';
import { Retryable, isRetryableStatus, retry, retryAfter, sha256, systemClock } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { checkKey } from './object-key.ts';
import type { ObjectBody } from './object-store.ts';
import { noAnswer, requestFailure } from './request-failure.ts';
import { readProblem } from './s3-answers.ts';
import type { S3Options, S3Settings } from './s3-options.ts';
import { encode, s3Url } from './s3-url.ts';

interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Key below the prefix, for messages and, unless `target` is the bucket, for the path. */
  readonly key: string;
  readonly target?: 'bucket';
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ObjectBody;
  /**
   * Called when a repeated request meets a conflict: whether our own earlier try succeeded. An answer that got lost
   * would otherwise look like a write by others.
   */
  readonly isOurs?: () => Promise<boolean>;
}

/** 400s that mean a body that did not arrive whole. */
const passing = new Set(['RequestTimeout', 'IncompleteBody', 'BadDigest', 'XAmzContentSHA256Mismatch', 'SlowDown']);

/** Codes of S3 for two writers at once. */
const CONFLICTS = /^(?:ConditionalRequestConflict|OperationAborted)\b/;

/** Credentials are renewed so long before their end: a request must not end while it is under way. */
const AHEAD_MS = 5 * 60_000;

/** Requests to one bucket: addressing, signatures (SigV4), tries. */
export class S3Connection {
  readonly url: string;
  readonly prefix: string;
  readonly options: S3Options;
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>;
  #known: S3Settings | undefined;
  #requested: Promise<S3Settings> | undefined;

  constructor(options: S3Options) {
    this.options = options;
    this.prefix = options.prefix === undefined || options.prefix === '' ? '' : `${checkKey(options.prefix)}/`;
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
    this.url = `s3://${options.bucket}/${this.prefix}`.replace(/\/$/, '');
  }

  /** Sends a request until it is answered for good, and reads the answer; `undefined` for what is not there. */
  request<T>(request: S3Request, read: (answer: Response) => Promise<T>): Promise<T | undefined> {
    return retry((attempt) => this.#try(request, { read, attempt }), this.options.retry);
  }

  failure({ method, key }: Pick<S3Request, 'method' | 'key'>, status: number, reason: string): Error {
    const object = { method, key, store: this.url };
    // S3 has more reasons for a 409 than another writer.
    const isConflict = status === 412 || (status === 409 && CONFLICTS.test(reason));
    return isConflict
      ? mirrorError('MIRROR_STORE_CONFLICT', { ...object, reason })
      : requestFailure(object, status, reason);
  }

  /** `/bucket/key`, as a copy names its source. */
  copySource(key: string): string {
    return `/${this.options.bucket}/${(this.prefix + key).split('/').map(encode).join('/')}`;
  }

  /** Whether both speak to one service, so that it can copy between their buckets. */
  isSameService({ options }: S3Connection): boolean {
    return options.endpoint === this.options.endpoint && options.region === this.options.region;
  }

  async #try<T>(
    request: S3Request,
    { read, attempt }: { read: (answer: Response) => Promise<T>; attempt: number },
  ): Promise<T | undefined> {
    const settings = await this.#resolve();
    let answer: Response;
    try {
      answer = await this.#send(request, settings);
      if (answer.ok) return await read(answer);
    } catch (error) {
      if (error instanceof Retryable) throw error;
      throw noAnswer({ method: request.method, key: request.key, store: this.url }, error);
    }
    const problem = readProblem(await answer.text().catch(() => ''));
    const { status } = answer;
    if (status === 404 && problem.code !== 'NoSuchBucket') return undefined;
    if (status === 412 && attempt > 1 && (await request.isOurs?.()) === true) return read(new Response());
    const failure = this.failure(request, status, problem.text || `HTTP status ${status}`);
    if (!isRetryableStatus(status) && !passing.has(problem.code)) throw failure;
    throw new Retryable(failure, retryAfter(answer.headers));
  }

  async #resolve(): Promise<S3Settings> {
    if (this.#known !== undefined && !this.#endsWithin(AHEAD_MS)) return this.#known;
    this.#requested ??= this.#request().finally(() => (this.#requested = undefined));
    return this.#requested;
  }

  async #request(): Promise<S3Settings> {
    try {
      return (this.#known = (await this.options.settings?.()) ?? {});
    } catch (error) {
      // The source of credentials may be down for a while: the old ones are valid until they expire.
      if (this.#known !== undefined && !this.#endsWithin(0)) return this.#known;
      throw error;
    }
  }

  #endsWithin(milliseconds: number): boolean {
    const { clock = systemClock } = this.options;
    const { expires = Number.POSITIVE_INFINITY } = this.#known?.credentials ?? {};
    return expires - clock.now() <= milliseconds;
  }

  async #send(request: S3Request, settings: S3Settings): Promise<Response> {
    const region = this.options.region ?? settings.region ?? 'us-east-1';
    const endpoint = this.options.endpoint ?? settings.endpoint ?? `https://s3.${region}.amazonaws.com`;
    const { bucket, addressing } = this.options;
    const key = request.target === 'bucket' ? undefined : this.prefix + request.key;
    const url = s3Url({ endpoint, bucket, addressing }, key, request.query);
    const headers = new Headers(request.headers);
    const { method, body } = request;
    if (body instanceof Uint8Array) headers.set('x-amz-content-sha256', sha256(body));
    const signed = await this.#sign({ method, url, headers }, { settings, region });
    if (body === undefined || body instanceof Uint8Array)
      return this.#fetch(url, { method, headers: signed, body: body ?? null });
    // `fetch` knows the length of bytes, and refuses a second one.
    signed.set('content-length', String(body.size));
    const stream = Readable.toWeb(createReadStream(body.file));
    return this.#fetch(url, { method, headers: signed, body: stream, duplex: 'half' });
  }

  async #sign(
    request: { method: string; url: string; headers: Headers },
    { settings, region }: { settings: S3Settings; region: string },
  ): Promise<Headers> {
    const { accessKeyId, secretAccessKey, sessionToken } = this.options;
    const isExplicit = accessKeyId !== undefined && secretAccessKey !== undefined;
    const credentials = isExplicit ? { accessKeyId, secretAccessKey, sessionToken } : settings.credentials;
    if (credentials === undefined) return request.headers;
    return (await new AwsV4Signer({ ...credentials, ...request, service: 's3', region }).sign()).headers;
  }
}

/** Reads and drops an answer; S3 may report a failed copy in one with status 200. */
export async function drained(answer: Response): Promise<true> {
  const text = await answer.text();
  const problem = answer.ok && text.includes('<Error>') ? readProblem(text) : undefined;
  if (problem !== undefined && problem.code !== '') throw new Error(problem.text);
  return true;
}
