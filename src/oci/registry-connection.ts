import {
  Retryable,
  SlipwayError,
  certificateHint,
  isRetryableStatus,
  messageOf,
  retry,
  retryAfter,
  type Wait,
} from '../kit/index.ts';
import { ociError } from './errors.ts';
import {
  basicHeader,
  parseChallenge,
  readToken,
  tokenRequest,
  tokenUrl,
  type Challenge,
  type RegistryCredentials,
} from './registry-auth.ts';
import { bodyText, describeErrors } from './response-body.ts';
import { speaksTls } from './speaks-tls.ts';

type Fetch = (request: Request) => Promise<Response>;

export interface RegistryConnectionOptions {
  /** Host and port as in references: `localhost:5000`, `docker.io`. */
  readonly registry: string;
  readonly credentials?: RegistryCredentials;
  /** The scopes of requested tokens: `repository:lab/stack:pull,push`. */
  readonly scopes: readonly string[];
  /** Speak HTTP, not HTTPS; by default only to a registry of this very machine that does not speak TLS. */
  readonly plainHttp?: boolean;
  readonly fetch?: Fetch;
  readonly wait?: Wait;
  readonly random?: () => number;
  readonly signal?: AbortSignal;
}

interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Relative to the registry, or absolute as the registry gave it. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called once for each try. */
  readonly body?: () => Promise<Uint8Array | ReadableStream>;
}

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;
const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_REDIRECTS = 5;
const RETRY = { attempts: 4, baseMs: 1000, longestMs: 60_000 };

/**
 * Speaks HTTP with one registry: authorization, redirects, tries. Answers below 500 (but 429) are given back as
 * they are; the caller reads or cancels their bodies. Credentials go to the registry and its token realm only.
 */
export class RegistryConnection {
  readonly registry: string;
  #origin: URL;
  /** Whether it is known which protocol the registry speaks. */
  #isSettled: boolean;
  readonly #options: RegistryConnectionOptions;
  readonly #fetch: Fetch;
  #scopes: Set<string>;
  #authorization: string | undefined;
  #authorizing: Promise<string | undefined> | undefined;

  constructor(options: RegistryConnectionOptions) {
    const host = options.registry === 'docker.io' ? 'registry-1.docker.io' : options.registry;
    this.registry = options.registry;
    this.#origin = new URL(`${options.plainHttp === true ? 'http' : 'https'}://${host}`);
    this.#isSettled = options.plainHttp !== undefined || !LOCAL.test(host);
    this.#options = options;
    this.#scopes = new Set(options.scopes);
    this.#fetch = options.fetch ?? ((request) => fetch(request));
  }

