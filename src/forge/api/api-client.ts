import type * as z from 'zod';
import {
  Retryable,
  SlipwayError,
  certificateHint,
  isRetryableStatus,
  messageOf,
  retry,
  systemClock,
  systemWait,
  type Clock,
  type Logger,
  type Secret,
  type Wait,
} from '../../kit/index.ts';
import { forgeError } from '../errors.ts';
import { readAnswer, type ApiAnswer } from './api-answer.ts';
import type { ApiProfile } from './api-profile.ts';
import { limitedUntil } from './rate-limit.ts';
import type { TokenSource } from './token-source.ts';

/** What a caller may replace. */
export interface ApiClientOptions {
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly token: TokenSource;
  readonly log: Logger;
  readonly fetch?: (url: string, request: RequestInit) => Promise<Response>;
  readonly clock?: Clock;
  readonly wait?: Wait;
  /** Between 0 and 1. */
  readonly random?: () => number;
}

interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the API's address, with a slash in front; or a whole URL that the API gave, on its own host. */
  readonly path: string;
  readonly body?: unknown;
  /** The entity tag of an answer that is known; the API then answers 304 and counts no request. */
  readonly etag?: string;
  /** For what must not be done twice: called before each repetition; an answer stands for the request's own. */
  readonly alreadyDone?: () => Promise<ApiAnswer | undefined>;
}

/** One account at one API. Safe to use at once from several places; all of them heed a limit that one has met. */
export interface ApiClient {
  /**
   * The answer, if it is 2xx, 304 or 404. Repeats what failed for a passing reason. Throws an error of the profile
   * otherwise, and FORGE_STATUS_REFUSED where the content of the request was refused.
   */
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** Returns the body of an answer if it matches the schema. Throws for an answer with status 404. */
  check<T>(answer: ApiAnswer, schema: z.ZodType<T>, request: Pick<ApiRequest, 'method' | 'path'>): T;
}

const RETRY = { attempts: 4, baseMs: 1000 };
/** A limit that ends later is left to the next poll. */
const LONGEST_WAIT_MS = 5000;
const TIMEOUT_MS = 30_000;
/** For a token that has ended, and for a new one that the forge does not know everywhere yet. */
const OTHER_TOKENS = 3;

export function apiClient(profile: ApiProfile, options: ApiClientOptions): ApiClient {
  const { log, clock = systemClock, wait = systemWait, random } = options;
  let closedUntil = 0;
  /** Limits since the last request that was accepted; requests that met the same one count once. */
  let limits = 0;
  const where = ({ method, path }: Pick<ApiRequest, 'method' | 'path'>) => ({
    method,
    url: path.startsWith('/') ? options.apiUrl + path : path,
  });
  const invalid = (request: Pick<ApiRequest, 'method' | 'path'>, reason: string) =>
    profile.fail('ANSWER_INVALID', { ...where(request), reason });

  async function heed(until: number): Promise<void> {
    closedUntil = Math.max(closedUntil, until);
    const milliseconds = until - clock.now();
    if (milliseconds > LONGEST_WAIT_MS) throw profile.fail('RATE_LIMITED', { until: new Date(until).toISOString() });
    if (milliseconds > 0) await wait(milliseconds);
  }

  /** A certificate that is not trusted will not be at the next attempt either. */
  function unavailable(request: ApiRequest, reason: string, cause?: unknown): Error {
    log.debug({ path: request.path, reason }, `${profile.name} did not answer as it should`);
    const remedy = certificateHint(cause);
    const failure = profile.fail('UNAVAILABLE', { ...where(request), reason }, { cause, ...remedy });
    return remedy.hint === undefined ? new Retryable(failure) : failure;
  }

  async function fetchAnswer(request: ApiRequest, token: Secret): Promise<ApiAnswer> {
    const { method, path, body, etag } = request;
    const { url } = where(request);
    // The token goes to the API's own host only, whatever address an answer names.
    if (new URL(url).origin !== new URL(options.apiUrl).origin) throw invalid(request, `it leads to ${path}`);
    const { fetch: send = fetch } = options;
    try {
      const response = await send(url, {
        method,
        headers: {
          'User-Agent': 'slipway',
          ...profile.headers(token),
          ...(etag === undefined ? {} : { 'If-None-Match': etag }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return await readAnswer(response, (reason) => invalid(request, reason));
    } catch (error) {
      if (error instanceof SlipwayError) throw error;
      throw unavailable(request, messageOf((error as Error).cause ?? error), error);
    }
  }

  /** Takes another token while the forge rejects one and there is another. */
  async function fetchAuthorized(request: ApiRequest): Promise<ApiAnswer> {
    let token = await options.token();
    for (let left = OTHER_TOKENS; ; left -= 1) {
      const answer = await fetchAnswer(request, token);
      if (answer.status !== 401 || left === 0) return answer;
      const renewed = await options.token(token);
      if (renewed === token) return answer;
      token = renewed;
    }
  }

  async function attempt(request: ApiRequest, count: number): Promise<ApiAnswer> {
    const done = count === 1 ? undefined : await request.alreadyDone?.();
    if (done !== undefined) return done;
    await heed(closedUntil);
    const answer = await fetchAuthorized(request);
    const until = limitedUntil(answer, clock.now(), limits);
    if (until === undefined) limits = 0;
    else {
      if (clock.now() >= closedUntil) limits += 1;
      log.warn({ until: new Date(until).toISOString(), path: request.path }, `${profile.name} limits requests for now`);
      await heed(until);
      throw unavailable(request, 'a rate limit');
    }
    const { status, message: reason } = answer;
    // GitLab answers 409 while another request about the same commit is under way.
    if (isRetryableStatus(status) || status === 409) throw unavailable(request, `status ${status}`);
    if (status < 300 || status === 304 || status === 404) return answer;
    if (status === 401) throw profile.fail('UNAUTHORIZED', { ...where(request), reason });
    if (status === 403) throw profile.fail('FORBIDDEN', { ...where(request), reason });
    if (profile.refusals.includes(status)) throw forgeError('FORGE_STATUS_REFUSED', { ...where(request), reason });
    throw invalid(request, `status ${status} (${reason})`);
  }

  return {
    send: (request) => retry((count) => attempt(request, count), { ...RETRY, clock, wait, random }),
    check: ({ status, body }, schema, request) => {
      if (status === 404) throw profile.fail('NOT_FOUND', where(request));
      const result = schema.safeParse(body);
      if (result.success) return result.data;
      throw invalid(request, messageOf(result.error));
    },
  };
}
