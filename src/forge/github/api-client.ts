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
import { githubError } from './errors.ts';
import { limitedUntil } from './rate-limit.ts';

export interface ApiClientOptions {
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly token: Secret;
  readonly log: Logger;
  readonly fetch?: (url: string, request: RequestInit) => Promise<Response>;
  readonly clock?: Clock;
  readonly wait?: Wait;
  /** Between 0 and 1. */
  readonly random?: () => number;
}

interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Below the API's address, with a slash in front; or a whole URL that the API gave, on its own host. */
  readonly path: string;
  readonly body?: unknown;
  /** The entity tag of an answer that is known; the API then answers 304 and counts no request. */
  readonly etag?: string;
  /** For what must not be done twice: called before each repetition; an answer stands for the request's own. */
  readonly alreadyDone?: () => Promise<ApiAnswer | undefined>;
}

/** One token at one API. Safe to use at once from several places; all of them heed a limit that one has met. */
export interface GithubApiClient {
  /**
   * The answer, if it is 2xx, 304 or 404. Repeats what failed for a passing reason. Throws an error of `errors.ts`
   * otherwise, FORGE_STATUS_REFUSED for 422.
   */
  send(request: ApiRequest): Promise<ApiAnswer>;
}

const RETRY = { attempts: 4, baseMs: 1000 };
/** A limit that ends later is left to the next poll. */
const LONGEST_WAIT_MS = 5000;
const TIMEOUT_MS = 30_000;

export function apiClient(options: ApiClientOptions): GithubApiClient {
  const { log, clock = systemClock, wait = systemWait, random } = options;
  let closedUntil = 0;

  async function heed(until: number): Promise<void> {
    closedUntil = Math.max(closedUntil, until);
    const milliseconds = until - clock.now();
    if (milliseconds > LONGEST_WAIT_MS) {
      throw githubError('FORGE_GITHUB_RATE_LIMITED', { until: new Date(until).toISOString() });
    }
    if (milliseconds > 0) await wait(milliseconds);
  }

  /** A certificate that is not trusted will not be at the next attempt either. */
  function unavailable({ method, path }: ApiRequest, reason: string, cause?: unknown): Error {
    log.debug({ path, reason }, 'GitHub did not answer as it should');
    const remedy = certificateHint(cause);
    const details = { method, url: addressOf(options.apiUrl, path), reason };
    const failure = githubError('FORGE_GITHUB_UNAVAILABLE', details, { cause, ...remedy });
    return remedy.hint === undefined ? new Retryable(failure) : failure;
  }

  async function attempt(request: ApiRequest, count: number): Promise<ApiAnswer> {
    const done = count === 1 ? undefined : await request.alreadyDone?.();
    if (done !== undefined) return done;
    await heed(closedUntil);
    let answer: ApiAnswer;
    try {
      answer = await readAnswer(await fetchAnswer(options, request), request);
    } catch (error) {
      if (error instanceof SlipwayError) throw error;
      throw unavailable(request, messageOf((error as Error).cause ?? error), error);
    }
    const until = limitedUntil(answer, clock.now());
    if (until !== undefined) {
      log.warn({ until: new Date(until).toISOString(), path: request.path }, 'GitHub limits requests for now');
      await heed(until);
      throw unavailable(request, 'a rate limit');
    }
    if (isRetryableStatus(answer.status)) throw unavailable(request, `status ${answer.status}`);
    return accept(answer, request, options);
  }

  return { send: (request) => retry((count) => attempt(request, count), { ...RETRY, clock, wait, random }) };
}

async function fetchAnswer(
  { apiUrl, token, fetch: send = fetch }: ApiClientOptions,
  request: ApiRequest,
): Promise<Response> {
  const { method, path, body, etag } = request;
  return send(addressOf(apiUrl, path), {
    method,
    headers: {
      Accept: 'application/vnd.github+json',
      Authorization: `Bearer ${token.reveal()}`,
      'User-Agent': 'slipway',
      'X-GitHub-Api-Version': '2022-11-28',
      ...(etag === undefined ? {} : { 'If-None-Match': etag }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

/** The token goes to the API's own host only, whatever address an answer names. */
function addressOf(apiUrl: string, path: string): string {
  if (path.startsWith('/')) return `${apiUrl}${path}`;
  if (new URL(path).origin === new URL(apiUrl).origin) return path;
  throw githubError('FORGE_GITHUB_ANSWER_INVALID', { method: 'GET', url: apiUrl, reason: `it leads to ${path}` });
}

function accept(answer: ApiAnswer, { method, path }: ApiRequest, { apiUrl }: ApiClientOptions): ApiAnswer {
  const { status, message: reason } = answer;
  if (status < 300 || status === 304 || status === 404) return answer;
  const url = addressOf(apiUrl, path);
  if (status === 401) throw githubError('FORGE_GITHUB_UNAUTHORIZED', { method, url, reason });
  if (status === 403) throw githubError('FORGE_GITHUB_FORBIDDEN', { method, url, reason });
  if (status === 422) throw forgeError('FORGE_STATUS_REFUSED', { url, reason });
  throw githubError('FORGE_GITHUB_ANSWER_INVALID', { method, url, reason: `status ${status} (${reason})` });
}