  /**
   * Adds to the scopes of requested tokens. A token for fewer is not used again: its refusal could not be recognized.
   */
  widen(scopes: readonly string[]): void {
    const known = this.#scopes.size;
    for (const scope of scopes) this.#scopes.add(scope);
    if (this.#scopes.size > known && this.#authorization?.startsWith('Bearer ') === true)
      this.#authorization = undefined;
  }

  /** Sends a request, again where that may help, and follows redirects of reads. */
  async send(request: RegistryRequest): Promise<Response> {
    return this.retry(() => this.sendOnce(request));
  }

  /** Sends a request for what may be absent: undefined if it is. Throws if it is refused. */
  async find(request: RegistryRequest): Promise<Response | undefined> {
    const response = await this.send(request);
    if (response.ok) return response;
    if (response.status !== 404) throw await this.failure(request, response);
    await response.body?.cancel();
    return undefined;
  }

  /** Does the work again after failures that may pass: no answer, 429, 5xx. For a body of its own use `sendOnce`. */
  async retry<T>(work: () => Promise<T>): Promise<T> {
    const { wait, random, signal } = this.#options;
    const attempt = () =>
      work().catch((error: unknown) => {
        throw isRetryable(error) ? new Retryable(error, Number(error.details['retryAfterMs'] ?? 0)) : error;
      });
    return retry(attempt, { ...RETRY, wait, random, signal });
  }

  /** Like `send`, but tries once; for uploads, which start again as a whole. */
  async sendOnce(request: RegistryRequest): Promise<Response> {
    if (!this.#isSettled) await this.#settle();
    const url = this.resolve(request.url);
    const response = await this.#fetchFollowing(request, url);
    const answer =
      response.status === 401 && this.#isOwn(url) ? await this.#sendAuthorized(request, url, response) : response;
    if (answer.status === 429 || answer.status >= 500) throw await this.failure(request, answer);
    return answer;
  }

  /** Docker's rule for registries of this machine: TLS where they speak it, else plain HTTP. */
  async #settle(): Promise<void> {
    const isTls = await speaksTls(this.#origin);
    this.#origin.protocol = isTls === true ? 'https:' : 'http:';
    this.#isSettled = isTls !== undefined;
  }

  /** An absolute URL of what the registry gave; never from HTTPS down to HTTP on the same host. */
  resolve(url: string | URL): URL {
    const resolved = new URL(url, this.#origin);
    if (resolved.host === this.#origin.host && this.#origin.protocol === 'https:') resolved.protocol = 'https:';
    return resolved;
  }

  /** Throws if the registry reports another digest than expected. */
  checkDigest(reference: string, actual: string | null, expected: string): void {
    if (actual === null || actual === expected) return;
    throw ociError('REGISTRY_DIGEST_MISMATCH', { registry: this.registry, reference, actual, expected });
  }

  /** The error for an answer that breaks the specification. */
  invalid({ method, url }: Pick<RegistryRequest, 'method' | 'url'>, reason: string): SlipwayError {
    return ociError('REGISTRY_ANSWER_INVALID', { ...this.#about(method, this.resolve(url)), reason });
  }

  /** The error for a refusal, with the reason that the registry gives. */
  async failure(request: Pick<RegistryRequest, 'method' | 'url'>, response: Response): Promise<SlipwayError> {
    const reason = describeErrors(await bodyText(response)) || response.statusText || 'no reason given';
    const details = {
      ...this.#about(request.method, this.resolve(request.url)),
      status: response.status,
      reason,
      retryable: isRetryableStatus(response.status),
      retryAfterMs: retryAfter(response.headers),
    };
    const isRefusal = response.status === 401 || response.status === 403;
    return ociError(isRefusal ? 'REGISTRY_UNAUTHORIZED' : 'REGISTRY_REQUEST_FAILED', details);
  }

  async #sendAuthorized(request: RegistryRequest, url: URL, refused: Response): Promise<Response> {
    const challenge = parseChallenge(refused.headers.get('www-authenticate'));
    if (challenge === undefined) throw await this.failure(request, refused);
    // Requests that are refused together share one token request.
    this.#authorizing ??= this.#authorize(challenge).finally(() => (this.#authorizing = undefined));
    const authorization = await this.#authorizing;
    if (authorization === undefined) throw await this.failure(request, refused);
    await refused.body?.cancel();
    this.#authorization = authorization;
    return this.#fetchFollowing(request, url);
  }

  async #authorize(challenge: Challenge): Promise<string | undefined> {
    const { credentials } = this.#options;
    if (challenge.scheme === 'basic') return credentials === undefined ? undefined : basicHeader(credentials);
    if (challenge.scheme !== 'bearer') return undefined;
    const plainHttp = this.#origin.protocol === 'http:';
    const url = tokenUrl(challenge, { scopes: [...this.#scopes], plainHttp });
    if (url === undefined) return undefined;
    const response = await this.#fetchOne(tokenRequest(url, credentials));
    if (!response.ok && this.#scopes.size > this.#options.scopes.length) {
      // Only mounts request more than necessary; without that right the others still work.
      await response.body?.cancel();
      this.#scopes = new Set(this.#options.scopes);
      return this.#authorize(challenge);
    }
    if (!response.ok) throw await this.failure({ method: 'GET', url }, response);
    const token = readToken(await bodyText(response));
    if (typeof token === 'string') return `Bearer ${token}`;
    throw this.invalid({ method: 'GET', url }, 'the answer holds no token');
  }

  async #fetchFollowing(request: RegistryRequest, start: URL): Promise<Response> {
    let url = start;
    for (let hops = 0; ; hops += 1) {
      const response = await this.#fetchOne(await this.#makeRequest(request, url));
      const location = response.headers.get('location');
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      if (!isRead || location === null || !REDIRECTS.includes(response.status)) return response;
      await response.body?.cancel();
      const next = new URL(location, url);
      const isAllowed = next.protocol === 'https:' || (next.protocol === 'http:' && url.protocol === 'http:');
      if (hops === MAX_REDIRECTS || !isAllowed)
        throw this.invalid({ method: request.method, url }, `it redirects to ${hideQuery(next)}`);
      url = next;
    }
  }

  async #makeRequest(request: RegistryRequest, url: URL): Promise<Request> {
    const headers = new Headers(request.headers);
    if (this.#isOwn(url) && this.#authorization !== undefined) headers.set('authorization', this.#authorization);
    const init = {
      method: request.method,
      headers,
      body: await request.body?.(),
      redirect: 'manual',
      signal: this.#options.signal,
      duplex: 'half', // required for streams, though the types do not know it
    };
    return new Request(url, init as RequestInit);
  }

  async #fetchOne(request: Request): Promise<Response> {
    try {
      return await this.#fetch(request);
    } catch (error) {
      const about = this.#about(request.method, new URL(request.url));
      const remedy = certificateHint(error);
      const details = { ...about, reason: rootReason(error), retryable: remedy.hint === undefined };
      throw ociError('REGISTRY_UNREACHABLE', details, { cause: error, ...remedy });
    }
  }

  #isOwn(url: URL): boolean {
    return url.origin === this.#origin.origin;
  }

  #about(method: string, url: URL): { registry: string; method: string; url: string } {
    return { registry: this.registry, method, url: hideQuery(url) };
  }
}

/** Returns whether the same request may succeed later. */
function isRetryable(error: unknown): error is SlipwayError {
  return error instanceof SlipwayError && error.details['retryable'] === true;
}

/** Queries of upload and storage URLs carry signatures. */
function hideQuery(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function rootReason(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  return messageOf(cause instanceof Error ? cause : error) || 'no connection';
}
